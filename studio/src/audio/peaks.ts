const PEAKS_PER_SECOND = 50;

/** How loud the audio is, 50 times a second: what a waveform is drawn from. */
export class Peaks {
  /** From 0 to 1. */
  readonly values: number[] = [];
  private readonly size: number;
  private filled = 0;
  private loudest = 0;

  constructor(rate: number) {
    this.size = Math.round(rate / PEAKS_PER_SECOND);
  }

  append(samples: Int16Array): void {
    for (const sample of samples) {
      this.loudest = Math.max(this.loudest, Math.abs(sample));
      if (++this.filled < this.size) continue;
      this.values.push(this.loudest / 32_768);
      this.filled = 0;
      this.loudest = 0;
    }
  }

  /** `count` bars for `seconds`; those that have not come are 0. */
  bars(count: number, seconds: number): number[] {
    const perBar = (seconds * PEAKS_PER_SECOND) / count;
    return Array.from({ length: count }, (_, bar) => {
      const [from, to] = [
        Math.floor(bar * perBar),
        Math.max(Math.floor((bar + 1) * perBar), Math.floor(bar * perBar) + 1),
      ];
      let loudest = 0;
      for (let i = from; i < to; i++) loudest = Math.max(loudest, this.values[i] ?? 0);
      return loudest;
    });
  }
}
