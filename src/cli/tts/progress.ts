/** How far a long text is. */
export interface SpeechProgress {
  /** So many characters are spoken, which last so many seconds. */
  moved(characters: number, seconds: number): void;
  end(): void;
}

const EVERY_MS = 1000;
const EVERY_ON_TERMINAL_MS = 100;

/** A line that changes on a terminal; elsewhere a line every second. */
export function createSpeechProgress(
  total: number,
  terminal: Pick<NodeJS.WriteStream, 'isTTY' | 'write'>,
  now: () => number = () => performance.now(),
): SpeechProgress {
  const began = now();
  let told = began;
  let isShown = false;
  const every = terminal.isTTY ? EVERY_ON_TERMINAL_MS : EVERY_MS;
  return {
    moved(characters, seconds) {
      const time = now();
      if (time - told < every) return;
      told = time;
      const line = progressLine(Math.min(characters, total), total, seconds, (time - began) / 1000);
      isShown = true;
      terminal.write(terminal.isTTY ? `\r\x1b[K${line}` : `${line}\n`);
    },
    end() {
      if (isShown && terminal.isTTY) terminal.write('\r\x1b[K');
    },
  };
}

function progressLine(done: number, total: number, seconds: number, elapsed: number): string {
  const percent = Math.floor((100 * done) / total);
  const speed = elapsed > 0 ? (seconds / elapsed).toFixed(1) : '0.0';
  const left = done > 0 ? `, ${Math.ceil((elapsed / done) * (total - done))} s left` : '';
  return `${percent} % spoken, ${seconds.toFixed(0)} s of audio, ${speed} times as fast as it is heard${left}`;
}
