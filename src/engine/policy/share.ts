import type { Engine, Policy } from '../../core/engine.ts';
import type { Ports } from '../../core/ports.ts';
import type { SpeechRequest } from '../../core/request.ts';
import { resolveVoice } from '../../core/voices.ts';
import { meaningOf } from '../../speech/fingerprint.ts';
import { ClientGone } from '../../stream/cancel.ts';
import type { SpeechKeeping } from './kept-speech.ts';
import { decorate } from './opening.ts';
import { SharedSpeech } from './shared-speech.ts';

export interface ShareOptions {
  /** Equal for requests that may share their speech; undefined for one that shares with nobody. */
  readonly key: (request: SpeechRequest) => Promise<string | undefined>;
  /** Where speech is kept, and whether that of a request is. */
  readonly keeping?: SpeechKeeping | undefined;
  readonly keeps?: ((request: SpeechRequest) => boolean) | undefined;
  /** Bytes of a shared speech that are kept for those who come later. */
  readonly maxBytes?: number | undefined;
}

/** 95 s of mono speech at 44.1 kHz: several times the longest segment. */
const MAX_BYTES = 8 * 1024 * 1024;

/**
 * Requests for the same speech share what was made before, if it was kept, and else one source, in one buffer: it serves those
 * who listen, those who join them, and what is kept of it. Until its first audio everybody can join. From then on a single
 * listener has the source itself, untouched, and nobody can join; but with several, or when the speech is to be kept,
 * latecomers still hear it from its first byte. The last one to leave stops it.
 *
 * The source is read at the pace of its fastest listener. A speech longer than `maxBytes` takes no latecomers beyond that
 * point, and its listeners wait for one that is so far behind; whoever stops reading altogether is ended by the idle
 * guard of its own answer.
 *
 * Whoever shared a part of a text (by its `thread`) will ask for the parts after it, though not in the same moment: those are
 * shared from the start, and stay for a few seconds when they are done.
 *
 * Where a request's work ends with it (`ports.background`), the source stays with the request that began it, which goes on
 * in the background when its client has left.
 */
export function share(options: ShareOptions, ports: Pick<Ports, 'clock' | 'background'>): Policy {
  const { keeping, keeps = () => true, maxBytes = MAX_BYTES } = options;
  return (inner) => {
    const running = new Map<string, SharedSpeech>();
    const crowd = new WeakSet<object>();
    return decorate(inner, async function shareOpen(request, signal) {
      const key = await options.key(request);
      if (signal.aborted) throw new ClientGone(signal.reason);
      if (key === undefined) {
        request.onCacheMiss?.();
        return inner.open(request, signal);
      }
      const found = running.get(key);
      if (found && !found.isStale()) return found.join(request, signal, true);
      const speech = new SharedSpeech(inner, request, {
        maxBytes,
        crowd,
        ...ports,
        key,
        keeping: keeps(request) ? keeping : undefined,
        onClosed: () => {
          if (running.get(key) === speech) running.delete(key);
        },
      });
      running.set(key, speech);
      return speech.join(request, signal, false);
    });
  };
}

/** The key of what an engine says: as long as the text. @param voice the voice, with the revision of its content if it has one */
export function createSpeechKey(
  engine: Pick<Engine, 'id' | 'identity'>,
  voice: (request: SpeechRequest) => string | Promise<string>,
): (request: SpeechRequest) => Promise<string> {
  return async (request) =>
    meaningOf(request, { engine: engine.id, upstreams: engine.identity?.(), voice: await voice(request) });
}

/** By its id and revision, for an engine whose list is at hand. Rejects with `voice_not_found` as its `open` would. */
export function voiceByRevision(engine: Engine): (request: SpeechRequest) => Promise<string> {
  return async ({ voice }) => {
    const { id, revision = '' } = resolveVoice(voice, await engine.voices());
    return `${id}@${revision}`;
  };
}
