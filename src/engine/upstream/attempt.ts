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
export function runAttempt(
  grant: SlotGrant,
  speaking: Speaking,
  parts: AttemptParts,
  signal: AbortSignal,
): Promise<PcmStream> {
  return new Attempt(grant, speaking, parts).open(signal);
}

/** What is known of an attempt until its last byte: an object, as closures of an async function would keep all that was in its reach. */
class Attempt {
  readonly #grant: SlotGrant;
  readonly #speaking: Speaking;
  readonly #parts: AttemptParts;
  readonly #span: TraceSpan | undefined;
  readonly #began: number;
  #isFinished = false;
  #hasEnded = false;

  constructor(grant: SlotGrant, speaking: Speaking, parts: AttemptParts) {
    this.#grant = grant;
    this.#speaking = speaking;
    this.#parts = parts;
    this.#began = parts.ports.clock.now();
    this.#span = beginSpan(speaking.request, grant.origin.place);
  }

  async open(signal: AbortSignal): Promise<PcmStream> {
    const { origin } = this.#grant;
    const { request, voice } = this.#speaking;
    const { inBackground, bounds, ports } = this.#parts;
    const span = this.#span;
    try {
      const stream = await origin.origin.speak(span ? { ...request, trace: span } : request, voice, signal);
      origin.spokeAt = ports.clock.now();
      if (origin.breakerOpen) {
        origin.breakerOpen = false;
        inBackground(this.#report('worked')); // audio is proof enough: others need not wait for the end of this body
      }
      const isLazy = ports.relay !== undefined && !request.isContinuation;
      return hold(stream, isLazy, { bounds, inBackground }, this.#ended);
    } catch (thrown) {
      throw await this.#failed(thrown, signal);
    }
  }

  /** @returns what it failed with, once a retry would find the breaker as this failure left it */
  async #failed(thrown: unknown, signal: AbortSignal): Promise<unknown> {
    const { origin } = this.#grant;
    const { clock } = this.#parts.ports;
    const error = await this.#explain(thrown, false, signal).catch((gone: unknown) => gone);
    if (signal.aborted) this.#span?.end({ 'fish_edge.outcome': 'cancelled' });
    else this.#span?.end({ 'fish_edge.outcome': 'error' }, wordOf(error));
    const { origin: outcome, cooldownMs } = classifyFailure(error);
    if (cooldownMs !== undefined)
      origin.cooldownUntil = Math.max(origin.cooldownUntil, clock.now() + cooldownMs);
    if (signal.aborted) origin.orphanedUntil = this.#began + this.#parts.pace.expectedMs(0, 1);
    const finishing = this.#finish(outcome, error);
    this.#parts.inBackground(finishing);
    if (!signal.aborted) await finishing;
    return error;
  }

  /** The body is over. */
  readonly #ended = (end: BodyEnd): void => {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    const { pace, inBackground, ports } = this.#parts;
    this.#span?.end(
      { 'fish_edge.outcome': end.outcome },
      end.outcome === 'error' ? wordOf(end.error) : undefined,
    );
    if (end.outcome === 'finished')
      pace.measure(ports.clock.now() - this.#began, this.#speaking.request.text.length);
    if (end.outcome !== 'error') inBackground(this.#finish('worked'));
    else inBackground(this.#breakOff(end.error));
  };

  async #breakOff(thrown: unknown): Promise<void> {
    const { request, voice } = this.#speaking;
    const error = await this.#explain(thrown, true, new AbortController().signal); // its client has left
    const { origin: outcome } = classifyFailure(error);
    if (outcome === 'suspected') {
      const traits = await traitsOf(request, voice, false);
      await this.#parts.slots.report(this.#grant.origin.id, 'failed', traits);
    }
    await this.#finish(outcome, error);
  }

  /** The failure as it is once the origin was asked how it is: its own, or maybe that of the request. */
  async #explain(error: unknown, inBody: boolean, signal: AbortSignal): Promise<unknown> {
    const { request, voice } = this.#speaking;
    const sign = signOfLife(error, request, inBody);
    if (!sign) return error;
    const lives = await this.#parts.liveness.isAlive(this.#grant.origin, sign === 'answered', signal);
    return lives
      ? suspected(request, voice, error)
      : new SpeechFailure({ code: 'origin_unavailable' }, error);
  }

  async #finish(outcome: Verdict['origin'], error?: unknown): Promise<void> {
    if (this.#isFinished) return;
    this.#isFinished = true;
    await this.#report(outcome, error); // first, so that nobody takes the slot of an origin that is just being shut
    await this.#grant.lease.release();
    this.#parts.freed();
  }

  async #report(outcome: Verdict['origin'], error?: unknown): Promise<void> {
    const { id } = this.#grant.origin;
    if (outcome === 'unknown') return;
    if (outcome === 'worked') return this.#parts.slots.report(id, outcome);
    if (this.#speaking.blamed.has(id)) return;
    this.#speaking.blamed.add(id);
    this.#parts.onFailure(id, error);
    if (outcome === 'failed') await this.#parts.slots.report(id, 'failed');
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
      const moved = relayed(relay, head, whenFinished(ended));
      inBackground(tell(moved.done, ended)); // the answer is over with the body's last byte, and with it, on Workers, the request
      return moved;
    },
  };
}

// Functions of their own, whose closures hold nothing of the stream's beginning while the rest flows.

function whenFinished(ended: (end: BodyEnd) => void): () => void {
  return () => ended({ outcome: 'finished' });
}

function tell(done: Promise<StreamOutcome>, ended: (end: BodyEnd) => void): Promise<void> {
  return done.then(({ outcome, error }) => ended(outcome === 'error' ? { outcome, error } : { outcome }));
}
