import { describe, expect, it } from 'vitest';
import { type Asked, EarlyAnswer } from '../../src/conversation/early-answer.ts';
import { Permission } from '../../src/conversation/permission.ts';
import { Playback } from '../../src/conversation/playback.ts';
import { Reply, type ReplyEvent } from '../../src/conversation/reply.ts';
import type { ModelEvent, ModelRequest } from '../../src/core/conversation.ts';
import { SpeechFailure } from '../../src/core/errors.ts';
import { DeliveryProgress } from '../../src/speech/delivery-progress.ts';
import { createFakeClock } from '../stream/fake-clock.ts';

const RATE = 24_000;

/** A conversation whose model writes all at once and then waits to be let go, and whose voice makes 100 ms of each sentence. */
function conversation(written = 'Well of course, I can. It is a fine day.') {
  const clock = createFakeClock();
  const playback = new Playback(clock);
  const early = new EarlyAnswer(clock);
  const asked: { readonly request: ModelRequest; readonly signal: AbortSignal }[] = [];
  const spoken: { readonly text: string; readonly wanted: Promise<boolean>; readonly signal: AbortSignal }[] =
    [];
  const end = Promise.withResolvers<void>();
  const broken = { model: false, voice: false };
  const createReply = ({ request }: Asked): Reply =>
    new Reply(request, {
      clock,
      playback,
      model: {
        isSetUp: true,
        async *answer(request, signal): AsyncGenerator<ModelEvent> {
          asked.push({ request, signal });
          if (broken.model) throw new SpeechFailure({ code: 'engine_unavailable', message: 'No.' });
          yield { kind: 'text', text: written };
          await end.promise;
          yield { kind: 'end', reason: 'stop' };
        },
      },
      async speak(text, { wanted }, signal) {
        spoken.push({ text, wanted, signal });
        if (broken.voice) throw new SpeechFailure({ code: 'engine_unavailable', message: 'No.' });
        const progress = new DeliveryProgress(text, { rate: RATE, channels: 1 });
        const body = new Blob([new Uint8Array(RATE / 5)]).stream();
        const rest = { contentType: 'audio/pcm', extension: 'pcm', rate: RATE, engine: 'test' };
        return { ...rest, firstAudioMs: 0, progress, body };
      },
    });
  const question = (text: string, manner: unknown = 'joe'): Asked => ({
    request: {
      messages: [
        { role: 'system', content: 'You are Ada.' },
        { role: 'user', content: text },
      ],
      settings: {},
    },
    manner,
  });
  const expectAnswer = (text: string): void => {
    const about = question(text);
    early.begin(async () => ({ ...about, create: () => createReply(about) }));
  };
  const voice = { spoken, broken };
  return { clock, early, playback, asked, ...voice, question, createReply, expectAnswer, letGo: end.resolve };
}

