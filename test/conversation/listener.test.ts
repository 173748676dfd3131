import { describe, expect, it } from 'vitest';
import { FRAME, type FrameDetector } from '../../src/conversation/listening/frame-detector.ts';
import { MicrophoneListener } from '../../src/conversation/listening/listener.ts';
import type { TurnTranscriber } from '../../src/conversation/listening/transcriber.ts';
import type { ListeningEvent, ListeningOptions } from '../../src/core/conversation.ts';
import { LISTENING_RATE } from '../../src/core/conversation.ts';
import { SpeechFailure } from '../../src/core/errors.ts';
import { ClientGone } from '../../src/stream/cancel.ts';

const turnDetection = { threshold: 0.5, prefixMs: 320, silenceMs: 704 };
const FRAME_MS = (FRAME / LISTENING_RATE) * 1000;
const LOUD = 8000;

/** Whole frames of one level. */
function sound(ms: number, level: number): Uint8Array {
  return new Uint8Array(new Int16Array((ms * LISTENING_RATE) / 1000).fill(level).buffer);
}
const quiet = (ms: number): Uint8Array => sound(ms, 0);
const speech = (ms: number): Uint8Array => sound(ms, LOUD);

/** Waits until everything that can happen has happened. */
const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 5));

interface Asked {
  readonly ms: number;
  readonly language: string | undefined;
  readonly signal: AbortSignal;
  answer(text: string): void;
  fail(error: Error): void;
}

/** A listener whose detector hears what is loud, and whose recogniser says what the test lets it say. */
function listenerOf(more: Partial<ListeningOptions> & { isIdle?: boolean; held?: boolean } = {}) {
  const events: ListeningEvent[] = [];
  const asked: Asked[] = [];
  const recogniser = { isIdle: more.isIdle ?? false };
  let closes = 0;
  let release = (): void => {};
  const held = more.held
    ? new Promise<void>((resolve) => {
        release = resolve;
      })
    : undefined;
  const detector: FrameDetector = {
    async detect(samples) {
      await held;
      return Array.from({ length: samples.length / FRAME }, (_, i) =>
        (samples[i * FRAME] ?? 0) > 0.1 ? 1 : 0,
      );
    },
  };
  const transcriber: TurnTranscriber = {
    model: 'scripted',
    language: 'en',
    isIdle: () => recogniser.isIdle && asked.every((one) => one.signal.aborted || 'isDone' in one),
    warm() {},
    transcribe: (pcm, language, signal) =>
      new Promise((resolve, reject) => {
        const done = (end: () => void): void => {
          Object.assign(one, { isDone: true });
          end();
        };
        const one: Asked = {
          ms: (pcm.length / 2 / LISTENING_RATE) * 1000,
          language,
          signal,
          answer: (text) => done(() => resolve(text)),
          fail: (error) => done(() => reject(error)),
        };
        asked.push(one);
        signal.addEventListener('abort', () => reject(new ClientGone()));
      }),
  };
  const check = ({ language }: { language?: string | undefined }): void => {
    if (language === 'vi') throw new SpeechFailure({ code: 'not_supported', message: 'English only.' });
  };
  const listener = new MicrophoneListener(
    { turnDetection, partials: false, onEvent: (event) => void events.push(event), ...more },
    { detector, transcriber, check, onClose: () => void closes++ },
  );
  return { listener, events, asked, recogniser, release: () => release(), closes: () => closes };
}

