/** Brings a microphone to a lower rate: each sample is the mean of those that it stands for. Good enough for what recognises speech. */
export class Resampler {
  private readonly rate: number;
  private sum = 0;
  private count = 0;
  private phase = 0;

  constructor(rate: number) {
    this.rate = rate;
  }

  take(samples: Float32Array, from: number): Int16Array<ArrayBuffer> {
    const result: number[] = [];
    for (const sample of samples) {
      this.sum += sample;
      this.count++;
      this.phase += this.rate;
      if (this.phase < from) continue;
      this.phase -= from;
      result.push(Math.round(Math.max(-1, Math.min(1, this.sum / this.count)) * 32_767));
      this.sum = 0;
      this.count = 0;
    }
    return new Int16Array(result);
  }
}
