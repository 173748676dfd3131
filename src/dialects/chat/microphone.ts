import type { Listener, Listening, ListeningEvent } from '../../core/conversation.ts';
import { invalid, type SpeechError, SpeechFailure } from '../../core/errors.ts';
import type { Clock } from '../../core/ports.ts';

/** After the microphone was switched off, its last turn may still be heard to its end: then the recogniser is let go. */
const LINGER_MS = 10_000;
/** A client whose audio comes too fast is told so as often. */
const COMPLAIN_MS = 1000;

export interface MicrophoneOptions {
  readonly clock: Clock;
  readonly tell: (type: string, fields: Readonly<Record<string, unknown>>) => void;
  readonly fail: (error: SpeechError) => void;
  /** The user speaks. */
  readonly touch: () => void;
  readonly started: () => void;
  readonly recognised: (text: string) => void;
  /** The user is silent for a moment: this may be all of the turn. */
  readonly paused: (text: string) => void;
  /** It was not. */
  readonly resumed: () => void;
  /** The turn is over, and there was no word in it. */
  readonly ended: () => void;
  /** The turn is over: what the user said in it. */
  readonly said: (text: string) => void;
}

/** The microphone of a session: what is heard is told to the client while the user speaks. */
export class Microphone {
  readonly #listening: Listening | undefined;
  readonly #options: MicrophoneOptions;
  #listener: Listener | undefined;
  #isOn = false;
  #wasOn = false;
  #stable = '';
  #callOff: () => void = () => {};
  #complainedAt = Number.NEGATIVE_INFINITY;

  constructor(listening: Listening | undefined, options: MicrophoneOptions) {
    this.#listening = listening;
    this.#options = options;
  }

  /** @throws SpeechFailure where nothing listens, or too many are listened to */
  open(language: string | undefined): void {
    if (!this.#listening) {
      throw new SpeechFailure({ code: 'not_supported', message: 'This server listens to no microphone.' });
    }
    this.#callOff();
    const { turnDetection } = this.#listening;
    if (this.#listener) this.#listener.change({ turnDetection, language });
    else {
      const onEvent = (event: ListeningEvent): void => this.#take(event);
      this.#listener = this.#listening.open({ turnDetection, language, partials: true, onEvent });
    }
    this.#isOn = true;
    this.#wasOn = true;
  }

  /** What was heard until now is a turn. */
  stop(): void {
    if (!this.#isOn) return;
    this.#isOn = false;
    this.#listener?.commit();
    this.#callOff = this.#options.clock.alarm(LINGER_MS, () => this.close());
  }

  /** @throws SpeechFailure for what is no audio, or before it was opened */
  hear(pcm: Uint8Array): void {
    if (!this.#isOn || !this.#listener) {
      if (this.#wasOn) return; // on its way when listening stopped
      throw invalid('Audio came before start_listening.');
    }
    if (pcm.length % 2 !== 0)
      throw invalid('Audio must be 16-bit samples: the message has an odd number of bytes.');
    if (isWav(pcm)) throw invalid('Audio must be raw PCM at 16000 Hz, without a WAV header.');
    try {
      this.#listener.push(pcm);
    } catch (error) {
      const now = this.#options.clock.now();
      if (now - this.#complainedAt < COMPLAIN_MS) return;
      this.#complainedAt = now;
      throw error;
    }
  }

  close(): void {
    this.#callOff();
    this.#isOn = false;
    this.#listener?.close();
    this.#listener = undefined;
  }

  #take(event: ListeningEvent): void {
    const { tell, touch, started, recognised, paused, resumed, ended, said } = this.#options;
    switch (event.kind) {
      case 'started':
        touch();
        this.#stable = '';
        started();
        return;
      case 'partial': {
        touch();
        const stable = event.text.slice(0, event.stableLength);
        recognised(event.text);
        tell('stt_update', { text: event.text });
        if (stable !== this.#stable && stable !== '') tell('stt_stabilized', { text: stable });
        this.#stable = stable;
        return;
      }
      case 'paused':
        recognised(event.text);
        paused(event.text.trim());
        return;
      case 'resumed':
        resumed();
        return;
      case 'stopped':
        return;
      case 'final': {
        touch();
        const text = event.text.trim();
        if (text === '') {
          ended();
          return;
        }
        recognised(text);
        tell('stt_finished', { text }); // the protocol's name, and the shipped page's
        tell('stt_final', { text });
        try {
          said(text);
        } catch (error) {
          if (!(error instanceof SpeechFailure)) throw error;
          this.#options.fail(error.error);
        }
        return;
      }
      case 'failed':
        ended();
        this.#options.fail(event.error);
    }
  }
}

function isWav(pcm: Uint8Array): boolean {
  return pcm.length > 4 && String.fromCharCode(...pcm.subarray(0, 4)) === 'RIFF';
}
