const turns = /<\|speaker:[^|\n]{1,64}\|>/g;

/**
 * Makes the texts of segments, each opened on its own, in order. A dialogue tag holds until the next one, so a segment in the
 * middle of a turn gets its turn's tag again: without it the origin would go back to the first speaker.
 */
export function createSpeakerRepeater(): (text: string) => string {
  let speaker = '';
  return (text) => {
    const found = [...text.matchAll(turns)];
    const opened = found[0]?.index === 0 ? text : speaker + text;
    speaker = found.at(-1)?.[0] ?? speaker;
    return opened;
  };
}
