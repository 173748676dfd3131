import * as z from 'zod';
import kernels from '../../../dist/wasm/kernels.wasm';
import type { InstalledPack, Ports } from '../../core/ports.ts';

/** The part of static assets that is used here (developers.cloudflare.com/workers/static-assets). */
interface Assets {
  fetch(address: string): Promise<Response>;
}

/** Of the assets: `npm run build:voice` fills it. */
const folder = 'https://assets/voice/';
/** What the whole of joe takes is half of it. */
const MAX_FILE_BYTES = 25 * 2 ** 20;

/** `pack.json`, of a pack that was prepared and verified where it was installed. */
const packRecord = z.object({
  id: z.string(),
  revision: z.string(),
  files: z.record(z.string(), z.string()),
});

/** A voice among the static assets, spoken in the isolate itself. */
export function voicePorts({
  ASSETS,
}: Readonly<Record<string, unknown>>): Pick<Ports, 'packs' | 'inferenceHere'> {
  const assets = ASSETS as Assets | undefined;
  if (!assets) return {};
  const load = async (name: string): Promise<Uint8Array> => {
    const found = await assets.fetch(folder + name);
    if (!found.ok) throw new Error(`${name}: there is no such asset (${found.status})`);
    const bytes = new Uint8Array(await found.arrayBuffer());
    if (bytes.length > MAX_FILE_BYTES) throw new Error(`${name}: the asset is too large`);
    return bytes;
  };
  return {
    packs: async (): Promise<readonly InstalledPack[]> => {
      const text = await load('pack.json').then(
        (bytes) => new TextDecoder().decode(bytes),
        () => undefined,
      );
      return text === undefined ? [] : [packRecord.parse(JSON.parse(text))];
    },
    inferenceHere: { load, loadDictionary: () => load('dictionary.bin'), kernels },
  };
}
