interface CaptionFile {
  readonly content: string;
  /** Seconds that its own begin later. */
  readonly start: number;
}

const time = /(\d{2,}):(\d{2}):(\d{2})([.,])(\d{3})/g;

/** Captions (SubRip or WebVTT) of parts that are heard one after the other, as one file. */
export function joinCaptions(files: readonly CaptionFile[], format: 'srt' | 'vtt'): string {
  const cues = files.flatMap(({ content, start }) =>
    content
      .split(/\r?\n\r?\n/)
      .filter((block) => block.includes('-->'))
      .map((block) => block.replace(time, (...found) => shift(found, start))),
  );
  if (format === 'vtt') return `WEBVTT\n\n${cues.map((cue) => cue.trim()).join('\n\n')}\n`;
  const numbered = cues.map((cue, index) => `${index + 1}\n${cue.trim().replace(/^\d+\r?\n/, '')}`);
  return `${numbered.join('\n\n')}\n`;
}

function shift([, hours, minutes, seconds, mark, ms]: readonly unknown[], by: number): string {
  const at = Number(hours) * 3_600_000 + Number(minutes) * 60_000 + Number(seconds) * 1000 + Number(ms);
  const total = at + Math.round(by * 1000);
  const pad = (value: number, digits = 2): string => String(Math.floor(value)).padStart(digits, '0');
  const clock = [total / 3_600_000, (total / 60_000) % 60, (total / 1000) % 60]
    .map((part) => pad(part))
    .join(':');
  return `${clock}${mark}${pad(total % 1000, 3)}`;
}
