/** What a worklet's scope has, and the types of pages lack (Web Audio API, section 1.32). */
declare const sampleRate: number;
declare function registerProcessor(name: string, processor: unknown): void;
declare const AudioWorkletProcessor: new () => { readonly port: MessagePort };

const MESSAGES_PER_SECOND = 50;

/** Hands on what the microphone hears, in pieces that are worth a message. */
class MicrophoneProcessor extends AudioWorkletProcessor {
  private piece = new Float32Array(Math.round(sampleRate / MESSAGES_PER_SECOND));
  private filled = 0;

  process([input]: readonly (readonly Float32Array[])[]): boolean {
    for (const sample of input?.[0] ?? []) {
      this.piece[this.filled++] = sample;
      if (this.filled < this.piece.length) continue;
      const full = this.piece;
      this.piece = new Float32Array(full.length);
      this.filled = 0;
      this.port.postMessage(full, [full.buffer]);
    }
    return true;
  }
}

registerProcessor('microphone', MicrophoneProcessor);
