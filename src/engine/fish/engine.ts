import type { Ports } from '../../ports.ts';
import { SpeechFailure } from '../../speech/errors.ts';
import { orGone } from '../../stream/cancel.ts';
import type { Engine } from '../engine.ts';
import type { FishOptions } from './options.ts';
import { createFishOrigin, FISH_ID, referenceIdOf } from './origin.ts';

/**
 * One Fish-Speech origin as an engine. No retry and no queue: policies around it do that. It ignores `speed`, for
 * which the origin has no field. An unknown voice is refused here, because the origin would speak it in its default
 * voice with 200.
 */
export function createFishEngine(options: FishOptions, ports: Pick<Ports, 'fetch' | 'clock'>): Engine {
  const origin = createFishOrigin(options, ports);
  return {
    id: FISH_ID,
    voices: () => origin.list.voices(),
    health: (signal) => origin.probe(signal),
    async open(request, signal) {
      const referenceId = referenceIdOf(request.voice);
      if (referenceId !== null && (await orGone(origin.list.lacks(referenceId), signal)))
        throw new SpeechFailure({ code: 'voice_not_found', voice: referenceId });
      return origin.speak(request, referenceId, signal);
    },
  };
}
