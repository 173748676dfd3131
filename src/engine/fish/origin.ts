import type { Ports } from '../../ports.ts';
import { SpeechFailure } from '../../speech/errors.ts';
import type { SpeechRequest } from '../../speech/request.ts';
import { namesNoVoice } from '../../speech/voices.ts';
import type { ClientGone } from '../../stream/cancel.ts';
import { type BoundWork, boundWork } from '../../stream/deadline.ts';
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
import { createVersionFinder, type VersionFinder } from './origin-version.ts';
import { asFailure, beginBody, handOn } from './pcm-body.ts';
import { createProbe } from './probe.ts';
import { explainRefusal, RefusedByOrigin } from './refusal.ts';
import { relayedBy } from './relayed.ts';
import { encodeTts } from './tts-body.ts';
import { createVoiceList, type VoiceList, withoutList } from './voice-list.ts';
import { NotPcm } from './wav-header.ts';

export const FISH_ID = 'fish';

/** One Fish-Speech server, or the Fish Audio cloud. No retry and no queue. */
export interface FishOrigin {
  readonly list: VoiceList;
  readonly version: VersionFinder;
  /**
   * Speaks with one of the origin's voices (null is its default), as `Engine.open` does. A self-hosted origin has no
   * field for speed and volume; of the cloud's, `prosody` of the stream says what is done. A voice that the origin says it
   * lacks is refused; where it says nothing, the stream says so.
   */
  speak(request: SpeechRequest, referenceId: string | null, signal: AbortSignal): Promise<PcmStream>;
  probe(signal: AbortSignal): Promise<EngineHealth>;
}

export function createFishOrigin(options: FishOptions, ports: Pick<Ports, 'fetch' | 'clock'>): FishOrigin {
  const list = options.cloud ? withoutList : createVoiceList(options, ports);
  const version = createVersionFinder(options, ports);
  const probe = createProbe(options, ports);
  /** An origin would speak an unknown voice as another one, with 200. */
  const confirm = async (referenceId: string | null, work: BoundWork): Promise<boolean> => {
    if (referenceId === null) return true;
    const found = await work.race(list.confirm(referenceId, work.signal));
    if (found === 'missing') throw new SpeechFailure({ code: 'voice_not_found', voice: referenceId });
    return found === 'there';
  };
  /** A later part of a text is no beginning: its listener has a gap in a stream, from the end of what was said before. */
  const firstAudioMs = ({ continues, dueAt }: SpeechRequest, idleMs: number): number => {
    const longest = options.firstByteTimeoutMs ?? FIRST_BYTE_TIMEOUT_MS;
    if (!continues) return longest;
    const now = ports.clock.now();
    return Math.min(longest, Math.max(0, (dueAt?.() ?? now) - now) + idleMs);
  };
  return {
    list,
    version,
    async probe(signal) {
      const health = await probe(signal);
      if (health.error === 'unreachable') version.forget();
      return health;
    },
    async speak(request, referenceId, signal) {
      const work = boundWork(ports.clock, signal);
      const idleMs = options.idleTimeoutMs ?? IDLE_TIMEOUT_MS;
      const callOffFirst = work.limit(firstAudioMs(request, idleMs), () => timedOut('first-audio'));
      work.limit(options.totalTimeoutMs ?? TOTAL_TIMEOUT_MS, () => timedOut('total'));
      try {
        const voiceConfirmed = await confirm(referenceId, work);
        void version.find(); // in time for a later request
        const body = options.cloud
          ? encodeCloudTts(request, referenceId)
          : encodeTts(request, referenceId, version.known);
        const response = await work.race(post(options, ports.fetch, request.model, body, work.signal));
        if (!response.ok) {
          const refusal = await work.race(explainRefusal(response, ports.clock));
          throw options.cloud ? unknownModel(refusal, referenceId) : refusal;
        }
        const begun = await beginBody(response, work);
        callOffFirst();
        const pcm = handOn(begun, work, idleMs);
        const relayed = relayedBy(begun, work, idleMs);
        const prosody = options.cloud && cloudProsody(request);
        const how = { engine: FISH_ID, relayed, prosody, voiceConfirmed };
        return { ...begun.format, ...how, body: pcm } satisfies PcmStream;
      } catch (error) {
        const failure = asFailure(error);
        if (isBrokenOff(failure)) version.forget();
        work.stop(failure); // closes the socket, whatever of the answer is still to come
        throw failure;
      }
    },
  };
}

/** Neither audio nor a refusal came: what answers next may be another server. */
function isBrokenOff(failure: SpeechFailure | ClientGone): boolean {
  if (!(failure instanceof SpeechFailure) || failure.error.code !== 'origin_unavailable') return false;
  return !(failure.cause instanceof RefusedByOrigin || failure.cause instanceof NotPcm);
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
  model: string | undefined,
  body: Uint8Array<ArrayBuffer>,
  signal: AbortSignal,
): Promise<Response> {
  const { cloud } = options;
  const headers = { ...keyHeaders(options), 'content-type': 'application/msgpack' };
  return fetch(originUrl(options, cloud ? '/v1/tts' : '/v1/tts?format=msgpack'), {
    method: 'POST',
    headers: cloud ? { ...headers, model: model ?? cloud.model } : headers,
    body,
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
  if (voice === undefined || namesNoVoice(voice)) return null;
  const isName = SAFE_ID.test(voice) && new TextEncoder().encode(voice).length <= MAX_ID_BYTES;
  if (!isName) throw new SpeechFailure({ code: 'voice_not_found', voice });
  return voice;
}