describe('a turn', () => {
  it('begins with the sound before its first word and ends after the silence', async () => {
    const { listener, events, asked } = listenerOf();
    listener.push(quiet(960));
    listener.push(speech(960));
    listener.push(quiet(672));
    await settled();
    expect(events).toEqual([{ kind: 'started', turn: 0, atMs: 640 }]);
    listener.push(quiet(64));
    await settled();
    expect(events.slice(1)).toEqual([{ kind: 'stopped', turn: 0, atMs: 960 + 960 + 704 }]);
    expect(asked.map(({ ms }) => ms)).toEqual([320 + 960 + 704]);
    asked[0]?.answer(' Good morning. ');
    await settled();
    expect(events.slice(2)).toEqual([{ kind: 'final', turn: 0, text: ' Good morning. ' }]);
    expect(listener.heardMs()).toBe(960 + 960 + 736);
  });

  it('is not begun by a click', async () => {
    const { listener, events } = listenerOf();
    for (let i = 0; i < 10; i++) {
      listener.push(quiet(320));
      listener.push(speech(FRAME_MS));
    }
    await settled();
    expect(events).toEqual([]);
  });

  it('goes on over a pause for breath', async () => {
    const { listener, events } = listenerOf();
    for (let i = 0; i < 5; i++) {
      listener.push(speech(320));
      listener.push(quiet(640));
    }
    await settled();
    expect(events.map(({ kind }) => kind)).toEqual(['started']);
  });

  it('is the same whatever the pieces are in which it comes', async () => {
    const whole = listenerOf();
    const pieces = listenerOf();
    const audio = [quiet(480), speech(640), quiet(960), speech(320), quiet(800)];
    for (const part of audio) whole.listener.push(part);
    const bytes = Buffer.concat(audio);
    for (let at = 0; at < bytes.length; at += 333) pieces.listener.push(bytes.subarray(at, at + 333)); // odd: half samples
    await settled();
    expect(pieces.events).toEqual(whole.events);
    expect(pieces.asked.map(({ ms }) => ms)).toEqual(whole.asked.map(({ ms }) => ms));
    expect(whole.events.filter(({ kind }) => kind === 'stopped')).toHaveLength(2);
  });

  it('ends by itself after a minute, and the next one loses nothing', async () => {
    const { listener, events, asked } = listenerOf();
    for (let i = 0; i < 10; i++) {
      listener.push(speech(9600));
      await settled();
    }
    const stops = events.flatMap((event) => (event.kind === 'stopped' ? event.atMs : []));
    const starts = events.flatMap((event) => (event.kind === 'started' ? event.atMs : []));
    expect(stops).toEqual([60_000]);
    expect(starts).toEqual([0, 60_000]);
    expect(asked[0]?.ms).toBe(60_000);
  });

  it('ends when the client says so, and before anybody spoke there is none', async () => {
    const { listener, events, asked } = listenerOf();
    listener.push(quiet(960));
    listener.commit();
    await settled();
    expect(events).toEqual([]);
    listener.push(speech(330));
    listener.commit();
    listener.push(quiet(960));
    await settled();
    expect(events).toEqual([
      { kind: 'started', turn: 0, atMs: 640 },
      { kind: 'stopped', turn: 0, atMs: 1290 },
    ]);
    expect(asked[0]?.ms).toBe(650); // what is less than a frame belongs to it too
  });
});

describe('without turn detection', () => {
  it('all audio belongs to the turn, which the client ends', async () => {
    const { listener, events, asked } = listenerOf({ turnDetection: undefined });
    listener.commit();
    listener.push(quiet(1000));
    listener.push(speech(500));
    listener.push(quiet(3000));
    listener.commit();
    listener.commit();
    await settled();
    expect(events).toEqual([
      { kind: 'started', turn: 0, atMs: 0 },
      { kind: 'stopped', turn: 0, atMs: 4500 },
    ]);
    expect(asked.map(({ ms }) => ms)).toEqual([4500]);
  });

  it('a long turn is cut after a minute', async () => {
    const { listener, events } = listenerOf({ turnDetection: undefined });
    for (let i = 0; i < 5; i++) listener.push(speech(15_000));
    listener.commit();
    await settled();
    const stops = events.flatMap((event) => (event.kind === 'stopped' ? event.atMs : []));
    expect(stops).toEqual([60_000, 75_000]);
  });

  it('may be from now on', async () => {
    const { listener, events } = listenerOf();
    listener.push(speech(320));
    listener.change({ turnDetection: undefined, language: 'en' });
    listener.push(quiet(5000));
    await settled();
    expect(events.map(({ kind }) => kind)).toEqual(['started']);
    listener.change({ turnDetection });
    listener.push(quiet(800));
    await settled();
    expect(events.map(({ kind }) => kind)).toEqual(['started', 'stopped']);
  });
});

