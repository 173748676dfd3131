import { expect, it } from 'vitest';
import { BargeIn } from '../../src/conversation/barge-in.ts';
import { createFakeClock } from '../stream/fake-clock.ts';

function overSpeech(isSpeaking = true) {
  const clock = createFakeClock();
  const calls: string[] = [];
  const bargeIn = new BargeIn({
    clock,
    isSpeaking: () => isSpeaking,
    hold: () => void calls.push('hold'),
    resume: () => void calls.push('resume'),
    interrupt: () => void calls.push('interrupt'),
  });
  return { clock, calls, bargeIn };
}

it('interrupts at the first word', () => {
  const { clock, calls, bargeIn } = overSpeech();
  bargeIn.started();
  clock.advance(300);
  bargeIn.recognised(' ... ');
  expect(calls).toEqual(['hold']);
  bargeIn.recognised('Stop');
  bargeIn.recognised('Stop it');
  expect(calls).toEqual(['hold', 'interrupt']);
  expect(clock.pending).toBe(0);
});

it('goes on after 700 ms without a word, and is interrupted by a word that comes late', () => {
  const { clock, calls, bargeIn } = overSpeech();
  bargeIn.started();
  clock.advance(699);
  expect(calls).toEqual(['hold']);
  clock.advance(1);
  expect(calls).toEqual(['hold', 'resume']);
  bargeIn.recognised('Stop');
  expect(calls).toEqual(['hold', 'resume', 'interrupt']);
});

it('goes on at once where a sound ended without a word, and takes the next one for itself', () => {
  const { clock, calls, bargeIn } = overSpeech();
  bargeIn.started();
  clock.advance(200);
  bargeIn.ended();
  expect(calls).toEqual(['hold', 'resume']);
  clock.advance(5000);
  bargeIn.started();
  bargeIn.recognised('Stop');
  expect(calls).toEqual(['hold', 'resume', 'hold', 'interrupt']);
});

it('is nothing where nobody is being spoken to', () => {
  const { calls, bargeIn } = overSpeech(false);
  bargeIn.started();
  bargeIn.recognised('Hello');
  bargeIn.ended();
  expect(calls).toEqual([]);
});
