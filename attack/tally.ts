import type { Reply } from './client.ts';

const maxWhy = 8;
const excerpt = 160;

/** What an answer must not hold: words of a runtime, of an upstream, of a file system. */
const leaks: readonly RegExp[] = [
  /\n\s+at .+:\d+:\d+/, // a stack
  /node_modules|\/src\/[\w-]+\/|file:\/\/\/(?!etc\/passwd)/, // but what clients sent
  /\b(TypeError|SyntaxError|RangeError|ReferenceError|InvalidCharacterError|DOMException|ZodError)\b/,
  /\b(ECONN\w+|EADDR\w+|ENOENT|EPIPE|EACCES|ENOSPC|SQLITE_\w+)\b/,
  /Unexpected (token|end of JSON|identifier)|is not valid JSON|is not defined|is not a function|undefined is not/,
  /CUDA|\/opt\/fish/, // the fake origin's own words
];

/** What one case sent, what came back, and what was wrong with it. */
export class Tally {
  sent = 0;
  readonly answers: Map<string, number> = new Map();
  readonly why: string[] = [];
  readonly notes: string[] = [];
  #failures = 0;

  get failures(): number {
    return this.#failures;
  }

  /** Counts an answer, and looks into it for what nobody should read. */
  came(reply: Reply): Reply {
    this.sent++;
    this.saw(reply.status === 0 ? reply.end : String(reply.status));
    for (const leak of leaks) {
      const found = leak.exec(reply.text);
      this.check(!found, () => `an answer tells "${found?.[0].trim()}": ${reply.text.slice(0, excerpt)}`);
    }
    return reply;
  }

  /** Counts anything else that came of it. */
  saw(label: string, times = 1): void {
    this.answers.set(label, (this.answers.get(label) ?? 0) + times);
  }

  /** What must hold. */
  check(holds: boolean, what: string | (() => string)): void {
    if (holds) return;
    this.#failures++;
    const line = typeof what === 'string' ? what : what();
    if (this.why.length < maxWhy && !this.why.includes(line)) this.why.push(line);
  }

  /** A figure that readers of the table want to see. */
  note(line: string): void {
    this.notes.push(line);
  }
}
