import type * as OrtModule from 'onnxruntime-web';
import type { GraphPart, GraphRuntime, Ort, Outputs, Session } from '../families/family.ts';

/** The bytes of the kernels' module. */
export type ReadKernels = () => Promise<Uint8Array<ArrayBuffer>>;

interface Fallback {
  readonly readKernels: ReadKernels;
  /** Called when it is needed. */
  readonly openOrt: () => Promise<Ort>;
  /** Told why ONNX Runtime computes what it is not meant to. */
  readonly onRefused: (why: string) => void;
}

/**
 * Opens what runs a Piper voice's graphs: the interpreter and the kernels, in a memory that goes with the voice; ONNX Runtime runs what
 * they do not know, and is loaded for that alone. Bytes of models that are given to it are its own.
 */
export function withFallback({ readKernels, openOrt, onRefused }: Fallback): () => Promise<GraphRuntime> {
  let compiled: Promise<WebAssembly.Module> | undefined;
  const openOurs = async (): Promise<Required<Omit<GraphRuntime, 'limits'>> | undefined> => {
    try {
      compiled ??= readKernels().then((bytes) => WebAssembly.compile(bytes));
      const { openRuntime } = await import('./runtime.ts');
      return openRuntime(await compiled);
    } catch (error) {
      onRefused(`kernels: ${String(error)}`);
      return undefined;
    }
  };
  return async () => {
    const ours = await openOurs();
    if (!ours) return openOrt();
    const byOrt = (part: GraphPart | 'encoder', model: Uint8Array, error: unknown): Promise<Session> => {
      onRefused(`${part}: ${String(error)}`);
      return openReference(openOrt, model);
    };
    return {
      Tensor: ours.Tensor,
      limits,
      async createSession(model) {
        const open = (error: unknown): Promise<Session> => byOrt('encoder', model, error);
        return ours
          .createSession(model)
          .then((session) => new Proven(session, open, () => free(model)), open);
      },
      async createPart(model, part) {
        const session = await ours
          .createPart(model, part)
          .catch((error: unknown) => byOrt(part, model, error));
        free(model);
        return session;
      },
    };
  };
}

/** Longer parts of a latent would take more memory than a window of the vocoder does. */
const limits = { flowFrames: 512 };

/** What an operator is asked to do shows when it runs: a graph is known once it has run, and until then ONNX Runtime may still have it. */
class Proven implements Session {
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  #session: Session;
  #byOrt: ((error: unknown) => Promise<Session>) | undefined;
  readonly #free: () => void;

  /** @param free is called when the model's bytes are needed no longer */
  constructor(session: Session, byOrt: (error: unknown) => Promise<Session>, free: () => void) {
    this.inputNames = session.inputNames;
    this.outputNames = session.outputNames;
    this.#session = session;
    this.#byOrt = byOrt;
    this.#free = free;
  }

  async run(feeds: Parameters<Session['run']>[0]): Promise<Outputs> {
    const byOrt = this.#byOrt;
    if (!byOrt) return this.#session.run(feeds);
    try {
      const outputs = await this.#session.run(feeds);
      this.#byOrt = undefined;
      this.#free();
      return outputs;
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      this.#session = await byOrt(error);
      this.#byOrt = undefined;
      return this.#session.run(feeds);
    }
  }

  release(): Promise<void> {
    return this.#session.release();
  }
}

/** At once: garbage of some megabytes is long not collected. What is a part of something else stays. */
function free({ buffer, byteLength }: Uint8Array): void {
  if (buffer instanceof ArrayBuffer && buffer.byteLength === byteLength) buffer.transfer(0);
}

/** ONNX Runtime's session, which is given tensors of its own. */
async function openReference(openOrt: () => Promise<Ort>, model: Uint8Array): Promise<Session> {
  const ort = await openOrt();
  const session = await ort.createSession(model);
  const own = ({ type, data, dims }: OrtModule.Tensor): OrtModule.Tensor =>
    new ort.Tensor(type as 'float32', data as Float32Array, dims);
  return {
    inputNames: session.inputNames,
    outputNames: session.outputNames,
    run: (feeds) =>
      session.run(Object.fromEntries(Object.entries(feeds).map(([name, tensor]) => [name, own(tensor)]))),
    release: () => session.release(),
  };
}
