import type { Segment } from './segment.ts';

const turns = /<\|speaker:[^|\n]{1,64}\|>/g;

/**
 * The texts of `segments`, each opened on its own. A dialogue tag holds until the next one, so a segment in the middle of
 * a turn gets its turn's tag again: without it the origin would go back to the first speaker.
 */
export function repeatSpeakers(segments: readonly Segment[]): string[] {
  let speaker = '';
  return segments.map(({ text }) => {
    const found = [...text.matchAll(turns)];
    const opened = found[0]?.index === 0 ? text : speaker + text;
    speaker = found.at(-1)?.[0] ?? speaker;
    return opened;
  });
}
