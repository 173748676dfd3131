/** RFC 5646, 4.4.1. */
const MAX_TAG = 35;

/** A language as clients name it, in BCP 47; undefined for what is none, as `Auto`: clients of other servers send that. */
export function languageSaid(value: string | undefined): string | undefined {
  if (value === undefined || !/^[a-z]{2,3}(?:[-_]|$)/i.test(value) || value.length > MAX_TAG)
    return undefined;
  try {
    return Intl.getCanonicalLocales(value.replaceAll('_', '-'))[0];
  } catch {
    return undefined;
  }
}

/** ISO 639. */
export function primaryOf(language: string): string {
  return language.split(/[-_]/, 1)[0]?.toLowerCase() ?? '';
}
