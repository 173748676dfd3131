import { describe, expect, test } from 'vitest';
import { createIoContext, type IoContext, IoContextLost } from '../../src/stream/io-context.ts';
import { Replay } from '../../src/stream/replay.ts';
import { createFakeClock } from './fake-clock.ts';
import { readBytes } from './replay-readers.ts';
import { handFed, settle } from './sources.ts';

describe('a home', () => {
  test('runs tasks in their order, each beside those that run', async () => {
    const ioContext = createIoContext(createFakeClock());
    const done: number[] = [];
    let open = (): void => {};
    ioContext.run(async () => {
      await new Promise<void>((resolve) => {
        open = resolve;
      });
      done.push(1);
    });
    ioContext.run(async () => {
      done.push(2);
    });
    await settle();
    open();
    await settle();
    expect(done).toEqual([2, 1]);
  });

  test('that is there is never reported lost, however long somebody watches', async () => {
    const clock = createFakeClock();
    const ioContext = createIoContext(clock);
    let lost = 0;
    const stop = ioContext.watch(() => lost++);
    for (let i = 0; i < 5; i++) {
      await settle();
      clock.advance(5000);
    }
    stop();
    expect([lost, clock.pending]).toEqual([0, 0]);
  });

  test('that answers no more is reported lost, once', async () => {
    const clock = createFakeClock();
    const ioContext = createIoContext(clock);
    ioContext.leave(); // as far as a watcher can tell, the same as being stopped
    await settle();
    let lost = 0;
    ioContext.watch(() => lost++);
    clock.advance(60_000);
    expect([lost, clock.pending]).toEqual([1, 0]);
  });
});

test('those who hear a source whose home was stopped are told, instead of waiting for ever', async () => {
  const losses: (() => void)[] = [];
  const stopped: IoContext = {
    run() {},
    watch(lost) {
      losses.push(lost);
      return () => {};
    },
    leave() {},
  };
  let ends = 0;
  const replay = new Replay(handFed().stream, { maxBytes: 1024, ioContext: stopped, onEnd: () => ends++ });
  const reading = [readBytes(replay.join()), readBytes(replay.join())];
  const told = Promise.all(reading.map((each) => expect(each).rejects.toBeInstanceOf(IoContextLost)));
  await settle();
  losses[0]?.();
  await told;
  expect(ends).toBe(1);
});
