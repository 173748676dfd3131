import { describe, expect, test } from 'vitest';
import { type Moment, type StepEntry, StepQueue } from '../../../src/engine/onnx/step-queue.ts';

/** Two workers. */
const left = { name: 'left' };
const right = { name: 'right' };
type Slot = typeof left;
const times = { newcomer: 100, part: 80, next: 50 };
const isHeard = (): boolean => true;

interface Job {
  readonly utteranceId?: object;
  readonly slot?: Slot;
  /** Nothing of it is heard yet. */
  readonly isNew?: boolean;
}

interface Queue {
  readonly steps: StepQueue<Slot, string>;
  /** A job whose step waits. */
  job(name: string, playbackDeadline: number | (() => number), more?: Job): StepEntry<Slot, string>;
  /** Lets a free worker run its step; its name, or undefined. */
  serve(slot: Slot, moment?: Partial<Moment>): Promise<string | undefined>;
}

function createQueue(): Queue {
  const steps = new StepQueue<Slot, string>();
  const served: string[] = [];
  return {
    steps,
    job(name, playbackDeadline, { utteranceId, slot, isNew = false } = {}) {
      const due = typeof playbackDeadline === 'number' ? () => playbackDeadline : playbackDeadline;
      const entry = steps.enter({ utteranceId, playbackDeadline: due, isHeard: () => !isNew });
      const step = entry.wait(slot, async () => {
        served.push(name);
        return name;
      });
      step.catch(() => {});
      return entry;
    },
    async serve(slot, moment = {}) {
      const run = steps.take(slot, { ready: true, now: 0, times, ...moment });
      await run?.(slot);
      return run && served.at(-1);
    },
  };
}

describe('the next step of a worker', () => {
  test('is that of the earliest playback deadline, as things stand when it is free', async () => {
    const { job, serve } = createQueue();
    let moved = 50;
    job('late', 300);
    job('soon', 100);
    job('moves', () => moved);
    expect(await serve(left)).toBe('moves');
    moved = 500;
    job('moves again', () => moved);
    expect([await serve(left), await serve(right), await serve(left)]).toEqual([
      'soon',
      'late',
      'moves again',
    ]);
    expect(await serve(left)).toBeUndefined();
  });

  test('is the older one of two with the same deadline', async () => {
    const { job, serve } = createQueue();
    for (const name of ['a', 'b', 'c']) job(name, 7);
    expect([await serve(left), await serve(left), await serve(left)]).toEqual(['a', 'b', 'c']);
  });

  test('is one of a job that it began, or of one that nobody began', async () => {
    const { job, serve } = createQueue();
    job('began right', 100, { slot: right });
    job('new', 200);
    expect(await serve(left)).toBe('new');
    expect(await serve(left)).toBeUndefined();
    expect(await serve(right)).toBe('began right');
  });

  test('begins no job while the worker may not be started', async () => {
    const { job, serve } = createQueue();
    job('new', 100);
    job('began here', 200, { slot: left });
    expect(await serve(left, { ready: false })).toBe('began here');
    expect(await serve(left, { ready: false })).toBeUndefined();
  });

  test('is never of a later part of a text while the earlier one is not made', async () => {
    const { steps, job, serve } = createQueue();
    const utteranceId = {};
    const first = steps.enter({ utteranceId, playbackDeadline: () => 300, isHeard });
    job('second part', 100, { utteranceId });
    job('another', 200);
    expect(await serve(left)).toBe('another');
    expect(await serve(left)).toBeUndefined();
    first.leave();
    expect(await serve(left)).toBe('second part');
  });
});

describe('a job that is left', () => {
  test('takes its step along', async () => {
    const { steps, job, serve } = createQueue();
    const entry = steps.enter({ utteranceId: undefined, playbackDeadline: () => 1, isHeard });
    const step = entry.wait(undefined, async () => 'never');
    job('other', 100);
    entry.leave();
    await expect(step).rejects.toThrow('The client left.');
    expect(await serve(left)).toBe('other');
  });

  test('is no other stream any more', () => {
    const { steps } = createQueue();
    const [text, other] = [{}, {}];
    const playbackDeadline = (): number => 0;
    const entries = [text, text, other, undefined].map((utteranceId) =>
      steps.enter({ utteranceId, playbackDeadline, isHeard }),
    );
    expect([steps.others(text), steps.others(other), steps.others(undefined)]).toEqual([2, 2, 2]);
    entries[3]?.leave();
    entries[0]?.leave();
    expect([steps.others(text), steps.others(other)]).toEqual([1, 1]);
  });
});

describe('a newcomer', () => {
  test('goes before those who are heard while all of them have time for its step', async () => {
    const { job, serve } = createQueue();
    job('a', 200, { slot: left });
    job('b', 250, { slot: left });
    job('new', 5000, { isNew: true }); // done at 100, a at 150, b at 200
    expect([await serve(left), await serve(left), await serve(left)]).toEqual(['new', 'a', 'b']);
  });

  test('waits where one of them would fall silent, also the last in line', async () => {
    const { job, serve } = createQueue();
    job('a', 190, { slot: left });
    job('b', 195, { slot: left });
    job('new', 5000, { isNew: true });
    expect([await serve(left), await serve(left), await serve(left)]).toEqual(['a', 'b', 'new']);
  });

  test('goes to the worker whose listeners have time', async () => {
    const { job, serve } = createQueue();
    job('a', 100, { slot: left });
    job('b', 900, { slot: right });
    job('new', 5000, { isNew: true });
    expect([await serve(left), await serve(right), await serve(right)]).toEqual(['a', 'new', 'b']);
  });

  test('minds those who are heard and ask for nothing yet', async () => {
    const { steps, job, serve } = createQueue();
    const entry = steps.enter({ utteranceId: undefined, playbackDeadline: () => 120, isHeard });
    const first = entry.wait(left, async () => 'first');
    await serve(left); // it may ask for the next one in a moment
    await first;
    job('a', 400, { slot: left });
    job('new', 5000, { isNew: true });
    expect(await serve(left)).toBe('a');
  });

  test('waits no longer than it can, however much the others need', async () => {
    const { job, serve } = createQueue();
    let playbackDeadline = 0;
    job('new', 5000, { isNew: true });
    const turns: (string | undefined)[] = [];
    for (let now = 0; turns.at(-1) !== 'new' && turns.length < 200; now += 50) {
      job('heard', playbackDeadline, { slot: left });
      turns.push(await serve(left, { now }));
      playbackDeadline = now + 60; // as slow as speech
    }
    expect(turns.at(-1)).toBe('new');
    expect(turns.length).toBeLessThan(110);
  });
});
