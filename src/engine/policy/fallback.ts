import type { Engine, Policy } from '../../core/engine.ts';
import { isSuspected, type SpeechError, SpeechFailure } from '../../core/errors.ts';
import type { SpeechRequest } from '../../core/request.ts';
import { namesNoVoice, namesVoice, resolveVoice } from '../../core/voices.ts';
import { decorate } from './opening.ts';

export interface FallbackOptions {
  /** Which voice of the stand-in speaks for which of the first engine's; `*` for all others and for references. */
  readonly voices: ReadonlyMap<string, string>;
}

const EVERY_OTHER = '*';

/** What another engine can help with. The client's own mistakes are mistakes everywhere. */
const helpable: ReadonlySet<SpeechError['code']> = new Set([
  'origin_unavailable',
  'overloaded',
  'timeout',
  'engine_failed',
  'engine_unavailable',
] as const);

/**
 * Lets `standIn` speak what the wrapped engine cannot, before its first audio. The stream says who spoke. A request that
 * leaves the voice to the engine always may; one that names a voice, or brings references, only with a voice that was
 * chosen to stand in for it: nobody hears another voice than the one asked for because of a rule nobody wrote.
 *
 * Once a part of a text had to be spoken by the stand-in, so are the parts after it. When the stand-in fails too, the
 * first failure is the one that counts.
 */
export function fallback(standIn: Engine, options: FallbackOptions): Policy {
  return (inner) => {
    const fallen = new WeakSet<object>();
    /** A name that only the stand-in gives a voice to, OpenAI's for example. */
    const forInner = async (request: SpeechRequest): Promise<SpeechRequest> => {
      if (request.voice === undefined || !namesNoVoice(request.voice)) return request;
      return { ...request, voice: await inner.voiceOf?.(request.voice) };
    };
    const engine = decorate(inner, async function fallbackOpen(request, signal) {
      const { utteranceId } = request;
      const substitute = substituted(request, options.voices);
      if (substitute && utteranceId && fallen.has(utteranceId)) return standIn.open(substitute, signal);
      try {
        return await inner.open(await forInner(request), signal);
      } catch (error) {
        if (!substitute || signal.aborted || !canHelp(error)) throw error;
        const stream = await standIn.open(substitute, signal).catch((second: unknown) => {
          throw signal.aborted ? second : error;
        });
        if (utteranceId) fallen.add(utteranceId);
        return { ...stream, sourceMs: undefined }; // what the first engine took is in nobody's measure
      }
    });
    return {
      ...engine,
      async voiceOf(asked) {
        const voice = inner.voiceOf ? await inner.voiceOf(asked) : asked;
        return voice ?? [asked, asked?.toLowerCase()].find((name = '') => options.voices.has(name));
      },
      async health(signal) {
        const first = (await inner.health?.(signal)) ?? { healthy: true };
        if (first.healthy || !standIn.health) return first;
        const second = await standIn.health(signal);
        return second.healthy ? { ...first, healthy: true } : first;
      },
      packsChanged() {
        inner.packsChanged?.();
        standIn.packsChanged?.();
      },
      // The stand-in is loaded when it is needed: it costs hundreds of megabytes, and seldom is.
      async close() {
        await Promise.all([inner.close?.(), standIn.close?.()]);
      },
    };
  };
}

/** The request as the stand-in gets it; undefined where no voice of its may speak. */
function substituted(request: SpeechRequest, voices: ReadonlyMap<string, string>): SpeechRequest | undefined {
  const { voice = 'default', references } = request;
  const others = voices.get(EVERY_OTHER);
  if (references.length > 0)
    return others === undefined ? undefined : { ...request, voice: others, references: [] };
  const chosen = voices.get(voice) ?? others;
  if (chosen !== undefined) return { ...request, voice: chosen };
  return namesNoVoice(voice) ? request : undefined;
}

function canHelp(error: unknown): boolean {
  if (!(error instanceof SpeechFailure)) return false;
  return helpable.has(error.error.code) || isSuspected(error);
}

/**
 * `Engine.voiceOf` of an engine whose list is at hand. Names of other systems (ids of the Fish Audio cloud, say) may mean
 * voices of it: by name, `*` for all names that it does not know. Its own voices go first.
 */
export function voicesByList(
  engine: Pick<Engine, 'voices'>,
  mapped: ReadonlyMap<string, string>,
): NonNullable<Engine['voiceOf']> {
  return async (asked) => {
    const voices = await engine.voices();
    const meant = mapped.get(asked ?? '') ?? mapped.get(EVERY_OTHER);
    const isOwn = meant === undefined || namesNoVoice(asked) || namesVoice(asked ?? '', voices);
    return resolveVoice(isOwn ? asked : meant, voices).id;
  };
}
