import type { Ports } from '../core/ports.ts';

/** What `fish-ctl keys` and `fish-ctl models` do, for administrators who ask over HTTP. Loaded when one does: most servers are never asked. */
export function adminPorts(dataDir: string, keysFile: string): Pick<Ports, 'editKeys' | 'packStore'> {
  const store = async () => (await import('./models/pack-store.ts')).createPackStore(dataDir);
  return {
    async editKeys(edit) {
      const { editKeysFile } = await import('./keys/edit-file.ts');
      await editKeysFile(keysFile)(edit);
    },
    packStore: {
      list: async () => (await store()).list(),
      pull: async (id, onProgress, signal) => (await store()).pull(id, onProgress, signal),
      remove: async (id, signal) => (await store()).remove(id, signal),
    },
  };
}
