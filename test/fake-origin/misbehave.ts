import type { HeaderKind } from './tone.ts';

/**
 * What the fake origin does wrong, for all requests (an option) or for one (a marker in its text):
 * `[[firstByteMs=200]] [[dieAfterBytes=3000]] Hello.` Markers are not spoken.
 */
export interface Misbehaviour {
  /** Extra milliseconds of generation before the first audio. */
  firstByteMs?: number;
  /** Wait before the first audio until the test calls `release`. */
  held?: boolean;
  /** The same after this many bytes of the body, in pieces of `chunkBytes`. */
  heldAfterBytes?: number;
  /** Send the body in pieces of this many bytes (odd numbers split samples). */
  chunkBytes?: number;
  /** Milliseconds between pieces. */
  chunkMs?: number;
  /** Drop the connection instead of answering. */
  dieBeforeHeaders?: boolean;
  /** Drop the connection after this many bytes of the body. */
  dieAfterBytes?: number;
  /**
   * Speak on, piece by piece, until `release()` or until the client has left. The real server takes no notice of that, but the
   * tests that follow need not wait for it.
   */
  endless?: boolean;
  /** Take the request and never answer. */
  silent?: boolean;
  /** Go quiet after this many bytes of the body, with the connection open. */
  silentAfterBytes?: number;
  /** The engine fails: 500, or with `streaming:true` 200 and a dropped connection. */
  engineFails?: boolean;
  contentType?: string;
  /** Answer this body as it is, with 200 (or `status`). */
  answer?: string;
  /** Answer this status in the origin's error shape. */
  status?: number;
  retryAfter?: string;
  /** The WAV header to send; by default `none` when streaming and `exact` otherwise. */
  header?: HeaderKind;
  /** Send this many bytes of audio whatever the text says. */
  bodyBytes?: number;
}

/** Where speech that is held waits, however long the machine takes for what is to happen meanwhile. */
export interface Gate {
  hold(): Promise<void>;
  /** Lets go what is held now. */
  release(): void;
}

export function createGate(): Gate {
  const held = new Set<() => void>();
  return {
    hold: () => new Promise((resolve) => void held.add(resolve)),
    release() {
      for (const goOn of held) goOn();
      held.clear();
    },
  };
}

const NUMBERS = [
  'firstByteMs',
  'heldAfterBytes',
  'chunkBytes',
  'chunkMs',
  'dieAfterBytes',
  'silentAfterBytes',
  'status',
  'bodyBytes',
];
const FLAGS = ['held', 'endless', 'dieBeforeHeaders', 'silent', 'engineFails'];
const STRINGS = ['contentType', 'answer', 'retryAfter', 'header'];
const MARKER = /\[\[(\w+)(?:=([^\]]*))?\]\]/g;

/** The text without its markers, and what they ask for on top of `base`. Throws on a marker that does not exist. */
export function readMarkers(text: string, base: Misbehaviour): { spoken: string; misbehave: Misbehaviour } {
  const asked: Record<string, unknown> = {};
  for (const [, name = '', value = ''] of text.matchAll(MARKER)) {
    if (NUMBERS.includes(name)) asked[name] = Number(value);
    else if (FLAGS.includes(name)) asked[name] = true;
    else if (STRINGS.includes(name)) asked[name] = value;
    else throw new Error(`The fake origin knows no marker ${name}.`);
  }
  return { spoken: text.replace(MARKER, ' ').trim(), misbehave: { ...base, ...asked } };
}
