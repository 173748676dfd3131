import { wasmModules } from '../../src/adapters/workers/wasm.ts';
import { hashOutputs } from './golden-outputs.ts';

/** A Worker that answers with the hashes, made with the modules as wrangler bundles them. */
const worker: { fetch(): Promise<Response> } = {
  fetch: async () => Response.json(await hashOutputs(async (name) => wasmModules[name])),
};
export default worker;
