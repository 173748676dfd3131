import { type Channels, frameBytes } from '../audio/pcm.ts';
import type { PcmStream, SpokenSegment } from '../core/engine.ts';

/** Follows the PCM of one speech on its way out, and so knows when which part of the text is heard. */
export class DeliveryProgress {
  /** Samples per second and channel: what the segments count in. */
  readonly rate: number;
  readonly #text: string;
  readonly channels: Channels;
  readonly #timeline: readonly SpokenSegment[] | undefined;
  readonly #words: PcmStream['words'];
  readonly #listeners: (() => void)[] = [];
  #bytes = 0;
  #isComplete = false;

  constructor(
    text: string,
    { rate, channels, timeline, words }: Pick<PcmStream, 'rate' | 'channels' | 'timeline' | 'words'>,
  ) {
    this.rate = rate;
    this.#text = text;
    this.channels = channels;
    this.#timeline = timeline;
    this.#words = words;
  }

  /** So many more bytes of PCM went out. */
  count(bytes: number): void {
    this.#bytes += bytes;
  }

  /** That was the last of it. A speech that breaks off, or whose client leaves, never gets here. */
  finish(): void {
    this.#isComplete = true;
    for (const listener of this.#listeners.splice(0)) listener();
  }

  /** Calls `listener` once when all of it went out. */
  onComplete(listener: () => void): void {
    if (this.#isComplete) listener();
    else this.#listeners.push(listener);
  }

  /** Length of what went out so far. */
  get seconds(): number {
    return this.#samples / this.rate;
  }

  /**
   * What was said so far. An engine that speaks the text in one piece tells nothing of its inside: then the whole text is
   * one segment, once all of it went out.
   */
  segments(): readonly SpokenSegment[] {
    if (this.#timeline) return this.#timeline;
    if (!this.#isComplete) return [];
    return [{ text: this.#text, start: 0, end: this.#samples, words: this.#words?.() }];
  }

  get #samples(): number {
    return this.#bytes / frameBytes(this.channels);
  }
}
