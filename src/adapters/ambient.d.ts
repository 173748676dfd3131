/** How wrangler hands over a `.wasm` import: compiled at build time (Workers cannot compile bytes at run time). */
declare module '*.wasm' {
  const module: WebAssembly.Module;
  export default module;
}

/** How wrangler hands over a `.bin` import; in Bun's executable it is a path (`type: 'file'`). */
declare module '*.bin' {
  const bytes: ArrayBuffer;
  export default bytes;
}

/** In Bun's executable a path (`type: 'file'`). */
declare module '*.css' {
  const path: string;
  export default path;
}

/** What Workers give beside the web's own (developers.cloudflare.com/workers/runtime-apis); only what is used here. */
declare module 'cloudflare:workers' {
  /** Calls to its public methods cross the network: arguments and results are structured clones. */
  export abstract class DurableObject {
    constructor(state: unknown, env: unknown);
  }
  /** Lets `work` of this request end after its answer. */
  export function waitUntil(work: Promise<unknown>): void;
}
