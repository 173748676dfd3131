import { expect, test } from 'vitest';
import type { SpeechError, SpeechFailure } from '../../src/core/errors.ts';
import type { SocketListener } from '../../src/core/ports.ts';
import { Receiving } from '../../src/http/receiving.ts';
import { withinBudget } from '../../src/http/socket-messages.ts';
import { turnsOf } from '../../src/stream/turns.ts';
import { createFakeClock, type FakeClock } from '../stream/fake-clock.ts';
import { settle } from '../stream/sources.ts';

const KiB = 1024;

/** A session that notes what it gets, behind a loop on which others have worked for as long as they may. */
function listen(): {
  clock: FakeClock;
  heard: string[];
  failures: SpeechError['code'][];
  socket: SocketListener;
} {
  const clock = createFakeClock();
  turnsOf(clock).now(() => {}, 8);
  const heard: string[] = [];
  const failures: SpeechError['code'][] = [];
  const session = {
    message: (data: string | Uint8Array) => void heard.push(String(data)),
    closed: () => void heard.push('closed'),
    fail: (error: unknown) => void failures.push((error as SpeechFailure).error.code),
    awaitsStart: false,
  };
  const receiving = new Receiving({ maxBytes: 512 * KiB, maxBody: 256 * KiB, now: clock.now });
  const sizes = { first: 256 * KiB, later: 128 * KiB };
  return {
    clock,
    heard,
    failures,
    socket: withinBudget(session, { clock, receiving, client: 'ada', sizes }),
  };
}

async function runAll(clock: FakeClock): Promise<void> {
  for (await settle(); clock.pending > 0; await settle()) clock.advance(0);
}

test('messages that come at once are worked on a few a turn, in their order', async () => {
  const { clock, heard, socket } = listen();
  const all = Array.from({ length: 1000 }, (_, index) => String(index));
  for (const message of all.slice(0, 600)) socket.message(message);
  expect(heard).toEqual([]);
  clock.advance(0);
  await settle();
  expect(heard.length).toBeGreaterThan(0);
  expect(heard.length).toBeLessThan(300);
  for (const message of all.slice(600)) socket.message(message);
  await runAll(clock);
  expect(heard).toEqual(all);
  turnsOf(clock).begin();
  await runAll(clock);
  socket.message('at once');
  expect(heard.at(-1)).toBe('at once');
});

test('messages that wait take their part of the budget, and give it back', async () => {
  const { clock, heard, failures, socket } = listen();
  for (let round = 0; round < 10; round++) {
    socket.message('x'.repeat(100 * KiB));
    socket.message('y'.repeat(100 * KiB));
    await runAll(clock);
    turnsOf(clock).now(() => {}, 8);
  }
  expect(failures).toEqual([]);
  expect(heard.length).toBe(20);
  for (let message = 0; message < 5; message++) socket.message('z'.repeat(100 * KiB));
  expect(failures).toContain('overloaded');
  await runAll(clock);
  expect(heard.filter((text) => text.startsWith('z')).length).toBeLessThan(5);
});

test('a message that is too large ends the session when its turn comes', async () => {
  const { clock, heard, failures, socket } = listen();
  for (const message of ['before', 'x'.repeat(129 * KiB), 'after']) socket.message(message);
  await runAll(clock);
  expect([heard, failures]).toEqual([['before'], ['request_too_large']]);
});

test('nothing is worked on after the socket closed', async () => {
  const { clock, heard, socket } = listen();
  for (let message = 0; message < 500; message++) socket.message(' ');
  clock.advance(0);
  await settle();
  const before = heard.length;
  socket.closed();
  await runAll(clock);
  expect(heard.slice(before).filter((text) => text !== 'closed').length).toBeLessThanOrEqual(1);
  expect(heard).toContain('closed');
});
