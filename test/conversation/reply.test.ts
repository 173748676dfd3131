import { expect, it } from 'vitest';
import { Playback } from '../../src/conversation/playback.ts';
import { Reply, type ReplyEvent, type ReplyParts } from '../../src/conversation/reply.ts';
import type { SentencePlace } from '../../src/conversation/reply-events.ts';
import type { ModelEvent } from '../../src/core/conversation.ts';
import { SpeechFailure } from '../../src/core/errors.ts';
import type { Clock } from '../../src/core/ports.ts';
import { DeliveryProgress } from '../../src/speech/delivery-progress.ts';
import { pullStream } from '../../src/stream/pull.ts';
import { createFakeClock, realClock } from '../stream/fake-clock.ts';

const RATE = 24_000;
const stop: ModelEvent = { kind: 'end', reason: 'stop' };

type Script = readonly (string | ModelEvent | Error | 'hang')[];

interface Made {
  readonly reply: Reply;
  readonly events: ReplyEvent[];
  readonly spoken: string[];
  readonly cancelled: string[];
  /** Of each that was spoken. */
  readonly places: SentencePlace[];
  readonly playback: Playback;
  /** What the model was doing when it was left. */
  isModelLeft: boolean;
}

/** A reply of a scripted model, with a voice that makes 100 ms of audio for each word. */
function replyTo(
  script: Script,
  changes: Partial<Record<string, 'fails' | 'breaks' | 'hangs'>> | 'mute' = {},
  clock: Clock = realClock,
): Made {
  const playback = new Playback(clock);
  const made: Omit<Made, 'reply'> & { isModelLeft: boolean } = {
    events: [],
    spoken: [],
    cancelled: [],
    places: [],
    playback,
    isModelLeft: false,
  };
  const model: ReplyParts['model'] = {
    isSetUp: true,
    async *answer(_, signal) {
      try {
        for (const step of script) {
          await Promise.resolve();
          if (step instanceof Error) throw step;
          if (step === 'hang')
            await new Promise((_resolve, reject) =>
              signal.addEventListener('abort', () => reject(new Error('left'))),
            );
          else yield typeof step === 'string' ? { kind: 'text', text: step } : step;
        }
      } finally {
        made.isModelLeft = true;
      }
    },
  };
  const speak: ReplyParts['speak'] = async (text, place, signal) => {
    made.spoken.push(text);
    made.places.push(place);
    const how = Object.entries(changes).find(([part]) => text.includes(part))?.[1];
    if (how === 'fails') throw new SpeechFailure({ code: 'engine_unavailable', message: 'No.' });
    const progress = new DeliveryProgress(text, { rate: RATE, channels: 1 });
    const words = text.split(' ').length;
    let sent = 0;
    const body = new ReadableStream<Uint8Array>({
      async pull(controller) {
        if (how === 'breaks' && sent === 3) return controller.error(new Error('broken'));
        if (how === 'hangs' && sent === 1) await new Promise(() => {});
        if (sent++ === words) {
          progress.finish();
          return controller.close();
        }
        const pcm = new Uint8Array(RATE / 5);
        progress.count(pcm.length);
        controller.enqueue(pcm);
      },
      cancel: () => void made.cancelled.push(text),
    });
    signal.addEventListener('abort', () => made.cancelled.push(text));
    const rest = { contentType: 'audio/pcm', extension: 'pcm', rate: RATE, engine: 'test', firstAudioMs: 0 };
    return { ...rest, progress, body };
  };
  const reply = new Reply(
    { messages: [], settings: {} },
    { clock, model, speak: changes === 'mute' ? undefined : speak, playback },
  );
  return Object.assign(made, { reply });
}

const kinds = (events: readonly ReplyEvent[]): string[] =>
  events
    .filter(({ kind }) => kind !== 'text' && kind !== 'text-end')
    .map((event) => ('sentence' in event ? `${event.kind} ${event.sentence}` : event.kind))
    .filter((kind, index, all) => kind !== all[index - 1]);

it('speaks the first fragment and then whole sentences', async () => {
  const made = replyTo(['Well of ', 'course, I can', '. It is a fine', ' day. Go out', ' now!', stop]);
  const outcome = await made.reply.run((event) => void made.events.push(event));
  expect(made.spoken).toEqual(['Well of course,', 'I can. It is a fine day.', 'Go out now!']);
  expect(outcome).toMatchObject({
    reason: 'stop',
    text: 'Well of course, I can. It is a fine day. Go out now!',
  });
  expect(kinds(made.events)).toEqual([
    'sentence 0',
    'audio 0',
    'sentence 1',
    'audio 1',
    'sentence 2',
    'audio 2',
  ]);
  expect(made.reply.heardText(Number.POSITIVE_INFINITY)).toBe(outcome.text);
});

it('leaves out a sentence that fails, and goes on behind one that breaks off', async () => {
  const made = replyTo(
    ['This is the first. Here comes a bad one. One that breaks here. The last is good.', stop],
    {
      bad: 'fails',
      breaks: 'breaks',
    },
  );
  await made.reply.run((event) => void made.events.push(event));
  expect(kinds(made.events)).toEqual([
    'sentence 0',
    'audio 0',
    'sentence-failed 1',
    'sentence 2',
    'audio 2',
    'sentence-failed 2',
    'sentence 3',
    'audio 3',
  ]);
  const heard = made.reply.heardText(Number.POSITIVE_INFINITY);
  expect(heard).toMatch(/^This is the first\. One.* The last is good\.$/);
  expect(heard).not.toMatch(/bad|here/);
});

