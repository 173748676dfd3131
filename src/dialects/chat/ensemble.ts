import { invalid, SpeechFailure } from '../../core/errors.ts';
import { assistant, type Character } from '../../services/characters.ts';
import type { AskedCharacter } from './client-messages.ts';

interface EnsembleOptions {
  /** Those of the store. */
  readonly find: () => Promise<readonly Character[]>;
  /** Others answer from now on. */
  readonly told: (characters: readonly object[]) => void;
  readonly failed: (error: unknown) => void;
}

/** Changes that wait for the store at once. */
const MAX_CHANGES = 8;

/** The characters of a session: those of the store, until the client names others. */
export class Ensemble {
  readonly #options: EnsembleOptions;
  #cast: Promise<readonly Character[]> | undefined;
  #changes = 0;

  constructor(options: EnsembleOptions) {
    this.#options = options;
  }

  /** @throws SpeechFailure when the store cannot be reached; then it is asked again the next time */
  async characters(): Promise<readonly Character[]> {
    const cast = this.#cast ?? this.#options.find();
    this.#cast = cast;
    try {
      return await cast;
    } catch (error) {
      if (this.#cast === cast) this.#cast = undefined;
      throw error;
    }
  }

  set(asked: readonly AskedCharacter[]): Promise<void> {
    return this.#change(async () => castOf(asked, await this.#options.find()));
  }

  refresh(): Promise<void> {
    return this.#change(this.#options.find);
  }

  /** When there are none as asked for, those before stay. */
  async #change(find: () => Promise<readonly Character[]>): Promise<void> {
    if (this.#changes >= MAX_CHANGES) {
      this.#options.failed(new SpeechFailure({ code: 'overloaded', retryAfterSeconds: 1 }));
      return;
    }
    this.#changes += 1;
    const before = this.#cast;
    const cast = find();
    this.#cast = cast;
    try {
      this.#options.told((await cast).map(({ id, name, voice }) => ({ id, name, voice: voice ?? null })));
    } catch (error) {
      if (this.#cast === cast) this.#cast = before;
      this.#options.failed(error);
    } finally {
      this.#changes -= 1;
    }
  }
}

/** Those that a page asks for: its own where it describes them, else those of the store by id or name. */
function castOf(asked: readonly AskedCharacter[], known: readonly Character[]): readonly Character[] {
  const found = asked.flatMap(({ id, name, voice, system_prompt: systemPrompt }): Character[] => {
    const kept = known.find(
      (each) => each.id === id || (name ?? id)?.toLowerCase() === each.name.toLowerCase(),
    );
    const isDescribed = name !== undefined && (voice !== undefined || systemPrompt !== undefined);
    if (!isDescribed && kept) return [{ ...kept, isActive: true }];
    if (name === undefined || name.trim() === '') return [];
    return [{ id: id ?? name, name: name.trim(), voice, systemPrompt: systemPrompt ?? '', isActive: true }];
  });
  if (found.length === 0 && asked.length > 0) throw invalid('There are no such characters.', 'characters');
  return found.length > 0 ? found : [assistant];
}
