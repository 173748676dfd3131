import type { InstalledPack, Ports } from '../../core/ports.ts';
import { computingVersion } from './kernels/module.ts';
import { Catalog } from './packs/catalog.ts';
import { levelsRevision } from './packs/levels.ts';
import type { InferenceSetup } from './protocol.ts';

/** Raise it when the same files say the same text otherwise: rules of reading, phonemes, cuts. What is kept of it is made anew. */
const READING = 4;

export type Speaker = Pick<InferenceSetup, 'runtime' | 'kernels'>;

export interface Speaking {
  /** Asked once there is a voice to be spoken with. @throws SpeechFailure `engine_unavailable` when what is wanted is not there */
  readonly runtime: () => Promise<InferenceSetup['runtime']>;
  /** Asked where the runtime is WebAssembly's: may kernels of our own compute what they know? */
  readonly kernels?: (() => Promise<boolean>) | undefined;
  /** Id of the default voice or of its pack; empty takes the first one installed. */
  readonly voice?: string | undefined;
}

/** The voices in the data folder, and what they are spoken with: both are found out when somebody first wants to know. */
export class InstalledVoices {
  readonly #packs: NonNullable<Ports['packs']>;
  readonly #options: Speaking;
  readonly #isHere: boolean;
  #speaker: Speaker = { runtime: 'wasm', kernels: false };
  #found: Catalog | undefined;

  /** @param isHere whether they are spoken without workers */
  constructor(packs: NonNullable<Ports['packs']>, options: Speaking, isHere: boolean) {
    this.#packs = packs;
    this.#options = options;
    this.#isHere = isHere;
  }

  get speaker(): Speaker {
    return this.#speaker;
  }

  /** Looks into the data folder until there is a voice in it. */
  async catalog(): Promise<Catalog> {
    if (this.#found) return this.#found;
    const { kernels, voice = '' } = this.#options;
    const runtime = await this.#options.runtime();
    this.#speaker = { runtime, kernels: runtime === 'wasm' && ((await kernels?.()) ?? false) };
    const speaker = speakerOf(this.#speaker) + (this.#isHere ? '-here' : '');
    const installed = (await this.#packs()).map((pack) => ({ ...pack, revision: revisionOf(pack, speaker) }));
    const fresh = new Catalog(installed, voice, await hasEspeak());
    if (fresh.voices.length > 0) this.#found = fresh;
    return fresh;
  }

  /** A voice came or went. */
  changed(): void {
    this.#found = undefined;
  }
}

function speakerOf({ runtime, kernels }: Speaker): string {
  return kernels ? `-kernels-${computingVersion}` : runtime === 'wasm' ? '' : `-${runtime}`;
}

/** The runtimes and our kernels round differently: what one has made is not what the other would make. Nor is what was as loud as the model made it. */
function revisionOf({ id, revision, added }: InstalledPack, speaker: string): string {
  return `${revision}-${READING}-${levelsRevision(id, added?.loudness)}${speaker}`;
}

let found: Promise<boolean> | undefined;

/**
 * Is the optional package there that brings languages other than English? Loads none of its data.
 */
function hasEspeak(): Promise<boolean> {
  const name: string = '@echogarden/espeak-ng-emscripten'; // not a literal import: a bundler must not look for it
  found ??= import(name).then(
    () => true,
    () => false,
  );
  return found;
}
