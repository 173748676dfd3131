/**
 * Words of a hundred that were misheard of a pack's first voice on sixty hard sentences (names, money, dates, units, heteronyms, acronyms,
 * addresses, quotes, emoji), by Moonshine tiny with faint noise around them on 2026-11-21 (docs/decisions/0038). Of two voices that a
 * machine can speak with, the one with the smaller figure is the clearer one. A pack that nobody has listened to has none, and is
 * never chosen by itself.
 */
const misheard: Readonly<Record<string, number>> = {
  'kokoro-82m-v1.0': 5.7,
  'en_US-joe-medium': 12.8,
};

/** Undefined for a pack that nobody has listened to. */
export function misheardOf(pack: string): number | undefined {
  return misheard[pack];
}
