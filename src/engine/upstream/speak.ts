import { type Channels, frameBytes } from '../../audio/pcm.ts';
import { joinBytes } from '../../core/bytes.ts';
import type { PcmStream } from '../../core/engine.ts';
import { SpeechFailure } from '../../core/errors.ts';
import type { Ports, StreamObserver, StreamOutcome } from '../../core/ports.ts';
import type { SpeechRequest } from '../../core/request.ts';
import type { UpstreamVoice, VoiceList } from '../../core/upstream.ts';
import { ClientGone } from '../../stream/cancel.ts';
import { type BoundWork, boundWork } from '../../stream/deadline.ts';
import {
  FIRST_BYTE_TIMEOUT_MS,
  IDLE_TIMEOUT_MS,
  keyHeaders,
  originUrl,
  TOTAL_TIMEOUT_MS,
  type UpstreamOptions,
} from './options.ts';
import { asFailure, type BegunBody, beginBody, handOn } from './pcm-body.ts';
import { explainRefusal, type IsEngineFailure, RefusedByOrigin } from './refusal.ts';
import { NotPcm } from './wav-header.ts';

/** How one kind of upstream is asked for speech, and what its answers mean. */
export interface SpeechRoute {
  /** Which engine made it: the `X-Engine` header. */
  readonly engine: string;
  readonly list: VoiceList;
  /** Hz, of audio that does not say its own. */
  readonly rate: number;
  readonly isEngineFailure: IsEngineFailure;
  compose(request: SpeechRequest, voice: UpstreamVoice): SpeechPost | Promise<SpeechPost>;
  /** What a refusal says to those who know the dialect. Absent: what its status says. */
  explain?(refusal: SpeechFailure, voice: UpstreamVoice, signal: AbortSignal): Promise<SpeechFailure>;
  /** Neither audio nor a refusal came: what answers next may be another server. */
  lost?(): void;
}

/** One request for speech. */
export interface SpeechPost {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array<ArrayBuffer> | string;
  readonly prosody?: PcmStream['prosody'];
}

type Speak = (request: SpeechRequest, voice: UpstreamVoice, signal: AbortSignal) => Promise<PcmStream>;

/** Asks for speech and reads up to its first audio, within the deadlines; see `Upstream.speak`. */
export function createSpeak(
  route: SpeechRoute,
  options: UpstreamOptions,
  { clock, fetch, sizedReads }: Pick<Ports, 'fetch' | 'clock' | 'sizedReads'>,
): Speak {
  /** Some upstreams speak an unknown voice as another one, with 200. */
  const confirm = async (voice: UpstreamVoice, work: BoundWork): Promise<boolean> => {
    if (voice === null) return true;
    const found = await work.race(route.list.confirm(voice, work.signal));
    if (found === 'missing') throw new SpeechFailure({ code: 'voice_not_found', voice });
    return found === 'there';
  };
  /** A later part of a text is no beginning: its listener has a gap in a stream, from the end of what was said before. */
  const firstAudioMs = ({ isContinuation, playbackDeadline }: SpeechRequest, idleMs: number): number => {
    const longest = options.firstByteTimeoutMs ?? FIRST_BYTE_TIMEOUT_MS;
    if (!isContinuation) return longest;
    const now = clock.now();
    return Math.min(longest, Math.max(0, (playbackDeadline?.() ?? now) - now) + idleMs);
  };

  const composed = async (
    request: SpeechRequest,
    voice: UpstreamVoice,
    work: BoundWork,
  ): Promise<SpeechPost> => {
    const post = route.compose(request, voice);
    return post instanceof Promise ? work.race(post) : post;
  };

  return async (request, voice, signal) => {
    const work = boundWork(clock, signal);
    const idleMs = options.idleTimeoutMs ?? IDLE_TIMEOUT_MS;
    const callOffFirst = work.limit(firstAudioMs(request, idleMs), lateBegun);
    work.limit(options.totalTimeoutMs ?? TOTAL_TIMEOUT_MS, lateEnded);
    try {
      const voiceConfirmed = await confirm(voice, work);
      const { path, headers, body, prosody } = await composed(request, voice, work);
      const asking = fetch(originUrl(options, path), {
        method: 'POST',
        headers: { ...keyHeaders(options), ...request.trace?.headers, ...headers },
        body,
        redirect: 'manual', // following one would repeat the POST as a GET (RFC 9110, 15.4)
        signal: work.signal,
      });
      const response = await work.race(asking);
      if (!response.ok) {
        const refusal = await work.race(explainRefusal(response, clock, route.isEngineFailure));
        throw route.explain ? await work.race(route.explain(refusal, voice, work.signal)) : refusal;
      }
      const begun = await beginBody(response, work, route.rate, sizedReads);
      callOffFirst();
      const pcm = handOn(begun, work, idleMs);
      const relayed = relayedBy(begun, work, idleMs);
      const how = { engine: route.engine, relayed, prosody, voiceConfirmed };
      return { ...begun.format, ...how, body: pcm } satisfies PcmStream;
    } catch (error) {
      const failure = asFailure(error);
      if (isBrokenOff(failure)) route.lost?.();
      work.stop(failure); // closes the socket, whatever of the answer is still to come
      throw failure;
    }
  };
}

