import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

/** The longest a bench waits for one answer: 300 words of Kokoro take minutes on one core. */
const DEADLINE_MS = 600_000;

export interface Answer {
  /** From sending the request to the first byte of the body after `skipBytes`. */
  readonly firstMs: number;
  readonly bytes: number;
}

export interface AskOptions {
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Keeps connections alive. */
  readonly agent?: Agent;
  /** Bytes before the audio: 44 for a WAV header. */
  readonly skipBytes?: number;
  /** The client leaves as soon as it hears anything. */
  readonly leave?: boolean;
}

export const wavHeaderBytes = 44;

/** Asks for speech and reads the answer to its end. @throws when it is no 200, breaks off, or brings no audio */
export function ask(url: string, body: object, options: AskOptions = {}): Promise<Answer> {
  const { path = '/v1/tts', agent = new Agent(), skipBytes = 0, leave = false } = options;
  const payload = Buffer.from(JSON.stringify(body));
  const headers = {
    'content-type': 'application/json',
    'content-length': payload.length,
    ...options.headers,
  };
  return new Promise((resolve, reject) => {
    const call = request(`${url}${path}`, { method: 'POST', agent, headers, timeout: DEADLINE_MS });
    let began = 0;
    let bytes = 0;
    let firstMs: number | undefined;
    call.on('timeout', () => call.destroy(new Error('no answer in time')));
    call.on('error', reject);
    call.on('response', (response) => {
      if (response.statusCode !== 200) call.destroy(new Error(`${path} answered ${response.statusCode}`));
      response.on('error', reject);
      response.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        if (firstMs !== undefined || bytes <= skipBytes) return;
        firstMs = performance.now() - began;
        if (!leave) return;
        resolve({ firstMs, bytes });
        call.destroy();
      });
      response.on('end', () => {
        if (firstMs === undefined) reject(new Error(`${path} brought no audio`));
        else resolve({ firstMs, bytes });
      });
    });
    began = performance.now();
    call.end(payload);
  });
}

/** Until what a client left behind is over: the window in work, and the one look-ahead. */
export function settle(): Promise<void> {
  return sleep(SETTLE_MS);
}

const SETTLE_MS = 600;
