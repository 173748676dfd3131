/** On Workers an alarm is lost when the request ends in which it was set: docs/decisions/0008. */
import { expect, test } from 'vitest';
import type { Clock } from '../../../src/core/ports.ts';
import { admission } from '../../../src/engine/policy/admission.ts';
import { createFakeClock } from '../../stream/fake-clock.ts';
import { asking, createFakeEngine, readAll, settle, sound } from './policy-engine.ts';

test('who waits is let in though the alarms of who was spoken to are lost', async () => {
  const time = createFakeClock();
  let request = 'first';
  const calledOff = new Map<string, (() => void)[]>();
  const clock: Clock = {
    ...time,
    alarm(ms, ring) {
      const callOff = time.alarm(ms, ring);
      calledOff.set(request, [...(calledOff.get(request) ?? []), callOff]);
      return callOff;
    },
  };
  const engine = createFakeEngine({});
  const demandOf = async () => ({ share: () => 0.8, workMs: () => 0 });
  const queue = admission({ starting: 100, maxPending: 10, demandOf }, { clock })(engine);
  const { signal } = new AbortController();

  const first = queue.open(asking('first', { utteranceId: {} }), signal);
  await settle();
  request = 'second';
  const second = queue.open(asking('second', { utteranceId: {} }), signal);
  await settle();
  expect(queue).toMatchObject({ running: 1, pending: 1 });

  request = 'first';
  engine.calls[0]?.speak(sound(10));
  await readAll(await first);
  await settle();
  for (const callOff of calledOff.get('first') ?? []) callOff(); // it ends, and its alarms with it

  request = 'second';
  time.advance(2000);
  await settle();
  expect(queue).toMatchObject({ running: 1, pending: 0 });
  engine.calls[1]?.speak(sound(10));
  await readAll(await second);
  for (const callOff of calledOff.get('second') ?? []) callOff();
  time.advance(2000);
  expect(queue).toMatchObject({ running: 0, pending: 0 });
});
