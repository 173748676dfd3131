import type { StateStores } from '../core/store.ts';

/** Stores that are closed together; `close` ends what they share. */
export function joinStores(
  stores: Omit<StateStores, 'close'>,
  close: () => Promise<void> = async () => {},
): StateStores {
  return {
    ...stores,
    async close() {
      await Promise.allSettled(Object.values(stores).map((store) => store.close()));
      await close();
    },
  };
}
