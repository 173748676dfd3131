import { expect, test } from 'vitest';
import { inGroups, inTurns, Turns } from '../../src/stream/turns.ts';
import { createFakeClock, realClock } from './fake-clock.ts';
import { settle } from './sources.ts';

test('a timer has its turn among pieces of long work, however many work at once', async () => {
  const turns = new Turns(realClock);
  let isOver = false;
  let rings = 0;
  const ring = (): void => {
    rings += 1;
    if (!isOver) realClock.alarm(0, ring);
  };
  realClock.alarm(0, ring);
  const busy = (): void => {
    for (const until = performance.now() + 2; performance.now() < until; );
  };
  const worker = async (): Promise<void> => {
    for (let piece = 0; piece < 10; piece++) await turns.run(busy);
  };
  await Promise.all([worker(), worker(), worker()]);
  isOver = true;
  expect(rings).toBeGreaterThan(5); // none without turns: promises alone let no timer through
});

test('short work never waits', async () => {
  const turns = new Turns(createFakeClock());
  for (let piece = 0; piece < 1000; piece++) await turns.run(() => {});
});

test('work that says what it takes waits even where the clock stands still', async () => {
  const clock = createFakeClock();
  const turns = new Turns(clock);
  let done = 0;
  const works = (async () => {
    for (; done < 20; done++) await turns.run(() => {}, 1);
  })();
  await settle();
  expect([done, clock.pending]).toEqual([8, 1]);
  for (; clock.pending > 0; await settle()) clock.advance(0);
  await works;
});

test('those who waited go on in their order, a few of them a turn', async () => {
  const clock = createFakeClock();
  const turns = new Turns(clock);
  const begun: number[] = [];
  const crowd = Array.from({ length: 100 }, async (_, index) => {
    await turns.begin();
    begun.push(index);
  });
  const aTurn: number[] = [];
  for (let before = -1; before < begun.length; ) {
    before = begun.length;
    await settle();
    aTurn.push(begun.length - before);
    clock.advance(0);
  }
  await Promise.all(crowd);
  expect(begun).toEqual(crowd.map((_, index) => index));
  expect(Math.max(...aTurn)).toBeLessThan(30);
});

test('a request waits where the one before took longer than requests do', async () => {
  const clock = createFakeClock();
  let now = 0;
  const turns = new Turns({ ...clock, now: () => now });
  await turns.begin();
  now += 50;
  let isBegun = false;
  const next = turns.begin().then(() => {
    isBegun = true;
  });
  await settle();
  expect(isBegun).toBe(false);
  clock.advance(0);
  await next;
});

test('a request waits for none that came in an earlier turn', async () => {
  const clock = createFakeClock();
  const turns = new Turns(clock);
  for (let request = 0; request < 100; request++) {
    await turns.begin(); // for ever, did it wait
    clock.advance(0);
  }
});

test('a lull begins when all of a crowd have begun, and a turn after a single request', async () => {
  const clock = createFakeClock();
  const turns = new Turns(clock);
  let begun = 0;
  const crowd = Array.from({ length: 200 }, async () => {
    await turns.begin();
    begun += 1;
  });
  let begunBefore: number | undefined;
  const waiting = turns.lull().then(() => {
    begunBefore = begun;
  });
  for (; begunBefore === undefined; clock.advance(0)) await settle();
  await Promise.all([waiting, ...crowd]);
  expect(begunBefore).toBe(crowd.length);

  clock.advance(0);
  await turns.begin();
  const next = turns.lull();
  clock.advance(0);
  await next;
});

test('a lull is not waited for where requests never end', async () => {
  const clock = createFakeClock();
  const turns = new Turns(clock);
  let isOver = false;
  const waiting = turns.lull().then(() => {
    isOver = true;
  });
  for (let request = 0; !isOver; request++) {
    expect(request).toBeLessThan(2000);
    await turns.begin();
    clock.advance(0);
    await settle();
  }
  await waiting;
});

test('a lull is not waited for where others work all the time', async () => {
  const clock = createFakeClock();
  const turns = new Turns(clock);
  let isOver = false;
  const waiting = turns.lull().then(() => {
    isOver = true;
  });
  const works = Array.from({ length: 20 }, async () => {
    while (!isOver) await turns.run(() => {}, 8);
  });
  for (let turn = 0; !isOver; turn++) {
    expect(turn).toBeLessThan(100);
    await settle();
    clock.advance(0);
  }
  await waiting;
  for (let turn = 0; turn < works.length; turn++) {
    await settle();
    clock.advance(0);
  }
  await Promise.all(works);
});

test('work that fails counts like any other, and its error is told', async () => {
  const turns = new Turns(realClock);
  await expect(
    turns.run(() => {
      throw new Error('broken');
    }),
  ).rejects.toThrow('broken');
});

test('a long chunk is worked on in whole frames', async () => {
  const lengths: number[] = [];
  const parts: Uint8Array[] = [];
  for await (const part of inTurns(new Turns(realClock), new Uint8Array(100_004), (slice) => slice)) {
    lengths.push(part.length);
    parts.push(part);
  }
  expect(lengths.reduce((sum, length) => sum + length)).toBe(100_004);
  expect(lengths.length).toBeGreaterThan(2);
  for (const length of lengths) expect(length % 4).toBe(0);
});

test('a crowd is served in groups, the first at once', async () => {
  const clock = createFakeClock();
  let served = 0;
  const serving = inGroups(Array.from({ length: 100 }), clock, () => served++);
  const first = served;
  expect(first).toBeGreaterThan(0);
  expect(first).toBeLessThan(100);
  while (served < 100) {
    clock.advance(0);
    await settle();
  }
  await serving;
});
