/** C libraries compiled to WebAssembly, opened without the glue of their packages: the four runtimes hand in modules. */

export interface LibraryAbi<Name extends string> {
  /** Exported names. Minified ones change with every release: the packages are pinned, a test holds their hashes. */
  readonly memory: string;
  readonly start: string;
  readonly functions: Readonly<Record<Name, string>>;
  imports(memory: () => WebAssembly.Memory): WebAssembly.Imports;
}

/** A C function: addresses and 32-bit numbers, a bigint where the parameter has 64 bits. */
type Call = (...args: (number | bigint)[]) => number;

interface Library<Name extends string> {
  readonly call: Readonly<Record<Name, Call>>;
  /** The library's memory. Take it anew after every call: growing detaches the views taken before. */
  buffer(): ArrayBuffer;
  /** Bytes of memory that stay until `call.free`. @throws Error when none are left. */
  reserve(bytes: number): number;
  /** A private copy of `bytes` bytes at `address`. */
  copy(address: number, bytes: number): Uint8Array;
  /** Puts `bytes` at `address`. */
  put(bytes: Uint8Array, address: number): void;
}

function openLibrary<Name extends string>(
  module: WebAssembly.Module,
  abi: LibraryAbi<Name | 'malloc' | 'free'>,
): Library<Name | 'malloc' | 'free'> {
  const exported = (): WebAssembly.Memory => exports[abi.memory] as WebAssembly.Memory;
  const exports = new WebAssembly.Instance(module, abi.imports(exported)).exports;
  const find = (name: string): Call => {
    const value = exports[name];
    if (typeof value !== 'function') throw new Error(`The WebAssembly module has no function "${name}".`);
    return value as Call;
  };
  const bound = Object.entries<string>(abi.functions).map(([name, letter]) => [name, find(letter)]);
  const call: Library<Name | 'malloc' | 'free'>['call'] = Object.fromEntries(bound);
  find(abi.start)();
  return {
    call,
    buffer: () => exported().buffer,
    reserve(bytes) {
      const address = call.malloc(bytes);
      if (address === 0) throw new Error('The codec is out of memory.');
      return address;
    },
    copy: (address, bytes) => new Uint8Array(exported().buffer, address, bytes).slice(),
    put: (bytes, address) => new Uint8Array(exported().buffer).set(bytes, address),
  };
}

/** One stream's handle on an instance that others share. */
export interface CodecHandle<Name extends string> {
  readonly library: Library<Name>;
  leave(): void;
}

/**
 * An instance starts at 16 MiB, so streams share one; their contexts are independent. A full instance is let go and the
 * next stream starts another: its memory is collected with its last stream, also when a stream was never closed, and a
 * burst of streams does not leave the process large for ever.
 */
export const HANDLES_PER_INSTANCE = 16;

/** @returns a function that opens a handle for one stream, on a shared instance of `module`. */
export function shareLibrary<Name extends string>(
  abi: LibraryAbi<Name | 'malloc' | 'free'>,
): (module: WebAssembly.Module) => CodecHandle<Name | 'malloc' | 'free'> {
  type Shared = { readonly library: Library<Name | 'malloc' | 'free'>; taken: number };
  const current = new WeakMap<WebAssembly.Module, Shared>();
  return (module) => {
    let shared = current.get(module);
    if (!shared || shared.taken >= HANDLES_PER_INSTANCE) {
      shared = { library: openLibrary(module, abi), taken: 0 };
      current.set(module, shared);
    }
    const { library } = shared;
    const mine = shared;
    mine.taken++;
    let seated = true;
    const leave = (): void => {
      if (seated) mine.taken--;
      seated = false;
    };
    return { library, leave };
  };
}

/* What C libraries compiled by emscripten import: room to grow, and a system that is not there. */

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
