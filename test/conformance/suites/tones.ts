import { setTimeout as sleep } from 'node:timers/promises';
import type { ChatClient } from './chat-client.ts';

export const MICROPHONE_RATE = 16_000;
const PIECE_MS = 20;

/** Somebody speaks into a microphone of `/ws`, as loudness tells: a tone. */
export const speak = (client: ChatClient, ms: number): Promise<void> => hear(client, ms, 12_000);
export const quiet = (client: ChatClient, ms: number): Promise<void> => hear(client, ms, 0);

/** As people do, 20 ms after 20 ms. */
async function hear(client: ChatClient, ms: number, level: number): Promise<void> {
  const began = performance.now();
  for (let at = 0; at < ms; at += PIECE_MS) {
    const samples = new Int16Array((MICROPHONE_RATE * PIECE_MS) / 1000);
    for (let i = 0; i < samples.length; i++)
      samples[i] = level * Math.sin(((at / PIECE_MS) * samples.length + i) / 8);
    client.socket.send(new Uint8Array(samples.buffer));
    await sleep(Math.max(0, began + at + PIECE_MS - performance.now()));
  }
}
