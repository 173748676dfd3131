import { expect, test } from 'vitest';
import { admission } from '../../src/engine/policy/admission.ts';
import { createFakeClock } from '../stream/fake-clock.ts';
import { asking, createFakeEngine, settle, sound } from './policy-engine.ts';

function createQueue(maxPending: number): {
  readonly engine: ReturnType<typeof createFakeEngine>;
  readonly clock: ReturnType<typeof createFakeClock>;
  ask(text: string, client: string): Promise<unknown>;
  texts(): string[];
} {
  const engine = createFakeEngine();
  const clock = createFakeClock();
  const queue = admission({ slots: 1, maxPending }, { clock })(engine);
  return {
    engine,
    clock,
    ask(text, client) {
      const opening = queue.open(asking(text, { client }), new AbortController().signal);
      opening.catch(() => {});
      return opening;
    },
    texts: () => engine.calls.map(({ request }) => request.text),
  };
}

test('clients take turns at the engine', async () => {
  const { engine, ask, texts } = createQueue(10);
  for (const text of ['a1', 'a2', 'a3', 'b1', 'c1']) ask(text, text.charAt(0));
  for (let calls = 1; calls <= 5; calls++) {
    (await engine.call(calls)).speak(sound(10));
    await settle();
  }
  expect(texts()).toEqual(['a1', 'a2', 'b1', 'c1', 'a3']);
});

test('a client that fills the queue makes room for another', async () => {
  const { engine, ask, texts } = createQueue(2);
  ask('a1', 'a');
  ask('a2', 'a');
  const crowded = ask('a3', 'a');
  await expect(ask('a4', 'a')).rejects.toMatchObject({ error: { code: 'overloaded' } });
  ask('b1', 'b');
  await expect(crowded).rejects.toMatchObject({ error: { code: 'overloaded' } });
  for (let calls = 1; calls <= 3; calls++) {
    (await engine.call(calls)).speak(sound(10));
    await settle();
  }
  expect(texts()).toEqual(['a1', 'a2', 'b1']);
});

test('the time in the queue is part of the stream', async () => {
  const { engine, clock, ask } = createQueue(2);
  const first = ask('a', 'a');
  const second = ask('b', 'b');
  const call = await engine.call(1);
  clock.advance(700);
  call.speak(sound(10));
  await expect(first).resolves.toMatchObject({ queueMs: 0 });
  clock.advance(50);
  (await engine.call(2)).speak(sound(10));
  await expect(second).resolves.toMatchObject({ queueMs: 700 });
});
