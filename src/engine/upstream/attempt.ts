import type { PcmStream } from '../../core/engine.ts';
import { SpeechFailure } from '../../core/errors.ts';
import type { Ports, StreamOutcome } from '../../core/ports.ts';
import type { SpeechRequest } from '../../core/request.ts';
import type { TraceSpan } from '../../core/trace.ts';
import type { UpstreamVoice } from '../../core/upstream.ts';
import type { Pace } from '../scheduling/pace.ts';
import type { Liveness } from './health.ts';
import type { UpstreamConfig } from './options.ts';
import type { SlotGrant } from './queue.ts';
import { type BodyEnd, type ReadAheadBounds, readAhead } from './read-ahead.ts';
import type { Slots } from './slots.ts';
import { classifyFailure, signOfLife, suspected, traitsOf, type Verdict } from './verdict.ts';

export interface AttemptParts {
  readonly slots: Slots;
  readonly liveness: Liveness;
  readonly pace: Pace;
  readonly bounds: ReadAheadBounds;
  readonly ports: Pick<Ports, 'clock' | 'relay'>;
  readonly inBackground: (work: Promise<unknown>) => void;
  /** A slot is free again. */
  readonly freed: () => void;
  /** For the log: why an origin counts as failed. */
  readonly onFailure: (url: string, error: unknown) => void;
}

export interface Speaking {
  readonly request: SpeechRequest;
  readonly voice: UpstreamVoice;
  /** Ids of the origins for which this request has counted as a failure: retries count once. */
  readonly blamed: Set<string>;
}

/**
 * Speaks in a turn. Its slot is held until the last byte has come from the origin, or never will. Whether a failure that may be
 * the request's own counts for the breaker is left to the caller, who may try another origin.
 */
export async function runAttempt(
  grant: SlotGrant,
  { request, voice, blamed }: Speaking,
  parts: AttemptParts,
  signal: AbortSignal,
): Promise<PcmStream> {
  const { origin, lease } = grant;
  const { clock, relay } = parts.ports;
  const began = clock.now();

  const report = async (outcome: Verdict['origin'], error?: unknown): Promise<void> => {
    if (outcome === 'unknown') return;
    if (outcome === 'worked') return parts.slots.report(origin.id, outcome);
    if (blamed.has(origin.id)) return;
    blamed.add(origin.id);
    parts.onFailure(origin.id, error);
    if (outcome === 'failed') await parts.slots.report(origin.id, 'failed');
  };
  /** The failure as it is once the origin was asked how it is: its own, or maybe that of the request. */
  const explain = async (error: unknown, inBody: boolean): Promise<unknown> => {
    const sign = signOfLife(error, request, inBody);
    if (!sign) return error;
    const asking = inBody ? new AbortController().signal : signal; // of a broken answer its client has left
    const lives = await parts.liveness.isAlive(origin, sign === 'answered', asking);
    return lives
      ? suspected(request, voice, error)
      : new SpeechFailure({ code: 'origin_unavailable' }, error);
  };
  let over = false;
  const finish = async (outcome: Verdict['origin'], error?: unknown): Promise<void> => {
    if (over) return;
    over = true;
    await report(outcome, error); // first, so that nobody takes the slot of an origin that is just being shut
    await lease.release();
    parts.freed();
  };
  const breakOff = async (thrown: unknown): Promise<void> => {
    const error = await explain(thrown, true);
    const { origin: outcome } = classifyFailure(error);
    if (outcome === 'suspected') {
      await parts.slots.report(origin.id, 'failed', await traitsOf(request, voice, false));
    }
    await finish(outcome, error);
  };
  const span = beginSpan(request, origin.place);
  let hasEnded = false;
  const ended = (end: BodyEnd): void => {
    if (hasEnded) return;
    hasEnded = true;
    span?.end({ 'fish_edge.outcome': end.outcome }, end.outcome === 'error' ? wordOf(end.error) : undefined);
    if (end.outcome === 'finished') parts.pace.measure(clock.now() - began, request.text.length);
    if (end.outcome !== 'error') parts.inBackground(finish('worked'));
    else parts.inBackground(breakOff(end.error));
  };

  try {
    const stream = await origin.origin.speak(span ? { ...request, trace: span } : request, voice, signal);
    origin.spokeAt = clock.now();
    if (origin.breakerOpen) {
      origin.breakerOpen = false;
      parts.inBackground(report('worked')); // audio is proof enough: others need not wait for the end of this body
    }
    return hold(stream, relay !== undefined && !request.isContinuation, parts, ended);
  } catch (thrown) {
    const error = await explain(thrown, false).catch((gone: unknown) => gone);
    if (signal.aborted) span?.end({ 'fish_edge.outcome': 'cancelled' });
    else span?.end({ 'fish_edge.outcome': 'error' }, wordOf(error));
    const { origin: outcome, cooldownMs } = classifyFailure(error);
    if (cooldownMs !== undefined)
      origin.cooldownUntil = Math.max(origin.cooldownUntil, clock.now() + cooldownMs);
    if (signal.aborted) origin.orphanedUntil = began + parts.pace.expectedMs(0, 1);
    const finishing = finish(outcome, error);
    parts.inBackground(finishing);
    if (!signal.aborted) await finishing; // a retry must find the breaker as this failure left it
    throw error;
  }
}

function beginSpan({ trace }: SpeechRequest, { url, kind }: UpstreamConfig): TraceSpan | undefined {
  if (!trace) return undefined;
  const { hostname, port, protocol } = new URL(url);
  return trace.begin('attempt', {
    'http.request.method': 'POST',
    'server.address': hostname,
    'server.port': Number(port) || (protocol === 'https:' ? 443 : 80),
    'fish_edge.upstream.kind': kind,
  });
}

function wordOf(error: unknown): string {
  return error instanceof SpeechFailure ? error.error.code : 'broken_off';
}

/** @param lazily leaves the body alone until it is read, because the runtime may relay it instead */
function hold(
  stream: PcmStream,
  lazily: boolean,
  { bounds, inBackground }: Pick<AttemptParts, 'bounds' | 'inBackground'>,
  ended: (end: BodyEnd) => void,
): PcmStream {
  const { relayed } = stream;
  const mayRelay = lazily && relayed !== undefined;
  const body = readAhead(stream.body, bounds, !mayRelay, ended);
  if (!mayRelay) return { ...stream, body, relayed: undefined };
  return {
    ...stream,
    body,
    relayed(relay, head) {
      const moved = relayed(relay, head, () => ended({ outcome: 'finished' }));
      inBackground(tell(moved.done, ended)); // the answer is over with the body's last byte, and with it, on Workers, the request
      return moved;
    },
  };
}

/** A function of its own, whose closure holds nothing of the stream's beginning while the rest flows. */
function tell(done: Promise<StreamOutcome>, ended: (end: BodyEnd) => void): Promise<void> {
  return done.then(({ outcome, error }) => ended(outcome === 'error' ? { outcome, error } : { outcome }));
}
