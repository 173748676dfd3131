import type { Context, MiddlewareHandler } from 'hono';
import type { Clock, StreamOutcome } from '../../core/ports.ts';
import type { RequestSpan } from '../../core/trace.ts';
import { passThrough } from '../../stream/pass-through.ts';
import { turnsOf } from '../../stream/turns.ts';
import { describe, type Logger } from '../../telemetry/log.ts';
import { type EndedRequest, type EndedSpeech, knownMethods } from '../../telemetry/samples.ts';
import type { Telemetry } from '../../telemetry/telemetry.ts';
import type { HttpEnv, SpokenAnswer } from '../env.ts';
import { isProbe } from './open-paths.ts';

interface ObserveParts {
  readonly ports: { readonly clock: Clock };
  readonly log: Logger;
  readonly telemetry?: Telemetry | undefined;
  readonly onEnd: () => void;
  /** A client that takes no audio for so many milliseconds counts as gone. */
  readonly writeTimeout: number;
}

/**
 * One "request" line each, and what is counted, when the last byte left or never will.
 * @param routeOf the pattern by which a request found its route, and whose it is
 */
export function observe(
  parts: ObserveParts,
  routeOf: (c: Context<HttpEnv>) => { readonly route: string; readonly dialect: string },
): MiddlewareHandler<HttpEnv> {
  return async (c, next) => {
    const started = c.env?.came ?? parts.ports.clock.now();
    const { beginRequest } = parts.telemetry ?? {};
    const span = isProbe(c.get('openPath')) ? undefined : beginRequest?.(c.req.raw.headers, started);
    c.set('span', span);
    await next();
    const finish = finisher(parts, {
      status: c.get('switched') ? 101 : c.res.status, // no runtime but two lets one answer with it
      failure: c.get('failure'),
      engine: c.res.headers.get('x-engine') ?? undefined,
      leave: c.get('leave'),
      spoken: c.get('spoken'),
      key: c.get('key')?.name,
      method: c.req.method,
      path: c.req.path,
      where: routeOf(c),
      id: c.get('requestId'),
      started,
      span,
    });
    const relayed = c.get('relayed');
    if (relayed) void relayed.then(finish);
    else if (c.res.headers.has('x-engine') && c.res.body) {
      // not looked at otherwise: Deno sends a body in chunks, without its length, that was
      const limits = { readerMs: parts.writeTimeout, onEnd: finish };
      c.res = new Response(passThrough(c.res.body, limits, parts.ports.clock), c.res);
    } else finish({ outcome: 'finished' });
  };
}

/** What is told of an answer once it has ended. */
interface Answered {
  readonly status: number;
  readonly failure: HttpEnv['Variables']['failure'];
  readonly engine: string | undefined;
  readonly leave: HttpEnv['Variables']['leave'];
  readonly spoken: SpokenAnswer | undefined;
  readonly key: string | undefined;
  readonly method: string;
  readonly path: string;
  readonly where: { readonly route: string; readonly dialect: string };
  readonly id: string;
  readonly started: number;
  readonly span: RequestSpan | undefined;
}

/** A function of its own, whose closure holds nothing of the exchange: all of that would stay in memory while the audio flows. */
function finisher(parts: ObserveParts, answered: Answered): (end: StreamOutcome) => void {
  return ({ outcome, bytes, error }) => {
    const { status, failure, engine, spoken, key, method, path, where, id, started, span } = answered;
    const now = parts.ports.clock.now();
    const cause = failure?.cause ?? (outcome === 'error' ? error : undefined);
    const severity = status >= 500 || outcome === 'error' ? 'warn' : 'info';
    const ended = {
      status: outcome === 'cancelled' ? 499 : status,
      outcome,
      durationMs: now - started,
    };
    const speech = spoken && endedSpeech(spoken, now);
    parts.log[severity]('request', {
      id,
      key,
      method,
      path,
      route: where.route,
      trace: span?.traceId,
      status: ended.status,
      outcome,
      bytes,
      duration_ms: tenths(ended.durationMs),
      engine,
      first_audio_ms: speech && tenths(speech.firstAudioMs),
      queue_ms: speech?.queueMs === undefined ? undefined : tenths(speech.queueMs),
      audio_seconds: speech && Math.round(speech.audioSeconds * 100) / 100,
      cache: speech?.cache,
      error: failure?.error.code,
      cause: cause === undefined ? undefined : describe(cause),
    });
    if (speech) parts.telemetry?.speechEnded(status >= 400 ? 'error' : outcome, speech);
    parts.telemetry?.requestEnded({ ...where, ...ended, method, code: failure?.error.code, speech });
    spoken?.encoding?.end({ 'fish_edge.audio_seconds': speech?.audioSeconds }, failureOf(outcome, failure));
    if (span) endSpan(span, { ...where, ...ended, method, id, engine }, failureOf(outcome, failure));
    answered.leave?.();
    parts.onEnd();
  };
}

function endedSpeech({ seconds, began, encoding: _, ...spoken }: SpokenAnswer, now: number): EndedSpeech {
  return { ...spoken, audioSeconds: seconds(), tookMs: now - began };
}

/** Undefined where nothing of ours failed: a refusal is an answer. */
function failureOf(
  outcome: StreamOutcome['outcome'],
  failure: HttpEnv['Variables']['failure'],
): string | undefined {
  if (outcome === 'error') return failure?.error.code ?? 'broken_off';
  return undefined;
}

/** By OpenTelemetry's conventions for HTTP servers. Paths are left out: some name a voice, or let in whoever knows them. */
function endSpan(
  span: RequestSpan,
  ended: Pick<EndedRequest, 'route' | 'dialect' | 'status' | 'outcome' | 'method'> & {
    readonly id: string;
    readonly engine: string | undefined;
  },
  failure: string | undefined,
): void {
  const { route, dialect, status, outcome, id, engine } = ended;
  const method = knownMethods.has(ended.method) ? ended.method : '_OTHER';
  const isFound = route !== 'unmatched';
  span.rename(isFound ? `${method} ${route}` : method);
  const attributes = {
    'http.request.method': method,
    'http.route': isFound ? route : undefined,
    'http.response.status_code': status,
    'fish_edge.dialect': dialect,
    'fish_edge.engine': engine,
    'fish_edge.outcome': outcome,
    'fish_edge.request_id': id,
  };
  span.end(attributes, failure ?? (status >= 500 ? String(status) : undefined));
}

function tenths(ms: number): number {
  return Math.round(ms * 10) / 10;
}

/** Short and printable, or it is not taken over: ids end up in logs. */
const acceptable = /^[\x21-\x7e]{1,128}$/;

/** `X-Request-ID` in and out; 32 hex digits when the client has none. */
export const requestId: MiddlewareHandler<HttpEnv> = async (c, next) => {
  const sent = c.req.header('x-request-id');
  const id = sent !== undefined && acceptable.test(sent) ? sent : crypto.randomUUID().replaceAll('-', '');
  c.set('requestId', id);
  await next();
  c.res.headers.set('x-request-id', id);
};

/**
 * What a request passes before anything of it is read. A runtime hands over all requests that have come before it looks at its
 * sockets again: of many only a few are begun in one turn of the event loop. Probes never wait.
 */
export function requestGate(clock: Clock): MiddlewareHandler<HttpEnv> {
  const turns = turnsOf(clock);
  return async (c, next) => {
    if (!isProbe(c.get('openPath'))) await turns.begin();
    await next();
  };
}
