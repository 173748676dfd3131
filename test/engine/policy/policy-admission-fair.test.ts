import { expect, test } from 'vitest';
import { createQueue } from './admission-support.ts';
import { settle, sound } from './policy-engine.ts';

const overloaded = { error: { code: 'overloaded' } };

test('clients take turns at the engine', async () => {
  const { engine, ask, texts } = createQueue({});
  for (const text of ['a1', 'a2', 'a3', 'b1', 'c1']) ask(text, { client: text.charAt(0) });
  for (let calls = 1; calls <= 5; calls++) {
    (await engine.call(calls)).fail(new Error('over'));
    await settle();
  }
  expect(texts()).toEqual(['a1', 'a2', 'b1', 'c1', 'a3']);
});

test('a client that fills the queue keeps no other one out, and nobody is sent away for that', async () => {
  const { engine, queue, ask, texts } = createQueue({ maxPending: 2 });
  for (const text of ['a1', 'a2', 'a3']) ask(text, { client: 'a' });
  await expect(ask('a4', { client: 'a' })).rejects.toMatchObject(overloaded);
  ask('b1', { client: 'b' });
  await settle();
  expect(queue.pending).toBe(3);
  ask('c1', { client: 'c' });
  await settle();
  await expect(ask('d1', { client: 'd' }), 'there is a bound to that too').rejects.toMatchObject(overloaded);
  for (let calls = 1; calls <= 5; calls++) {
    (await engine.call(calls)).fail(new Error('over'));
    await settle();
  }
  expect(texts()).toEqual(['a1', 'a2', 'b1', 'c1', 'a3']);
});

test('the time in the queue is part of the stream', async () => {
  const { engine, clock, ask } = createQueue({});
  const first = ask('a', { client: 'a' });
  const second = ask('b', { client: 'b' });
  const call = await engine.call(1);
  clock.advance(700);
  call.speak(sound(10));
  const heard = await first;
  expect(heard).toMatchObject({ queueMs: 0 });
  await heard.body.cancel();
  clock.advance(50);
  (await engine.call(2)).speak(sound(10));
  await expect(second).resolves.toMatchObject({ queueMs: 700 });
});