describe('a turn that is cleared', () => {
  it('has no further events, and what waits is not heard', async () => {
    const { listener, events, asked } = listenerOf({ isIdle: true });
    listener.push(speech(640));
    await settled();
    listener.push(speech(640));
    listener.clear();
    await settled();
    listener.push(quiet(960));
    listener.commit();
    await settled();
    expect(events).toEqual([{ kind: 'started', turn: 0, atMs: 0 }]);
    expect(asked.every(({ signal }) => signal.aborted)).toBe(true);
    listener.push(speech(320));
    await settled();
    expect(events.at(-1)).toEqual({ kind: 'started', turn: 1, atMs: 640 + 640 + 960 - 320 });
  });

  it('does not take the text of the turn before it', async () => {
    const { listener, events, asked } = listenerOf();
    listener.push(speech(320));
    listener.commit();
    await settled();
    listener.clear();
    asked[0]?.answer('Hello.');
    await settled();
    expect(events.at(-1)).toEqual({ kind: 'final', turn: 0, text: 'Hello.' });
  });
});

describe('text while somebody speaks', () => {
  it('comes for each 300 ms, one at a time', async () => {
    const { listener, events, asked } = listenerOf({ isIdle: true, partials: true });
    listener.push(speech(320));
    listener.push(speech(3200));
    await settled();
    expect(asked).toHaveLength(1); // it has not answered yet
    asked[0]?.answer('The');
    await settled();
    expect(events.at(-1)).toEqual({ kind: 'partial', turn: 0, text: 'The', stableLength: 0 });
    listener.push(speech(64));
    await settled();
    expect(asked).toHaveLength(2);
  });

  it('is not asked of a recogniser that is busy, nor where nobody wants it', async () => {
    for (const more of [
      { isIdle: false, partials: true },
      { isIdle: true, partials: false },
    ]) {
      const { listener, asked } = listenerOf(more);
      listener.push(speech(6400));
      await settled();
      expect(asked).toEqual([]);
    }
  });

  it('is the last one, where it was made in the silence that ended the turn', async () => {
    const { listener, events, asked } = listenerOf({ isIdle: true });
    listener.push(speech(960));
    listener.push(quiet(320));
    await settled();
    expect(asked.map(({ ms }) => ms)).toEqual([960 + 192]);
    asked[0]?.answer('Hello there.');
    await settled();
    listener.push(quiet(640));
    await settled();
    expect(asked).toHaveLength(1);
    expect(events.map(({ kind }) => kind)).toEqual(['started', 'stopped', 'final']);
    expect(events.at(-1)).toMatchObject({ text: 'Hello there.' });
  });

  it('is made anew where more was said after the pause', async () => {
    const { listener, events, asked, recogniser } = listenerOf({ isIdle: true });
    listener.push(speech(960));
    listener.push(quiet(320));
    await settled();
    asked[0]?.answer('Hello.');
    await settled();
    recogniser.isIdle = false;
    listener.push(speech(320));
    listener.push(quiet(704));
    await settled();
    expect(asked[1]?.ms).toBe(960 + 320 + 320 + 704);
    asked[1]?.answer('Hello there.');
    await settled();
    expect(events.at(-1)).toMatchObject({ kind: 'final', text: 'Hello there.' });
  });

  it('settles what was said long ago, so that a long turn costs no more than a short one', async () => {
    const { listener, events, asked } = listenerOf({ isIdle: true, partials: true });
    for (let second = 0; second < 30; second++) {
      listener.push(speech(960));
      await settled();
      asked.at(-1)?.answer(`word${second}`);
      await settled();
    }
    listener.commit();
    await settled();
    expect(Math.max(...asked.map(({ ms }) => ms))).toBeLessThan(9000);
    const partials = events.flatMap((event) => (event.kind === 'partial' ? event : []));
    const stable = partials.map(({ text, stableLength }) => text.slice(0, stableLength));
    expect(stable.at(-1)?.length).toBeGreaterThan(0);
    for (const [index, text] of stable.entries()) {
      expect(partials.slice(index).every((later) => later.text.startsWith(text))).toBe(true);
    }
    asked.at(-1)?.answer('the end');
    await settled();
    expect(events.at(-1)).toMatchObject({ kind: 'final', text: expect.stringMatching(/^word.* the end$/) });
  });
});

