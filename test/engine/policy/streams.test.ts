import { describe, expect, it } from 'vitest';
import type { SpeechRequest } from '../../../src/core/request.ts';
import { createStreams } from '../../../src/engine/policy/streams.ts';
import type { Demand } from '../../../src/engine/scheduling/demand.ts';
import { createFakeClock } from '../../stream/fake-clock.ts';

/** All of the engine: two such streams are never in it together. */
const demand: Demand = { share: () => 1, workMs: () => 1000 };
const part = (utteranceId: object): SpeechRequest => ({ utteranceId }) as SpeechRequest;

describe('streams in an engine', () => {
  it('are over after their last part, also where a timer ends with the request that set it', () => {
    const clock = createFakeClock();
    const streams = createStreams({ ...clock, now: clock.now, alarm: () => () => {} }, () => {});
    const text = {};
    for (const isLast of [false, true]) {
      const place = streams.enter(part(text), demand);
      expect([streams.size, streams.hasRoom(demand)]).toEqual([1, false]);
      place.begun();
      place.leave();
      expect(streams.size).toBe(1); // the next part comes soon
      clock.advance(isLast ? 100 : 99);
    }
    expect([streams.size, streams.hasRoom(demand), streams.untilFreeMs()]).toEqual([0, true, 0]);
  });
});
