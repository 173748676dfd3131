/** Voices in a mix, and letters of its name: more is nobody's wish. */
const MAX_PARTS = 8;
const MAX_NAME = 256;
/** A name, and its share of the mix, above 0 and at most 100; 1 where none is named. */
const PART = /^\s*([^()+\s]{1,64})\s*(?:\(\s*(\d{1,3}(?:\.\d{1,3})?)\s*\)\s*)?$/;

export interface MixPart {
  readonly voice: string;
  readonly weight: number;
}

/** `af_heart(2)+am_adam`, as Kokoro-FastAPI writes it, in its parts; undefined for what is no mix of two to eight. */
export function parseMix(name: string): readonly MixPart[] | undefined {
  if (!name.includes('+') || name.length > MAX_NAME) return undefined;
  const parts = name.split('+');
  if (parts.length > MAX_PARTS) return undefined;
  const mix: MixPart[] = [];
  for (const part of parts) {
    const [, voice, weight = '1'] = PART.exec(part) ?? [];
    if (voice === undefined || Number(weight) === 0 || Number(weight) > 100) return undefined;
    mix.push({ voice, weight: Number(weight) });
  }
  return mix;
}

/** The same mix has the same name, whatever weights it was written with: each voice once, its share in thousandths. The first stays first. */
export function nameMix(parts: readonly MixPart[]): string {
  const weights = new Map<string, number>();
  for (const { voice, weight } of parts) weights.set(voice, (weights.get(voice) ?? 0) + weight);
  const sum = [...weights.values()].reduce((total, weight) => total + weight, 0);
  if (weights.size === 1) return [...weights.keys()][0] ?? '';
  return [...weights].map(([voice, weight]) => `${voice}(${share(weight / sum)})`).join('+');
}

/** At least a thousandth: a voice of no share would not be in the name's own grammar. */
function share(part: number): string {
  return String(Math.max(1, Math.round(part * 1000)) / 1000);
}
