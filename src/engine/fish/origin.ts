import type { Ports } from '../../ports.ts';
import { SpeechFailure } from '../../speech/errors.ts';
import type { SpeechRequest } from '../../speech/request.ts';
import { openaiVoices } from '../../speech/voices.ts';
import { boundWork } from '../../stream/deadline.ts';
import type { EngineHealth, PcmStream } from '../engine.ts';
import { cloudProsody, encodeCloudTts } from './cloud.ts';
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
import { explainRefusal, RefusedByOrigin } from './refusal.ts';
import { relayedBy } from './relayed.ts';
import { encodeTts } from './tts-body.ts';
import { createVoiceList, type VoiceList, withoutList } from './voice-list.ts';

export const FISH_ID = 'fish';

/** One Fish-Speech server, or the Fish Audio cloud. No retry and no queue. */
export interface FishOrigin {
  readonly list: VoiceList;
  /**
   * Speaks with one of the origin's voices (null is its default), as `Engine.open` does. A self-hosted origin has no
   * field for speed and volume; of the cloud's, `prosody` of the stream says what is done.
   */
  speak(request: SpeechRequest, referenceId: string | null, signal: AbortSignal): Promise<PcmStream>;
  probe(signal: AbortSignal): Promise<EngineHealth>;
}

export function createFishOrigin(options: FishOptions, ports: Pick<Ports, 'fetch' | 'clock'>): FishOrigin {
  return {
    list: options.cloud ? withoutList : createVoiceList(options, ports),
    probe: (signal) => probeOrigin(options, ports, signal),
    async speak(request, referenceId, signal) {
      const work = boundWork(ports.clock, signal);
      const callOffFirst = work.limit(options.firstByteTimeoutMs ?? FIRST_BYTE_TIMEOUT_MS, () =>
        timedOut('first-audio'),
      );
      work.limit(options.totalTimeoutMs ?? TOTAL_TIMEOUT_MS, () => timedOut('total'));
      try {
        const response = await work.race(post(options, ports.fetch, request, referenceId, work.signal));
        if (!response.ok) {
          const refusal = await work.race(explainRefusal(response, ports.clock));
          throw options.cloud ? unknownModel(refusal, referenceId) : refusal;
        }
        const begun = await beginBody(response, work);
        callOffFirst();
        const idleMs = options.idleTimeoutMs ?? IDLE_TIMEOUT_MS;
        const body = handOn(begun, work, idleMs);
        const relayed = relayedBy(begun, work, idleMs);
        const prosody = options.cloud && cloudProsody(request);
        return { ...begun.format, engine: FISH_ID, body, relayed, prosody } satisfies PcmStream;
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

/** The cloud gives no list of voices, so that an unknown one shows only here (its error page: 404). */
function unknownModel(refusal: SpeechFailure, voice: string | null): SpeechFailure {
  const isMissing = refusal.cause instanceof RefusedByOrigin && refusal.cause.status === 404;
  return isMissing && voice !== null
    ? new SpeechFailure({ code: 'voice_not_found', voice }, refusal.cause)
    : refusal;
}

function post(
  options: FishOptions,
  fetch: Ports['fetch'],
  request: SpeechRequest,
  referenceId: string | null,
  signal: AbortSignal,
): Promise<Response> {
  const { cloud } = options;
  const headers = { ...keyHeaders(options), 'content-type': 'application/msgpack' };
  return fetch(originUrl(options, cloud ? '/v1/tts' : '/v1/tts?format=msgpack'), {
    method: 'POST',
    headers: cloud ? { ...headers, model: request.model ?? cloud.model } : headers,
    body: cloud ? encodeCloudTts(request, referenceId) : encodeTts(request, referenceId),
    redirect: 'manual', // following one would repeat the POST as a GET (RFC 9110, 15.4)
    signal,
  });
}

/** A directory of the origin. At 80db25e `reference_id` is not checked there, so `../x` would leave its folder. */
const SAFE_ID = /^(?!\.{1,2}$)[^/\\\p{Cc}]{1,255}$/u;
/** Of a file name on Linux: an origin fails at a longer one with 500. */
const MAX_ID_BYTES = 255;

/** The origins' name for a voice; null is their default. @throws SpeechFailure `voice_not_found` for what can be no name */
export function referenceIdOf(voice: string | undefined): string | null {
  if (voice === undefined || voice === '' || voice === 'default' || openaiVoices.includes(voice)) return null;
  const isName = SAFE_ID.test(voice) && new TextEncoder().encode(voice).length <= MAX_ID_BYTES;
  if (!isName) throw new SpeechFailure({ code: 'voice_not_found', voice });
  return voice;
}
