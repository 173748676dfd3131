import type { FishApi } from '../../core/engine.ts';
import { SpeechFailure } from '../../core/errors.ts';
import type { Clock } from '../../core/ports.ts';
import type { Upstream } from '../../core/upstream.ts';
import { abortable, ClientGone } from '../../stream/cancel.ts';

/** Under which an origin keeps the recording of a custom voice: its id, which means one recording for ever. */
const customVoiceId = /^voice_[0-9a-f]{32}$/;

export function isRegisteredVoice(id: string): boolean {
  return customVoiceId.test(id);
}

type Speak = Upstream['speak'];

/** An origin without voices of its own may be replaced by one that has them. */
const RECHECK_MS = 60_000;

/**
 * `speak` for custom voices by a name instead of their recording, which the origin is given once. It is asked for its list before each
 * speech, and nothing is believed from before: with a name that it has lost it would speak in another voice. An origin that keeps no voices,
 * or fails at it, gets the recording with the text, as ever.
 */
export function registering(
  speak: Speak,
  api: Pick<FishApi, 'listReferences' | 'addReference'>,
  { now }: Pick<Clock, 'now'>,
): Speak {
  const adding = new Map<string, Promise<void>>();
  let inlineUntil = Number.NEGATIVE_INFINITY;
  const add = (
    id: string,
    reference: { audio: Uint8Array; text: string },
    signal: AbortSignal,
  ): Promise<void> => {
    const running = adding.get(id) ?? api.addReference({ id, ...reference }, signal).catch(unlessThere);
    adding.set(id, running);
    const over = (): void => void (adding.get(id) === running && adding.delete(id));
    running.then(over, over);
    return abortable(running, signal);
  };
  /** Whether the origin has it now. @throws ClientGone alone */
  const isThere: (...of: Parameters<typeof add>) => Promise<boolean> = async (id, reference, signal) => {
    try {
      if (now() < inlineUntil) return false;
      if (!(await abortable(api.listReferences(signal), signal)).includes(id))
        await add(id, reference, signal);
      return true;
    } catch (error) {
      if (signal.aborted) throw new ClientGone(signal.reason);
      if (isCode(error, 'not_supported')) inlineUntil = now() + RECHECK_MS;
      return false;
    }
  };
  return async (request, voice, signal) => {
    const { customVoice: id, references } = request;
    const [reference] = references;
    if (id === undefined || !reference || !isRegisteredVoice(id)) return speak(request, voice, signal);
    if (!(await isThere(id, reference, signal))) return speak(request, voice, signal);
    try {
      return await speak({ ...request, references: [] }, id, signal);
    } catch (error) {
      if (!isCode(error, 'voice_not_found')) throw error;
      return speak(request, voice, signal); // the origin lost it meanwhile
    }
  };
}

/** Another server was quicker. */
function unlessThere(error: unknown): void {
  if (!isCode(error, 'reference_exists')) throw error;
}

function isCode(error: unknown, code: SpeechFailure['error']['code']): boolean {
  return error instanceof SpeechFailure && error.error.code === code;
}

/** As clients see an origin's voices: those that are registered there belong to keys, and are known by other routes. */
export function withoutRegistered(api: FishApi): FishApi {
  const refuse = async (...ids: readonly string[]): Promise<void> => {
    const [id] = ids.filter(isRegisteredVoice);
    if (id !== undefined) throw new SpeechFailure({ code: 'reference_not_found', id });
  };
  return {
    encode: api.encode,
    decode: api.decode,
    async listReferences(signal) {
      return (await api.listReferences(signal)).filter((id) => !isRegisteredVoice(id));
    },
    async addReference(reference, signal) {
      await refuse(reference.id);
      await api.addReference(reference, signal);
    },
    async deleteReference(id, signal) {
      await refuse(id);
      await api.deleteReference(id, signal);
    },
    async renameReference(oldId, newId, signal) {
      await refuse(oldId, newId);
      await api.renameReference(oldId, newId, signal);
    },
  };
}