describe('an answer that is begun before the turn is over', () => {
  it('is made as far as its first sentence, and told from its beginning once it is asked for', async () => {
    const { early, playback, spoken, question, expectAnswer, letGo } = conversation();
    expectAnswer('What is new');
    await expect.poll(() => spoken.map(({ text }) => text)).toEqual(['Well of course,']);
    const reply = early.take(question('What is new?'));
    expect([reply?.text, playback.sentMs]).toEqual(['Well of course, I can. It is a fine day.', 0]);
    expect(spoken).toHaveLength(1); // all was written long ago
    letGo();
    const events: ReplyEvent[] = [];
    const outcome = await reply?.run((event) => void events.push(event));
    expect(outcome?.reason).toBe('stop');
    const kinds = events.map(({ kind }) => kind);
    expect(kinds.filter((kind) => !kind.startsWith('text'))).toEqual([
      ...['sentence', 'audio'],
      ...['sentence', 'audio'],
    ]);
    expect(kinds.indexOf('text')).toBe(0);
    expect(reply?.heardText(Number.POSITIVE_INFINITY)).toBe(outcome?.text);
    await expect(Promise.all(spoken.map(({ wanted }) => wanted))).resolves.toEqual([true, true]);
  });

  it('is stopped, model and voice, and counts for nothing when the user goes on', async () => {
    const { early, playback, asked, spoken, question, expectAnswer } = conversation();
    expectAnswer('What is');
    await expect.poll(() => spoken.length).toBe(1);
    early.drop();
    expect([asked[0]?.signal.aborted, spoken[0]?.signal.aborted]).toEqual([true, true]);
    await expect(spoken[0]?.wanted).resolves.toBe(false);
    expect(early.take(question('What is'))).toBeUndefined();
    expect(playback.sentMs).toBe(0);
  });

  it('is none to other words, another voice, or what was said meanwhile', async () => {
    for (const other of [
      (say: ReturnType<typeof conversation>) => say.question('What is old?'),
      (say: ReturnType<typeof conversation>) => say.question('What is new?', 'amy'),
      (say: ReturnType<typeof conversation>): Asked => {
        const { request, manner } = say.question('What is new?');
        const before = { role: 'assistant', content: 'Hello.' } as const;
        return { request: { ...request, messages: [before, ...request.messages] }, manner };
      },
    ]) {
      const made = conversation();
      made.expectAnswer('What is new?');
      await expect.poll(() => made.spoken.length).toBe(1);
      expect(made.early.take(other(made))).toBeUndefined();
      expect([made.asked[0]?.signal.aborted, made.spoken[0]?.signal.aborted]).toEqual([true, true]);
    }
  });

  it('goes on where the same is expected again, and gives way to another', async () => {
    const { early, asked, spoken, question, expectAnswer } = conversation();
    expectAnswer('What is new');
    await expect.poll(() => spoken.length).toBe(1);
    expectAnswer('What is new?');
    expectAnswer('What is new today?');
    await expect.poll(() => spoken.length).toBe(2);
    expect(asked.map(({ signal }) => signal.aborted)).toEqual([true, false]);
    expectAnswer('What is new today');
    expect(early.take(question('what is new today.'))).toBeDefined();
    expect(asked).toHaveLength(2);
  });

  it('is asked for anew where the model or the voice failed before it was wanted', async () => {
    for (const what of ['model', 'voice'] as const) {
      const { early, asked, spoken, broken, question, expectAnswer } = conversation();
      broken[what] = true;
      expectAnswer('What is new?');
      const tried = what === 'model' ? asked : spoken;
      await expect.poll(() => tried.length).toBe(1);
      await expect.poll(() => early.isSound).toBe(false);
      expect(early.take(question('What is new?'))).toBeUndefined();
    }
  });

  it('is not begun when what it waits for comes too late', async () => {
    const { early, asked, question, createReply } = conversation();
    const cast = Promise.withResolvers<void>();
    const about = question('What is new?');
    const plan = cast.promise.then(() => ({ ...about, create: () => createReply(about) }));
    early.begin(() => plan);
    early.drop();
    cast.resolve();
    await plan;
    expect([asked, early.take(about)]).toEqual([[], undefined]);
  });

  it('is not kept for ever', async () => {
    const { clock, asked, spoken, expectAnswer } = conversation();
    expectAnswer('What is new?');
    await expect.poll(() => spoken.length).toBe(1);
    clock.advance(30_000);
    expect([asked[0]?.signal.aborted, clock.pending]).toEqual([true, 0]);
  });
});

describe('the permission to ask once more', () => {
  it('is asked for once in a turn, however often an answer is begun', async () => {
    let count = 0;
    const permission = new Permission(async () => void count++);
    await permission.ahead();
    await permission.ahead();
    await permission.use();
    expect(count).toBe(1);
    await permission.use();
    expect(count).toBe(2);
    await permission.ahead();
    permission.forget();
    await permission.use();
    expect(count).toBe(4);
  });

  it('is asked for again where it was refused', async () => {
    let refusals = 1;
    const permission = new Permission(async () => {
      if (refusals-- > 0) throw new SpeechFailure({ code: 'invalid_api_key', missing: false });
    });
    await expect(permission.ahead()).rejects.toThrow();
    await expect(permission.use()).resolves.toBeUndefined();
  });
});
