import type { Ports } from '../../ports.ts';
import { SpeechFailure } from '../../speech/errors.ts';
import type { SpeechRequest } from '../../speech/request.ts';
import { openaiVoices } from '../../speech/voices.ts';
import { boundWork } from '../../stream/deadline.ts';
import type { Engine, PcmStream } from '../engine.ts';
import {
  FIRST_BYTE_TIMEOUT_MS,
  type FishOptions,
  IDLE_TIMEOUT_MS,
  keyHeaders,
  originUrl,
  TOTAL_TIMEOUT_MS,
} from './options.ts';
import { asFailure, beginBody, handOn } from './pcm-body.ts';
import { probeOrigin } from './probe.ts';
import { explainRefusal } from './refusal.ts';
import { relayedBy } from './relayed.ts';
import { encodeTts } from './tts-body.ts';
import { createVoiceList, type VoiceList } from './voice-list.ts';

const ENGINE_ID = 'fish';

/**
 * One Fish-Speech origin as an engine. No retry and no queue: policies around it do that. It ignores `speed`, for
 * which the origin has no field.
 */
export function createFishEngine(options: FishOptions, ports: Pick<Ports, 'fetch' | 'clock'>): Engine {
  const list = createVoiceList(options, ports);
  return {
    id: ENGINE_ID,
    voices: () => list.voices(),
    health: (signal) => probeOrigin(options, ports, signal),
    async open(request, signal) {
      const work = boundWork(ports.clock, signal);
      const callOffFirst = work.limit(options.firstByteTimeoutMs ?? FIRST_BYTE_TIMEOUT_MS, () =>
        timedOut('first-audio'),
      );
      work.limit(options.totalTimeoutMs ?? TOTAL_TIMEOUT_MS, () => timedOut('total'));
      try {
        const referenceId = await work.race(chooseReference(request.voice, list));
        const response = await work.race(post(options, ports.fetch, request, referenceId, work.signal));
        if (!response.ok) throw await work.race(explainRefusal(response, ports.clock));
        const begun = await beginBody(response, work);
        callOffFirst();
        const body = handOn(begun, work, options.idleTimeoutMs ?? IDLE_TIMEOUT_MS);
        const relayed = relayedBy(begun, work);
        return { ...begun.format, engine: ENGINE_ID, body, relayed } satisfies PcmStream;
      } catch (error) {
        const failure = asFailure(error);
        work.stop(failure); // closes the socket, whatever of the answer is still to come
        throw failure;
      }
    },
  };
}

function timedOut(stage: 'first-audio' | 'total'): SpeechFailure {
  return new SpeechFailure({ code: 'timeout', stage });
}

function post(
  options: FishOptions,
  fetch: Ports['fetch'],
  request: SpeechRequest,
  referenceId: string | null,
  signal: AbortSignal,
): Promise<Response> {
  return fetch(originUrl(options, '/v1/tts?format=msgpack'), {
    method: 'POST',
    headers: { ...keyHeaders(options), 'content-type': 'application/msgpack' },
    body: encodeTts(request, referenceId),
    redirect: 'manual', // following one would repeat the POST as a GET (RFC 9110, 15.4)
    signal,
  });
}

/** A directory of the origin. At 80db25e `reference_id` is not checked there, so `../x` would leave its folder. */
const SAFE_ID = /^(?!\.{1,2}$)[^/\\\p{Cc}]{1,255}$/u;

/**
 * The origin's name for a voice; null is its default. An unknown one is refused here, because the origin would speak
 * it in its default voice with 200.
 */
async function chooseReference(voice: string | undefined, list: VoiceList): Promise<string | null> {
  if (voice === undefined || voice === '' || voice === 'default' || openaiVoices.includes(voice)) return null;
  if (!SAFE_ID.test(voice) || (await list.lacks(voice))) {
    throw new SpeechFailure({ code: 'voice_not_found', voice });
  }
  return voice;
}
