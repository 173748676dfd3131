import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ClientShares, mayHoldMore, type Release } from '../../src/speech/client-shares.ts';

const never = (): number => 0;
const shares = (max: number, percent = 50): ClientShares =>
  new ClientShares({ what: 'sockets', rule: { max, percent } }, never);
/** Takes all that `client` gets. */
function takeAll(from: ClientShares, client: string): Release[] {
  const releases: Release[] = [];
  for (;;) {
    try {
      releases.push(from.acquire(client));
    } catch {
      return releases;
    }
  }
}

describe('shares of clients', () => {
  it('give a client that is alone half, and each that comes as much as is free', () => {
    const sockets = shares(1000);
    expect(['ada', 'bob', 'eve'].map((client) => takeAll(sockets, client).length)).toEqual([500, 250, 125]);
    expect(sockets.total).toBe(875);
  });

  it('give two clients that take in turn the same', () => {
    const sockets = shares(999);
    for (let i = 0; i < 400; i++) {
      for (const client of ['ada', 'bob']) {
        try {
          sockets.acquire(client);
        } catch {}
      }
    }
    expect([sockets.heldBy('ada'), sockets.heldBy('bob')]).toEqual([333, 333]);
  });

  it.each([
    [1, 1],
    [2, 1],
    [3, 2],
    [10, 5],
  ])('of %i let one client have %i', (max, expected) => {
    expect(takeAll(shares(max), 'ada')).toHaveLength(expected);
  });

  it('are none at 100 percent, and a quarter at 25', () => {
    expect(takeAll(shares(40, 100), 'ada')).toHaveLength(40);
    expect(takeAll(shares(40, 25), 'ada')).toHaveLength(10);
  });

  it('say whose bound it is, and name nobody', () => {
    const sockets = shares(4);
    takeAll(sockets, 'key:ada');
    const refused = (client: string): unknown => {
      try {
        sockets.acquire(client);
      } catch (error) {
        return (error as { error: unknown }).error;
      }
      return undefined;
    };
    const retryAfterSeconds = 5;
    const message = 'This key holds its share of 2 sockets. Please try again later.';
    expect(refused('key:ada')).toEqual({ code: 'share_exceeded', message, retryAfterSeconds });
    sockets.acquire('192.0.2.1');
    expect(refused('192.0.2.1')).toMatchObject({ message: expect.stringContaining('This address holds') });
    sockets.acquire('192.0.2.2');
    const full = 'All 4 sockets of this server are taken. Please try again later.';
    expect(refused('192.0.2.3')).toEqual({ code: 'overloaded', message: full, retryAfterSeconds });
  });

  it('forget what was held for too long where they are told to, and count its release no more', () => {
    let now = 0;
    const streams = new ClientShares(
      { what: 'streams', rule: { max: 2, percent: 100 }, forgetMs: 1000 },
      () => now,
    );
    const first = streams.acquire('ada');
    now = 600;
    streams.acquire('ada');
    expect(() => streams.acquire('bob')).toThrow();
    now = 1000;
    streams.acquire('bob');
    first();
    expect([streams.heldBy('ada'), streams.heldBy('bob'), streams.total]).toEqual([1, 1, 2]);
  });

  it('never go below nothing, beyond their bound, or lose one, whatever happens', () => {
    const step = fc.record({ client: fc.nat(4), release: fc.boolean(), which: fc.nat(20) });
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 12 }),
        fc.integer({ min: 1, max: 100 }),
        fc.array(step),
        (max, percent, steps) => {
          const counter = shares(max, percent);
          const open: { client: string; release: Release }[] = [];
          const over: Release[] = [];
          for (const { client: number, release, which } of steps) {
            const client = `client ${number}`;
            if (release) {
              const [ended] = open.splice(which % Math.max(1, open.length), 1);
              ended?.release();
              if (ended) over.push(ended.release);
              over[which % Math.max(1, over.length)]?.(); // twice is once
            } else {
              const held = counter.heldBy(client);
              const mayHave = counter.total < max && mayHoldMore({ max, percent }, held, counter.total);
              try {
                open.push({ client, release: counter.acquire(client) });
                expect(mayHave).toBe(true);
              } catch (error) {
                expect(mayHave, String(error)).toBe(false);
              }
            }
            expect(counter.total).toBe(open.length);
            expect(counter.total).toBeLessThanOrEqual(max);
            for (let other = 0; other <= 4; other++) {
              const name = `client ${other}`;
              expect(counter.heldBy(name)).toBe(open.filter(({ client: each }) => each === name).length);
            }
          }
          for (const { release } of open) release();
          expect(counter.total).toBe(0);
          expect(takeAll(counter, 'new').length).toBe(takeAll(shares(max, percent), 'new').length);
        },
      ),
    );
  });
});
