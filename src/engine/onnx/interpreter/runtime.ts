import type { GraphRuntime } from '../families/family.ts';
import { KernelMemory } from '../kernels/memory.ts';
import { instantiate } from '../kernels/module.ts';
import { planVocoder } from '../kernels/plan.ts';
import { planFlow } from '../kernels/plan-flow.ts';
import { KernelSession } from '../kernels/session.ts';
import { readModel } from '../prepare/read-model.ts';
import { GraphSession } from './session.ts';

/** Holds a tensor as ONNX Runtime's class does. */
class Tensor {
  readonly type: string;
  readonly data: unknown;
  readonly dims: readonly number[];

  constructor(type: string, data: unknown, dims: readonly number[]) {
    this.type = type;
    this.data = data;
    this.dims = dims;
  }
}

/** Runs the graphs of a Piper voice without ONNX Runtime, in one memory: none waits for anything while it runs. Its sessions throw `Unrecognized` for others. */
export function openRuntime(module: WebAssembly.Module): Required<Omit<GraphRuntime, 'limits'>> {
  const kernels = instantiate(module);
  const memory = new KernelMemory(kernels);
  return {
    Tensor: Tensor as unknown as GraphRuntime['Tensor'],
    createSession: async (model) => new GraphSession(kernels, readModel(model).graph, memory),
    async createPart(model, part) {
      const { graph } = readModel(model);
      return new KernelSession(kernels, part === 'flow' ? planFlow(graph) : planVocoder(graph), memory);
    },
  };
}
