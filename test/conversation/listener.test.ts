import { describe, expect, it } from 'vitest';
import { FRAME_MS, listenerOf, quiet, settled, speech, turnDetection } from './listener-support.ts';

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
