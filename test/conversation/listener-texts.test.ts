import { describe, expect, it } from 'vitest';
import { SpeechFailure } from '../../src/core/errors.ts';
import { listenerOf, quiet, settled, speech, turnDetection } from './listener-support.ts';

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
    expect(asked.map(({ ms }) => ms)).toEqual([960 + 128]);
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
