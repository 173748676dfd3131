import { describe, expect, it } from 'vitest';
import { type Arrival, Receiving } from '../../src/http/receiving.ts';

const KiB = 1024;
const MiB = 1024 * KiB;

/** 8 MiB: one of it for small arrivals, and a client may have a quarter of each part. */
function budget(): {
  begin(client: string): Arrival & { stopped: boolean };
  pass(ms: number): void;
} {
  let time = 0;
  const receiving = new Receiving({ maxBytes: 8 * MiB, maxBody: MiB, now: () => time });
  return {
    begin(client) {
      const watched = { stopped: false };
      const arrival = receiving.begin(client, () => {
        watched.stopped = true;
      });
      return Object.assign(watched, arrival);
    },
    pass: (ms) => {
      time += ms;
    },
  };
}

const refused = { error: { code: 'overloaded', retryAfterSeconds: 2 } };

/** Whether one more of `bytes` is taken. */
function takes(arrival: Arrival, bytes: number): boolean {
  try {
    arrival.hold(bytes);
    return true;
  } catch (error) {
    expect(error).toMatchObject(refused);
    return false;
  }
}

describe('the budget of what is being received', () => {
  it('gives a client its share, and everybody the whole', () => {
    const { begin } = budget();
    const one = Array.from({ length: 4 }, () => takes(begin('a'), MiB / 2));
    expect(one).toEqual([true, true, true, false]);
    const others = ['b', 'c', 'd', 'e', 'f'].flatMap((client) =>
      Array.from({ length: 3 }, () => takes(begin(client), MiB / 2)),
    );
    expect(others.filter(Boolean)).toHaveLength(11); // with those of the first client, 7 MiB
  });

  it('gives back what has come to its end, once', () => {
    const { begin } = budget();
    for (let i = 0; i < 50; i++) {
      const arrival = begin('a');
      expect(takes(arrival, MiB)).toBe(true);
      arrival.end();
      arrival.end();
    }
  });

  it('ends the largest that stalls, for one that needs its room', () => {
    const { begin, pass } = budget();
    const stalled = [600, 700, 450].map((size) => {
      const arrival = begin('a');
      arrival.hold(size * KiB);
      return arrival;
    });
    pass(3000);
    const honest = begin('a');
    expect(takes(honest, 200 * KiB)).toBe(true);
    expect(stalled.map(({ stopped }) => stopped)).toEqual([false, true, false]);
    expect(takes(stalled[1] as Arrival, 701 * KiB)).toBe(false);
  });

  it('ends none that comes at an honest pace, and tells a trickle from it', () => {
    const { begin, pass } = budget();
    const [steady, trickle] = [begin('a'), begin('a')];
    steady.hold(800 * KiB);
    trickle.hold(800 * KiB);
    for (let second = 1; second <= 6; second++) {
      pass(1000);
      steady.hold((800 + 20 * second) * KiB);
      trickle.hold(800 * KiB + second);
    }
    expect(takes(begin('a'), 500 * KiB)).toBe(true);
    expect([steady.stopped, trickle.stopped]).toEqual([false, true]);
    expect(takes(begin('a'), 500 * KiB)).toBe(false);
  });

  it('has room for small ones when large ones have taken theirs', () => {
    const { begin } = budget();
    for (const client of ['a', 'b', 'c', 'd', 'e', 'f', 'g']) expect(takes(begin(client), MiB)).toBe(true);
    expect(takes(begin('h'), MiB)).toBe(false);
    const small = Array.from({ length: 20 }, (_, i) => takes(begin(`small ${i}`), 64 * KiB));
    expect(small.filter(Boolean)).toHaveLength(16); // 1 MiB
  });

  it('lets in a body that is as large as bodies may be, whatever the shares', () => {
    const receiving = new Receiving({ maxBytes: 8 * MiB, maxBody: 5 * MiB, now: () => 0 });
    expect(
      takes(
        receiving.begin('a', () => {}),
        5 * MiB,
      ),
    ).toBe(true);
  });
});
