import type { Ports } from '../../core/ports.ts';

/** An ordinary Worker holds no voice; wrangler.voice.toml puts voice.ts in the place of this. */
export function voicePorts(_env: Readonly<Record<string, unknown>>): Pick<Ports, 'packs' | 'inferenceHere'> {
  return {};
}
