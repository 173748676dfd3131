import { type SegmentOptions, segment } from '../../src/speech/segment/segment.ts';

/** `▸` stands where a cut is expected: "One is here. ▸ Two is there." is cut into two. */
function uncut(marked: string): string {
  return marked.replace(/▸ ?/g, '');
}

/** The text of `marked`, cut, with the mark at each cut. */
export function recut(marked: string, options: SegmentOptions = {}): string {
  const text = uncut(marked);
  let rest = text;
  let out = '';
  for (const piece of segment(text, options)) {
    const at = rest.indexOf(piece.text);
    const gap = rest.slice(0, at);
    if (out !== '') out += gap === '' ? '▸' : gap.replace(/ $/, ' ▸ ').replace(/^(\s*\n)$/, '$1▸');
    out += piece.text;
    rest = rest.slice(at + piece.text.length);
  }
  return out + rest;
}
