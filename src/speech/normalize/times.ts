import { cardinal } from './cardinals.ts';

const HALF_DAY = '(a\\.m\\.|p\\.m\\.|am|pm|AM|PM|A\\.M\\.|P\\.M\\.|a\\.m|p\\.m)';
const CLOCK = new RegExp(
  `(?<![\\d:.])(\\d{1,2}):(\\d{2})(?::(\\d{2}))?(?![\\d:])(?:\\s?${HALF_DAY}(?![A-Za-z]))?`,
  'g',
);
const HOUR = new RegExp(`(?<![\\d:.,])(\\d{1,2})\\s?${HALF_DAY}(?![A-Za-z])`, 'g');
const HOUR_RANGE = new RegExp(
  `(?<![\\d:.,])(\\d{1,2})\\s?[-–]\\s?(?=\\d{1,2}(?::\\d{2})?\\s?${HALF_DAY}(?![A-Za-z]))`,
  'g',
);
const LONE = /(?<![A-Za-z.])([aApP])\.\s?[mM]\.?(?![A-Za-z])/g;

/** "a.m." -> "A M"; its dot stays where it ends the text or the sentence. */
function sayHalfDay(written: string | undefined, after: string): string {
  if (written === undefined) return '';
  const ends = written.endsWith('.') && (after.trim() === '' || /^\s+\p{Lu}/u.test(after));
  return ` ${written[0]!.toUpperCase()} M${ends ? '.' : ''}`;
}

const LOOKAHEAD = 4;

function sayMinutes(hour: string, minutes: string, halfDay: boolean): string {
  const spoken = cardinal(String(Number(hour)));
  if (minutes === '00') {
    if (halfDay) return spoken;
    return Number(hour) > 12 || Number(hour) === 0 ? `${spoken} hundred` : `${spoken} o'clock`;
  }
  return `${spoken} ${minutes.startsWith('0') ? `oh ${cardinal(minutes[1]!)}` : cardinal(minutes)}`;
}

const CLOCK_RANGE = /(?<![\d:.])(\d{1,2}:\d{2})\s?[-–]\s?(?=\d{1,2}:\d{2}(?![\d:]))/g;

/** 3:45 pm, 14:30, 9am, 9-5 pm; what cannot be a time of day is left to the numbers ("3:1"). */
export function readTimes(text: string): string {
  const after = (whole: string, offset: number, match: string): string =>
    whole.slice(offset + match.length, offset + match.length + LOOKAHEAD);
  return text
    .replace(CLOCK_RANGE, '$1 to ')
    .replace(
      CLOCK,
      (
        match,
        hour: string,
        minutes: string,
        seconds: string | undefined,
        half: string | undefined,
        offset: number,
        whole: string,
      ) => {
        if (Number(hour) > 24 || Number(minutes) > 59) return match;
        const spoken = sayMinutes(hour, minutes, half !== undefined || seconds !== undefined);
        const rest =
          seconds === undefined
            ? ''
            : ` and ${cardinal(String(Number(seconds)))} second${seconds === '01' ? '' : 's'}`;
        return spoken + rest + sayHalfDay(half, after(whole, offset, match));
      },
    )
    .replace(HOUR_RANGE, (_, hour: string) => `${cardinal(String(Number(hour)))} to `)
    .replace(HOUR, (match, hour: string, half: string, offset: number, whole: string) =>
      Number(hour) > 24
        ? match
        : cardinal(String(Number(hour))) + sayHalfDay(half, after(whole, offset, match)),
    )
    .replace(LONE, (match, letter: string, offset: number, whole: string) =>
      sayHalfDay(`${letter}.m${match.endsWith('.') ? '.' : ''}`, after(whole, offset, match)).trim(),
    );
}
