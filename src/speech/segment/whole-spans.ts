/** Spans that are never cut: tags, short brackets, addresses. No match is longer than `MAX_SPAN_LENGTH`. */
const wholeSpans: RegExp =
  /<\|[^|\n]{1,64}\|>|\([^()\n]{1,40}\)|\[[^[\]\n]{1,40}\]|(?:https?:\/\/|www\.)[^\s<>"'。！？、，；：）」』】]{1,2000}/gu;
const MAX_SPAN_LENGTH = 2048;

/** UTF-16 units that are looked through at once. */
const WINDOW = 4096;
/** What lies this far behind the window is asked for no more. */
const KEPT = 65_536;

/**
 * Tells whether an offset of `text` lies inside a span that must stay whole. Looks only as far ahead as it is asked, and
 * remembers a stretch: offsets may be asked for in any order as long as they move on together.
 */
export function findWholeSpans(text: string): (at: number) => boolean {
  let starts: number[] = [];
  let ends: number[] = [];
  let seen = 0;
  const look = (): void => {
    const from = seen;
    const forgotten = ends.findIndex((end) => end > from - KEPT);
    if (forgotten > WINDOW) {
      starts = starts.slice(forgotten);
      ends = ends.slice(forgotten);
    }
    seen = from + WINDOW;
    for (const { index, 0: span } of text.slice(from, seen + MAX_SPAN_LENGTH).matchAll(wholeSpans)) {
      if (index >= WINDOW) break; // the next window finds it again
      starts.push(from + index);
      ends.push(from + index + span.length);
      seen = Math.max(seen, from + index + span.length);
    }
  };
  return (at) => {
    while (seen <= at && seen < text.length) look();
    let low = 0;
    let high = starts.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((starts[middle] ?? 0) < at) low = middle + 1;
      else high = middle;
    }
    return at < (ends[low - 1] ?? 0);
  };
}
