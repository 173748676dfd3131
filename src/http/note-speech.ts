import type { Context } from 'hono';
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
  if (!c.get('switched')) {
    c.set('spoken', { ...spoken, began, seconds });
    return;
  }
  progress.onComplete(() => {
    telemetry?.speechEnded('finished', { ...spoken, audioSeconds: seconds(), tookMs: clock.now() - began });
  });
}
