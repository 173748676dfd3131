export interface MixPart {
  readonly id: string;
  readonly weight: number;
}

/** As the server reads it: `af_heart(2)+am_adam`, a voice that stands there twice once. */
export function nameOfMix(parts: readonly MixPart[]): string {
  const weights = new Map<string, number>();
  for (const { id, weight } of parts) weights.set(id, (weights.get(id) ?? 0) + weight);
  if (weights.size === 1) return parts[0]?.id ?? '';
  return [...weights].map(([id, weight]) => (weight === 1 ? id : `${id}(${weight})`)).join('+');
}
