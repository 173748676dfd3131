/** How many speeches are remembered. */
const REMEMBERED = 128;

/** How long the last speeches took to their first audio. */
export class Recent {
  readonly #times = new Float64Array(REMEMBERED);
  #count = 0;

  firstAudio(ms: number): void {
    this.#times[this.#count % REMEMBERED] = ms;
    this.#count++;
  }

  /** Milliseconds, of the last ones; undefined before the first one. */
  firstAudioMs(): { readonly p50: number; readonly p95: number; readonly of: number } | undefined {
    const of = Math.min(this.#count, REMEMBERED);
    if (of === 0) return undefined;
    const sorted = this.#times.slice(0, of).sort();
    const at = (share: number): number => Math.round(sorted[Math.ceil(share * of) - 1] ?? 0);
    return { p50: at(0.5), p95: at(0.95), of };
  }
}
