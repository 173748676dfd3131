import { type Said, timeSegment } from './captions.ts';
import { type Cue, makeCues } from './cues.ts';

/** SubRip, as players read it: there is no standard but the files of SubRip itself. */
export function toSrt(said: Said): string {
  const cues = cuesOf(said).map(
    ({ start, end, lines }, index) =>
      `${index + 1}\n${clock(start, ',')} --> ${clock(end, ',')}\n${lines.map(escapeSrt).join('\n')}\n`,
  );
  return cues.join('\n');
}

/** WebVTT (www.w3.org/TR/webvtt1). */
export function toVtt(said: Said): string {
  const cues = cuesOf(said).map(
    ({ start, end, lines }) =>
      `\n${clock(start, '.')} --> ${clock(end, '.')}\n${lines.map(escapeVtt).join('\n')}\n`,
  );
  return `WEBVTT\n${cues.join('')}`;
}

/** In whole milliseconds, as both formats have them; WebVTT wants each end after its start. */
function cuesOf({ rate, segments }: Said): Cue[] {
  return makeCues(segments.map((segment) => timeSegment(segment, rate))).map(({ start, end, lines }) => {
    const from = Math.round(start * 1000);
    return { start: from, end: Math.max(from + 1, Math.round(end * 1000)), lines };
  });
}

function clock(ms: number, point: ',' | '.'): string {
  const two = (value: number): string => String(Math.floor(value)).padStart(2, '0');
  const [hours, minutes, seconds] = [ms / 3_600_000, (ms / 60_000) % 60, (ms / 1000) % 60];
  return `${two(hours)}:${two(minutes)}:${two(seconds)}${point}${String(ms % 1000).padStart(3, '0')}`;
}

/** SubRip cannot escape: what would be taken for an arrow, a tag or a command gets characters that look alike. */
function escapeSrt(line: string): string {
  return line
    .replaceAll('-->', '→')
    .replace(/<(?=\/?[a-z])/gi, '‹')
    .replace(/\{(?=\\)/g, '(');
}

function escapeVtt(line: string): string {
  return line.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
