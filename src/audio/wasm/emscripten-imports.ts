/** What C libraries compiled by emscripten import: room to grow, and a system that is not there. */

const WASM_PAGE_BYTES = 65_536;
/** WASI's errno for a call that a host does not have. */
const NOT_SUPPORTED = 52;

const refuse = (): number => NOT_SUPPORTED;
const die = (): never => {
  throw new Error('The codec ended itself.');
};

interface Letters {
  /** Grows the memory. */
  readonly growHeap: string;
  /** Copies within the memory. */
  readonly copyBytes?: string;
  /** System calls that encoding does without: files, clocks, the environment. One letter each. */
  readonly refused?: string;
  /** Exit and abort. One letter each. */
  readonly deadly?: string;
}

/** The imports of a module whose names emscripten made one letter each, all under module "a". */
export function minifiedImports(memory: () => WebAssembly.Memory, letters: Letters): WebAssembly.Imports {
  const { growHeap, copyBytes, refused = '', deadly = '' } = letters;
  const a: Record<string, (...args: number[]) => number | undefined> = {};
  for (const letter of refused) a[letter] = refuse;
  for (const letter of deadly) a[letter] = die;
  /** Grows the memory to at least `bytes`; 0 tells malloc that there is none left. */
  a[growHeap] = (bytes = 0) => {
    const missing = (bytes >>> 0) - memory().buffer.byteLength;
    try {
      if (missing > 0) memory().grow(Math.ceil(missing / WASM_PAGE_BYTES));
      return 1;
    } catch {
      return 0;
    }
  };
  if (copyBytes) {
    a[copyBytes] = (to = 0, from = 0, count = 0) => {
      new Uint8Array(memory().buffer).copyWithin(to, from, from + count);
      return undefined;
    };
  }
  return { a };
}

/** The imports of a module that emscripten built to stand alone: it grows its memory by itself. */
export function standaloneImports(): WebAssembly.Imports {
  return {
    env: { emscripten_notify_memory_growth: () => {} },
    wasi_snapshot_preview1: { proc_exit: die, fd_close: refuse, fd_seek: refuse, fd_write: refuse },
  };
}