it('keeps what a model wrote in whole sentences before it died', async () => {
  const made = replyTo([
    'This was said. And this is only ha',
    new SpeechFailure({ code: 'origin_unavailable' }),
  ]);
  const outcome = await made.reply.run((event) => void made.events.push(event));
  expect(outcome).toMatchObject({ reason: 'failed', error: { code: 'origin_unavailable' } });
  expect(made.spoken).toEqual(['This was said.']);
  expect(made.reply.heardText(Number.POSITIVE_INFINITY)).toBe('This was said.');
});

it('stops the model and the voice when it is interrupted, and tells nothing more', async () => {
  const made = replyTo(['This hangs for ever. The next one waits.', 'hang'], { hangs: 'hangs' });
  const ended = made.reply.run((event) => void made.events.push(event));
  await expect.poll(() => made.events.some(({ kind }) => kind === 'audio')).toBe(true);
  made.reply.interrupt();
  expect(await ended).toMatchObject({ reason: 'interrupted' });
  const told = made.events.length;
  await expect.poll(() => made.isModelLeft).toBe(true);
  await expect.poll(() => made.cancelled.length).toBeGreaterThan(0);
  expect(made.events).toHaveLength(told);
});

it('cuts what was heard at the word', async () => {
  const made = replyTo(['One two three four five six seven eight nine ten.', stop]);
  await made.reply.run((event) => void made.events.push(event));
  expect(made.reply.heardText(0)).toBe('');
  expect(made.reply.heardText(520)).toMatch(/^One two three four( five)?$/);
  expect(made.reply.heardText(1000)).toBe('One two three four five six seven eight nine ten.');
});

it('keeps audio back while it is held', async () => {
  const made = replyTo(['This is held back. And goes on.', stop]);
  made.reply.hold();
  const ended = made.reply.run((event) => void made.events.push(event));
  await expect.poll(() => made.spoken.length).toBe(2);
  await expect.poll(() => kinds(made.events)).toEqual([]);
  expect(made.events.at(-1)).toMatchObject({ kind: 'text-end', reason: 'stop' });
  made.reply.release();
  await ended;
  expect(kinds(made.events)).toEqual(['sentence 0', 'audio 0', 'sentence 1', 'audio 1']);
});

it('asks for a sentence as the next of those before it, though they are still to be sent', async () => {
  const clock = createFakeClock(); // it stands still: nothing is heard
  const made = replyTo(['One two three four five six. And seven. Then eight.', stop], {}, clock);
  made.reply.hold();
  const ended = made.reply.run((event) => void made.events.push(event));
  await expect.poll(() => made.spoken).toEqual(['One two three four five six.', 'And seven. Then eight.']);
  const [first, second] = made.places;
  expect(made.places.map(({ isContinuation }) => isContinuation)).toEqual([false, true]);
  await expect.poll(() => first?.playbackDeadline()).toBe(600); // all its words are made
  await expect.poll(() => second?.playbackDeadline()).toBe(600 + 400);
  made.reply.release();
  await ended;
  expect(second?.playbackDeadline()).toBe(made.playback.sentMs);
});

it('joins half characters, and ends a model that never ends', async () => {
  const made = replyTo(['A \ud83d', '\ude00 laughs. ', 'x'.repeat(40_000), 'hang'], 'mute');
  const outcome = await made.reply.run((event) => void made.events.push(event));
  expect(outcome.reason).toBe('length');
  expect(outcome.text).toHaveLength(32_768);
  expect(outcome.text.startsWith('A 😀 laughs. ')).toBe(true);
});

it('throws what its listener throws, and stops', async () => {
  const made = replyTo(['This is said to nobody. And this.', 'hang']);
  const gone = new Error('gone');
  await expect(
    made.reply.run((event) => {
      if (event.kind === 'audio') throw gone;
    }),
  ).rejects.toBe(gone);
  await expect.poll(() => made.isModelLeft).toBe(true);
});

it('never waits for itself where a single slot speaks everything', async () => {
  const model: ReplyParts['model'] = {
    isSetUp: true,
    async *answer() {
      yield { kind: 'text', text: 'The first has two parts. The second has two as well. So has the last.' };
      yield stop;
    },
  };
  /** Each part of a sentence is a request of its own, and holds the slot until it was read. */
  let isTaken = false;
  const waiting: (() => void)[] = [];
  const take = async (): Promise<void> => {
    if (isTaken) await new Promise<void>((resolve) => void waiting.push(resolve));
    else isTaken = true;
  };
  const release = (): void => {
    const next = waiting.shift();
    isTaken = next !== undefined; // whoever waits longest has it
    next?.();
  };
  const speak: NonNullable<ReplyParts['speak']> = async (text) => {
    await take(); // the beginning of the first part is there
    const body = pullStream(async function* () {
      for (const part of [1, 2]) {
        if (part === 2) await take();
        for (let chunk = 0; chunk < 3; chunk++) yield new Uint8Array(RATE / 5);
        release();
      }
    });
    const progress = new DeliveryProgress(text, { rate: RATE, channels: 1 });
    return { contentType: '', extension: '', rate: RATE, engine: '', firstAudioMs: 0, progress, body };
  };
  const playback = new Playback(realClock);
  const reply = new Reply({ messages: [], settings: {} }, { clock: realClock, model, speak, playback });
  const events: ReplyEvent[] = [];
  await reply.run(async (event) => {
    events.push(event);
    await new Promise((resolve) => setTimeout(resolve, 5)); // so that the next sentence is opened meanwhile
  });
  expect(kinds(events)).toEqual(['sentence 0', 'audio 0', 'sentence 1', 'audio 1', 'sentence 2', 'audio 2']);
});
