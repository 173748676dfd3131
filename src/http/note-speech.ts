import type { Context } from 'hono';
import type { TraceSpan } from '../core/trace.ts';
import type { Speech } from '../speech/synthesize.ts';
import type { HttpEnv } from './env.ts';
import type { DialectDeps } from './options.ts';

/** Counts a speech that has its first audio, and leaves for the end of the answer what is counted then. */
export function noteSpeech(
  c: Context<HttpEnv>,
  { engine, queueMs, sourceMs, firstAudioMs, cache, progress }: Speech,
  { began, characters }: { readonly began: number; readonly characters: number },
  { telemetry, ports }: Pick<DialectDeps, 'telemetry' | 'ports'>,
): void {
  const { clock } = ports;
  const state = cache?.state ?? 'bypass';
  const isMade = state === 'miss' || state === 'bypass'; // else the times are those of whoever had it made
  const overheadMs =
    isMade && sourceMs !== undefined
      ? Math.max(0, clock.now() - began - (queueMs ?? 0) - sourceMs)
      : undefined;
  const seconds = (): number => progress.seconds;
  const spoken = { engine, cache: state, firstAudioMs, queueMs: isMade ? queueMs : undefined };
  telemetry?.speechBegun({ ...spoken, overheadMs, characters });
  const encoding = traceSpeech(c.get('span'), spoken, began, clock.now());
  if (!c.get('switched')) {
    c.set('spoken', { ...spoken, began, seconds, encoding });
    return;
  }
  progress.onComplete(() => {
    encoding?.end({ 'fish_edge.audio_seconds': seconds() });
    telemetry?.speechEnded('finished', { ...spoken, audioSeconds: seconds(), tookMs: clock.now() - began });
  });
}

/** Two parts of the request's span: what its listener waited for, which ends now, and what follows, which begins. */
function traceSpeech(
  span: TraceSpan | undefined,
  { engine, cache }: { readonly engine: string; readonly cache: string },
  began: number,
  now: number,
): TraceSpan | undefined {
  const attributes = { 'fish_edge.engine': engine, 'fish_edge.cache': cache };
  span?.begin('first_audio', attributes, began).end({}, undefined, now);
  return span?.begin('encode', attributes, now);
}
