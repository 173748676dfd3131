import type { CreatePart, GraphPart, Ort, Session } from '../families/family.ts';
import { instantiate, type Kernels } from './module.ts';

/** The bytes of the kernels' module. */
export type ReadKernels = () => Promise<Uint8Array<ArrayBuffer>>;

/**
 * Opens the parts of a voice that the kernels compute with them, and everything else as `ort` does.
 *
 * @param onRefused told why the kernels are not used for a part that they are made for
 */
export function withKernels(ort: Ort, read: ReadKernels, onRefused: (why: string) => void): Ort {
  let compiled: Promise<WebAssembly.Module> | undefined;
  const open = async (model: Uint8Array, part: GraphPart): Promise<Session | undefined> => {
    try {
      compiled ??= read().then((bytes) => WebAssembly.compile(bytes));
      const kernels = instantiate(await compiled); // with a memory of its own: it goes with the session
      return await openPart(kernels, model, part);
    } catch (error) {
      onRefused(`${part}: ${String(error)}`);
      return undefined;
    }
  };
  const createPart: CreatePart = async (model, part) =>
    (await open(model, part)) ?? (await ort.createSession(model));
  return { ...ort, createPart };
}

/** What plans is loaded with the first voice. @throws for a graph that the kernels do not compute */
async function openPart(kernels: Kernels, model: Uint8Array, part: GraphPart): Promise<Session> {
  const [{ readModel }, { planFlow }, { planVocoder }, { KernelSession }] = await Promise.all([
    import('../prepare/read-model.ts'),
    import('./plan-flow.ts'),
    import('./plan.ts'),
    import('./session.ts'),
  ]);
  const { graph } = readModel(model);
  return new KernelSession(kernels, part === 'flow' ? planFlow(graph) : planVocoder(graph));
}
