import { expect, it } from 'vitest';
import { Playback } from '../../src/conversation/playback.ts';
import { createFakeClock } from '../stream/fake-clock.ts';

it('counts as heard what real time allows', () => {
  const clock = createFakeClock();
  const playback = new Playback(clock);
  playback.sent(1000);
  clock.advance(400);
  expect(playback.positionMs).toBe(400);
  clock.advance(2000); // it ran dry
  playback.sent(500);
  clock.advance(100);
  expect(playback.positionMs).toBe(1100);
  expect(playback.remainingMs).toBe(400);
});

it('stands still while it is held, and goes on from there', () => {
  const clock = createFakeClock();
  const playback = new Playback(clock);
  playback.sent(1000);
  clock.advance(300);
  playback.hold();
  clock.advance(5000);
  expect(playback.positionMs).toBe(300);
  playback.resume();
  clock.advance(200);
  expect(playback.positionMs).toBe(500);
});

it('believes what the client played, but no more than it was sent, and is not held up by its silence', () => {
  const clock = createFakeClock();
  const playback = new Playback(clock);
  playback.sent(1000);
  clock.advance(900);
  playback.acknowledge(250);
  expect(playback.positionMs).toBe(250);
  playback.acknowledge(1e9);
  expect(playback.positionMs).toBe(1000);
  expect(playback.remainingMs).toBe(100);
});

it('goes on behind what was heard once the rest was dropped', () => {
  const clock = createFakeClock();
  const playback = new Playback(clock);
  playback.sent(1000);
  clock.advance(300);
  playback.drop();
  expect([playback.sentMs, playback.positionMs, playback.remainingMs]).toEqual([300, 300, 0]);
  playback.sent(100);
  clock.advance(50);
  expect(playback.positionMs).toBe(350);
});
