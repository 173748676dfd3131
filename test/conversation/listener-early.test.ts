import { describe, expect, it } from 'vitest';
import type { TurnTranscriber } from '../../src/conversation/listening/transcriber.ts';
import { Turn } from '../../src/conversation/listening/turn.ts';
import { TurnAudio } from '../../src/conversation/listening/turn-audio.ts';
import { LISTENING_RATE, type ListeningEvent } from '../../src/core/conversation.ts';
import { listenerOf, quiet, speech, turnDetection } from './listener-support.ts';

const detection = { ...turnDetection, earlyTexts: 2 };
const SAMPLES_A_MS = LISTENING_RATE / 1000;
const idle: Omit<TurnTranscriber, 'transcribe'> = {
  ...{ model: 'scripted', language: 'en', isPaid: false },
  isIdle: () => true,
  warm() {},
};
const kinds = (events: readonly ListeningEvent[]): string[] => events.map(({ kind }) => kind);

/** Speaks, is silent for a moment, and is understood. */
async function pause(made: ReturnType<typeof listenerOf>, text: string): Promise<void> {
  const before = made.asked.length;
  made.listener.push(speech(640));
  made.listener.push(quiet(256));
  await expect.poll(() => made.asked.length).toBe(before + 1);
  made.asked.at(-1)?.answer(text);
}

describe('the text of a turn that may be over', () => {
  it('is told in a pause, and is the final one where the pause lasts', async () => {
    const made = listenerOf({ isIdle: true, turnDetection: detection });
    await pause(made, 'Hello there.');
    await expect.poll(() => kinds(made.events)).toEqual(['started', 'paused']);
    made.listener.push(quiet(512));
    await expect.poll(() => kinds(made.events)).toEqual(['started', 'paused', 'stopped', 'final']);
    expect(made.events.at(1)).toEqual({ kind: 'paused', turn: 0, text: 'Hello there.' });
    expect(made.events.at(-1)).toEqual({ kind: 'final', turn: 0, text: 'Hello there.' });
    expect(made.asked).toHaveLength(1);
  });

  it('is taken back when somebody goes on, and told so often and no more', async () => {
    const made = listenerOf({ isIdle: true, turnDetection: detection });
    await pause(made, 'One');
    await expect.poll(() => kinds(made.events).at(-1)).toBe('paused');
    await pause(made, 'One two');
    await expect.poll(() => kinds(made.events).at(-1)).toBe('paused');
    await pause(made, 'One two three');
    made.listener.push(quiet(512));
    await expect.poll(() => kinds(made.events).at(-1)).toBe('final');
    expect(kinds(made.events)).toEqual([
      ...['started', 'paused', 'resumed', 'paused', 'resumed'],
      ...['stopped', 'final'],
    ]);
    expect(made.events.at(-1)).toMatchObject({ text: 'One two three' });
  });

  it('is not told where somebody went on before it was there', async () => {
    const events: ListeningEvent[] = [];
    const { promise, resolve } = Promise.withResolvers<string>();
    const transcriber = { ...idle, transcribe: () => promise };
    const signal = new AbortController().signal;
    const options = { id: 0, language: undefined, partials: true, earlyTexts: 2, signal };
    const audio = new TurnAudio();
    const turn = new Turn({ ...options, emit: (event) => void events.push(event) }, audio, transcriber);
    const hear = (ms: number, lastSpeechMs: number): void => {
      audio.append(new Int16Array(ms * SAMPLES_A_MS));
      turn.advance(lastSpeechMs * SAMPLES_A_MS);
    };
    hear(840, 640);
    hear(100, 940);
    resolve('Hello');
    await expect.poll(() => kinds(events)).toEqual(['partial']);
    hear(96, 940);
    expect(kinds(events)).toEqual(['partial']);
  });

  it('is not told where there is none', async () => {
    const made = listenerOf({ isIdle: true, turnDetection: detection });
    await pause(made, '');
    made.listener.push(quiet(512));
    await expect.poll(() => kinds(made.events)).toEqual(['started', 'stopped', 'final']);
  });

  it('is bought no oftener than it may be told, and only where it is wanted', async () => {
    const made = listenerOf({ isPaid: true, partials: true, turnDetection: detection });
    await pause(made, 'One');
    await pause(made, 'One two');
    made.listener.push(speech(640));
    made.listener.push(quiet(704));
    await expect.poll(() => made.asked.length).toBe(3); // of the whole turn, as without pauses
    expect(kinds(made.events).at(-1)).toBe('stopped');
    made.asked[2]?.answer('One two three');
    await expect.poll(() => made.events.at(-1)).toEqual({ kind: 'final', turn: 0, text: 'One two three' });

    const other = listenerOf({ isPaid: true, partials: true });
    other.listener.push(speech(640));
    other.listener.push(quiet(704));
    await expect.poll(() => kinds(other.events)).toEqual(['started', 'stopped']);
    expect(other.asked).toHaveLength(1);
  });

  it('costs one text where the turn ends while it is being made', async () => {
    const made = listenerOf({ isPaid: true, turnDetection: detection });
    made.listener.push(speech(640));
    made.listener.push(quiet(704));
    await expect.poll(() => kinds(made.events)).toEqual(['started', 'stopped']);
    expect(made.asked).toHaveLength(1);
    made.asked[0]?.answer('Hello.');
    await expect.poll(() => made.events.at(-1)).toEqual({ kind: 'final', turn: 0, text: 'Hello.' });
    expect(made.asked).toHaveLength(1);
  });
});