function isBrokenOff(failure: SpeechFailure | ClientGone): boolean {
  if (!(failure instanceof SpeechFailure) || failure.error.code !== 'origin_unavailable') return false;
  return !(failure.cause instanceof RefusedByOrigin || failure.cause instanceof NotPcm);
}

// Not closures of `speak`: they wait as long as the stream lasts, and would keep all that it was called with.
const lateBegun = (): SpeechFailure => new SpeechFailure({ code: 'timeout', stage: 'first-audio' });
const lateEnded = (): SpeechFailure => new SpeechFailure({ code: 'timeout', stage: 'total' });
const silent = (): SpeechFailure => new SpeechFailure({ code: 'timeout', stage: 'idle' });

/**
 * A way to move the rest of the answer in one layer, or by the runtime itself, where every byte of it is audio: a stream
 * whose end nobody announced. The deadlines and the client's signal still end it, for they close the origin's socket.
 */
function relayedBy(begun: BegunBody, work: BoundWork, idleMs: number): PcmStream['relayed'] {
  if (begun.ended || begun.format.length !== undefined) return undefined;
  return (relay, head, sourceEnded) => {
    begun.reader.releaseLock();
    const { rest } = begun.sniffer;
    const first = joinBytes([head, begun.first, rest]);
    const { body, done } = relay(
      first,
      begun.source,
      observerOf(begun.format.channels, rest.length, work, idleMs, sourceEnded),
    );
    return { body, done: settled(done, work) };
  };
}

/** @param begunBytes of a frame that has not all come yet */
function observerOf(
  channels: Channels,
  begunBytes: number,
  work: BoundWork,
  idleMs: number,
  sourceEnded?: () => void,
): StreamObserver {
  const gaps = work.watchGaps(idleMs, silent);
  let bytes = begunBytes;
  return {
    signal: work.signal,
    asked: gaps.begin,
    came(count) {
      gaps.end();
      bytes += count;
    },
    ended() {
      const isWhole = bytes % frameBytes(channels) === 0;
      if (isWhole) sourceEnded?.();
      return isWhole ? undefined : asFailure(new NotPcm('half a frame at the end'));
    },
  };
}

/**
 * What an engine's body would have said: the reason that stopped the work goes before what its socket made of it. A
 * function of its own, whose closures hold nothing of the answer's beginning while the rest flows.
 */
function settled(done: Promise<StreamOutcome>, work: BoundWork): Promise<StreamOutcome> {
  return done.then((end) => {
    if (end.outcome === 'finished') {
      work.end();
      return end;
    }
    const error =
      work.failure ?? (end.outcome === 'cancelled' ? new ClientGone(end.error) : asFailure(end.error));
    work.stop(error);
    return { ...end, outcome: error instanceof ClientGone ? 'cancelled' : 'error', error };
  });
}
