/** A stretch of phonemes. */
interface RewriteContext {
  readonly from: number;
  readonly to: number;
}

const marks = /[.,;:!?]+$/;

/**
 * `ipa` rewritten in another notation, and where its `places` are then. Between spaces each part is looked at alone; a place
 * that cannot be found again is left out.
 */
export function rewritePlaces<P extends RewriteContext>(
  ipa: string,
  places: readonly P[],
  rewrite: (ipa: string) => string,
): { readonly ipa: string; readonly places: readonly P[] } {
  const rewritten = rewrite(ipa);
  const parts = ipa.split(' ');
  const later = laterParts(parts, rewritten, rewrite);
  if (!later) return { ipa: rewritten, places: [] };
  const begins = new Map<number, number>();
  const ends = new Map<number, number>();
  const inner = new Set(places.flatMap(({ from, to }) => [from, to]));
  let [at, atLater] = [0, 0];
  for (const [index, part] of parts.entries()) {
    const partLater = later[index] ?? '';
    const spoken = part.replace(marks, '').length;
    begins.set(at, atLater);
    for (let cut = 1; cut < spoken; cut++) {
      const found = inner.has(at + cut) ? findCut(part, cut, partLater, rewrite) : undefined;
      if (!found) continue;
      ends.set(at + cut, atLater + found.end);
      begins.set(at + cut, atLater + found.begin);
    }
    ends.set(at + spoken, atLater + partLater.replace(marks, '').length);
    at += part.length + 1;
    atLater += partLater.length + 1;
  }
  const moved = places.flatMap((place) => {
    const [from, to] = [begins.get(place.from), ends.get(place.to)];
    return from === undefined || to === undefined ? [] : [{ ...place, from, to }];
  });
  return { ipa: rewritten, places: moved };
}

/** What each part became; undefined where that cannot be told. */
function laterParts(
  parts: readonly string[],
  rewritten: string,
  rewrite: (ipa: string) => string,
): readonly string[] | undefined {
  const alone = parts.map(rewrite);
  if (alone.join(' ') === rewritten) return alone;
  const later = rewritten.split(' '); // a sound may depend on the next part's
  return later.length === parts.length ? later : undefined;
}

/** Where the first half of `part` ends in `later`, and the second begins. */
function findCut(
  part: string,
  cut: number,
  later: string,
  rewrite: (ipa: string) => string,
): { readonly end: number; readonly begin: number } | undefined {
  const [first, second] = [rewrite(part.slice(0, cut)), rewrite(part.slice(cut))];
  if (first + second === later) return { end: first.length, begin: first.length };
  const space = later.indexOf(' '); // a pair that was said as one, and is two now
  return space > 0 && space === later.lastIndexOf(' ') ? { end: space, begin: space + 1 } : undefined;
}
