import type { WasmName } from '../../core/ports.ts';

/** Modules that are read when first asked for, and compiled at most once. */
export function compileOnce(
  read: (name: WasmName) => Promise<Uint8Array<ArrayBuffer>>,
): (name: WasmName) => Promise<WebAssembly.Module> {
  const compiled = new Map<WasmName, Promise<WebAssembly.Module>>();
  return (name) => {
    const known = compiled.get(name);
    if (known) return known;
    const loading = read(name).then((bytes) => WebAssembly.compile(bytes));
    compiled.set(name, loading);
    loading.catch(() => compiled.delete(name)); // a file that could not be read may be readable next time
    return loading;
  };
}
