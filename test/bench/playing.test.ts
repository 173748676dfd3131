import { describe, expect, it } from 'vitest';
import type { Arrival } from '../../bench/live/chat-socket.ts';
import { play } from '../../bench/live/playing.ts';

const frame = (atMs: number, ms: number): Arrival => ({ atMs, type: 'binary', bytes: ms * 48 });
const event = (atMs: number, type: string): Arrival => ({ atMs, type, bytes: 10 });

describe('what somebody hears of frames as they come', () => {
  it('is whole where each comes before the one before it was played', () => {
    const arrivals = [
      event(0, 'text_chunk'),
      frame(100, 200),
      frame(290, 200),
      frame(300, 1000),
      frame(1499, 10),
    ];
    expect(play(arrivals, 50)).toEqual({ firstMs: 50, underruns: 0, silentMs: 0, audioMs: 1410 });
  });

  it('has an underrun where one comes later, and goes on from there', () => {
    const arrivals = [frame(0, 100), frame(150, 100), frame(240, 100), frame(440, 100)];
    expect(play(arrivals, 0)).toMatchObject({ underruns: 2, silentMs: 140 });
  });

  it('has none in what the buffer of an audio device covers', () => {
    expect(play([frame(0, 100), frame(119, 100)], 0)).toMatchObject({ underruns: 0 });
  });

  it.each([
    ['nothing', [event(0, 'audio_complete')]],
    ['less than was meant', [frame(0, 100), event(10, 'error'), event(20, 'audio_complete')]],
  ])('is no figure where %s came', (_, arrivals) => {
    expect(() => play(arrivals, 0)).toThrow();
  });
});
