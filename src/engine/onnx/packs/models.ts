import type { LoadFile, Ort, VoiceModel } from '../families/family.ts';
import { loadKokoro } from '../families/kokoro.ts';
import { loadPiper } from '../families/piper.ts';
import type { PackToLoad, SpeakingFamily } from '../protocol.ts';

/** Packs a worker holds at once: Piper takes about 70 MB of WebAssembly memory, Kokoro 250 MB. */
const MAX_MODELS = 2;

const loaders: Readonly<Record<SpeakingFamily, typeof loadPiper>> = { piper: loadPiper, kokoro: loadKokoro };

/** A voice's files cannot be opened, read or understood. */
export class Unloadable extends Error {}

/** The models one worker holds, least recently used first out. One caller at a time. */
export class Models {
  readonly #load: LoadFile;
  readonly #ort: Ort;
  /** In order of use. */
  readonly #models = new Map<string, { model: VoiceModel; uses: number }>();

  constructor(load: LoadFile, ort: Ort) {
    this.#load = load;
    this.#ort = ort;
  }

  get packs(): string[] {
    return [...this.#models.keys()];
  }

  /** @throws Unloadable */
  async get(pack: PackToLoad): Promise<VoiceModel> {
    const held = this.#models.get(pack.id);
    if (held) {
      this.#models.delete(pack.id);
      this.#models.set(pack.id, held);
      return held.model;
    }
    await this.#makeRoom();
    try {
      const model = await loaders[pack.family](pack.files, this.#load, this.#ort);
      this.#models.set(pack.id, { model, uses: 0 });
      return model;
    } catch (error) {
      throw new Unloadable(`${pack.id}: ${String(error)}`, { cause: error });
    }
  }

  /** A job speaks with the pack's model: it stays loaded until the returned function is called. */
  keep(pack: string): () => void {
    const held = this.#models.get(pack);
    if (!held) return () => {};
    held.uses += 1;
    return () => {
      held.uses -= 1;
    };
  }

  /** Jobs in progress may keep more models than there is room for, at most one each. */
  async #makeRoom(): Promise<void> {
    for (const [pack, { model, uses }] of this.#models) {
      if (this.#models.size < MAX_MODELS) return;
      if (uses > 0) continue;
      this.#models.delete(pack);
      await model.release();
    }
  }
}
