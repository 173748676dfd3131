import { setImmediate as settled } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { type Played, play } from '../../bench/live/playing.ts';
import { Playback } from '../../src/conversation/playback.ts';
import { Reply } from '../../src/conversation/reply.ts';
import type { LanguageModel } from '../../src/core/conversation.ts';
import type { Engine } from '../../src/core/engine.ts';
import type { Clock } from '../../src/core/ports.ts';
import type { Upstream } from '../../src/core/upstream.ts';
import { segments } from '../../src/engine/policy/segments.ts';
import { createUpstreamPool } from '../../src/engine/upstream/pool.ts';
import { synthesize } from '../../src/speech/synthesize.ts';
import { createMemoryLeases } from '../../src/state/memory.ts';
import { say } from '../engine/fish/fish-client.ts';
import { place } from '../engine/upstream/pool-support.ts';
import { createFakeClock } from '../stream/fake-clock.ts';

const RATE = 24_000;
const BYTES_A_MS = (RATE * 2) / 1000;
/** Of virtual time, for all of them. */
const MAX_MS = 60_000;
const SLOTS = 4;
const MS_A_WORD = 300;
/** Of the time that speech lasts, what it takes to make. */
const FACTOR = 0.1;
const FIRST_TOKEN_MS = 150;
const TOKEN_MS = 1000 / 30;
const ANSWER =
  'That is a good question, and I am glad that you ask. The weather stays fine until the evening. Then there may be rain.';

function createModel(clock: Clock, answer: string): LanguageModel {
  const sleep = (ms: number): Promise<void> => new Promise((resolve) => void clock.alarm(ms, resolve));
  return {
    isSetUp: true,
    async *answer() {
      await sleep(FIRST_TOKEN_MS);
      for (const text of answer.match(/\s*\S{1,6}|\s+/gu) ?? []) {
        yield { kind: 'text', text };
        await sleep(TOKEN_MS);
      }
      yield { kind: 'end', reason: 'stop' };
    },
  };
}

const wasm = (): Promise<never> => Promise.reject(new Error('nothing is to be converted'));

/** Hands out a text when all of it is made, as Fish-Speech does. */
function createOrigin(clock: Clock, id: string, overheadMs: number): Upstream {
  return {
    id,
    family: 'fish',
    abilities: { clones: true, changesPace: false, takesInstructions: false },
    list: {
      voices: async () => [],
      lacks: async () => false,
      has: () => true,
      confirm: async () => 'there',
    },
    voiceOf: () => null,
    probe: async () => ({ healthy: true }),
    async speak({ text }) {
      const audioMs = text.trim().split(/\s+/).length * MS_A_WORD;
      await new Promise<void>((resolve) => void clock.alarm(audioMs * FACTOR + overheadMs, resolve));
      const pcm = new Uint8Array(audioMs * BYTES_A_MS).fill(100);
      const body = new ReadableStream<Uint8Array>({
        start(controller) {
          controller.enqueue(pcm);
          controller.close();
        },
      });
      return { engine: 'fish', rate: RATE, channels: 1, body };
    },
  };
}

function createEngine(clock: Clock, overheadMs: number): Engine {
  const pool = createUpstreamPool(
    {
      upstreams: Array.from({ length: SLOTS }, (_, index) => place({ url: `http://origin-${index}` })),
      create: ({ url }) => createOrigin(clock, url, overheadMs),
      leases: createMemoryLeases(clock),
      maxPending: 100,
      deadlineMs: 60_000,
      retries: 0,
      breaker: { failures: 1000, pauseMs: 10_000 },
      random: () => 0.5,
    },
    { fetch, clock },
  );
  return segments({ growth: 1.5, alone: 'untouched' }, { wasm, clock })(pool);
}

/** Conversations that ask in the same moment. @returns what each of them hears */
async function converse(sessions: number, overheadMs: number): Promise<Played[]> {
  const clock = createFakeClock();
  const engine = createEngine(clock, overheadMs);
  const output = { format: 'pcm', rate: RATE, whole: false, maxWholeBytes: 0 } as const;
  const one = async (index: number): Promise<Played> => {
    const arrivals: { atMs: number; type: string; bytes: number }[] = [];
    const reply = new Reply(
      { messages: [], settings: {} },
      {
        clock,
        model: createModel(clock, `Answer ${index}. ${ANSWER}`),
        playback: new Playback(clock),
        speak: (text, { isContinuation, playbackDeadline, utteranceId }, signal) => {
          const request = say(text, { isContinuation, playbackDeadline, utteranceId });
          return synthesize(request, output, { engine, clock, wasm }, signal);
        },
      },
    );
    await reply.run((event) => {
      if (event.kind === 'audio')
        arrivals.push({ atMs: clock.now(), type: 'binary', bytes: event.pcm.length });
    });
    return play(arrivals, 0);
  };
  const all = Promise.allSettled(Array.from({ length: sessions }, (_, index) => one(index)));
  let isOver = false;
  void all.then(() => {
    isOver = true;
  });
  for (let ms = 0; !isOver; ms++) {
    if (ms > MAX_MS) throw new Error('the conversations do not come to an end');
    await settled(); // what the last millisecond caused
    clock.advance(1);
  }
  return (await all).map((ended) => {
    if (ended.status === 'rejected') throw ended.reason;
    return ended.value;
  });
}

it.each([0, 20, 50])(
  'keeps twenty conversations at once from falling silent before four slots that need %i ms for each text beside its speech, in virtual time',
  async (overheadMs) => {
    const played = await converse(20, overheadMs);
    expect(played.map(({ underruns }) => underruns)).toEqual(played.map(() => 0));
    for (const { audioMs } of played) expect(audioMs).toBeGreaterThan(26 * MS_A_WORD); // with its pauses
  },
);