describe('what goes wrong', () => {
  it('fails its turn alone', async () => {
    const { listener, events, asked } = listenerOf();
    listener.push(speech(320));
    listener.commit();
    await settled();
    asked[0]?.fail(new SpeechFailure({ code: 'origin_unavailable' }, new Error('/secret/path')));
    listener.push(speech(320));
    listener.commit();
    await settled();
    asked[1]?.fail(new Error('/secret/path'));
    listener.push(speech(320));
    listener.commit();
    await settled();
    asked[2]?.answer('Again.');
    await settled();
    const texts = events.filter(({ kind }) => kind === 'failed' || kind === 'final');
    expect(texts).toEqual([
      { kind: 'failed', turn: 0, error: { code: 'origin_unavailable' } },
      {
        kind: 'failed',
        turn: 1,
        error: { code: 'engine_unavailable', message: 'The recogniser failed.' },
      },
      { kind: 'final', turn: 2, text: 'Again.' },
    ]);
  });

  it('a partial text that fails is not tried again in its turn, whose end may still work', async () => {
    const { listener, events, asked } = listenerOf({ isIdle: true, partials: true });
    listener.push(speech(640));
    await settled();
    asked[0]?.fail(new Error('no'));
    await settled();
    listener.push(speech(1280));
    listener.commit();
    await settled();
    expect(asked).toHaveLength(2);
    asked[1]?.answer('Fine.');
    await settled();
    expect(events.map(({ kind }) => kind)).toEqual(['started', 'stopped', 'final']);
  });

  it('audio that comes faster than it is heard is refused, and what was taken is heard', async () => {
    const { listener, events, release } = listenerOf({ held: true });
    for (let i = 0; i < 60; i++) listener.push(speech(960));
    listener.push(speech(960));
    listener.push(speech(960));
    expect(() => listener.push(speech(960))).toThrow(
      expect.objectContaining({ error: expect.objectContaining({ code: 'overloaded' }) }),
    );
    release();
    await settled();
    expect(events.map(({ kind }) => kind)).toEqual(['started']);
    listener.push(speech(960)); // there is room again
  });

  it('turns whose text does not come are no more than four', async () => {
    const { listener, events, asked } = listenerOf();
    for (let i = 0; i < 6; i++) {
      listener.push(speech(320));
      listener.commit();
    }
    await settled();
    expect(events.flatMap((event) => (event.kind === 'failed' ? event : []))).toEqual(
      [4, 5].map((turn) => ({ kind: 'failed', turn, error: { code: 'overloaded', retryAfterSeconds: 1 } })),
    );
    expect(asked).toHaveLength(1); // one after the other
  });

  it('a language that nobody understands is refused', () => {
    const { listener } = listenerOf();
    expect(() => listener.change({ turnDetection, language: 'vi' })).toThrow('English only.');
  });
});

it('a microphone that is closed stops all that it caused', async () => {
  const { listener, events, asked, closes } = listenerOf({ isIdle: true, partials: true });
  listener.push(speech(640));
  listener.commit();
  listener.push(speech(640));
  await settled();
  listener.close();
  listener.close();
  const before = events.length;
  listener.push(speech(640));
  listener.commit();
  await settled();
  expect(asked.length).toBeGreaterThan(0);
  expect(asked.every(({ signal }) => signal.aborted)).toBe(true);
  expect(events).toHaveLength(before);
  expect(closes()).toBe(1);
});
