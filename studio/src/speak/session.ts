import { signal } from '@preact/signals';
import { Failure, isAbort } from '../api/server.ts';
import { type Asked, RATE, speechEvents } from '../api/speech.ts';
import { Peaks } from '../audio/peaks.ts';
import { Player } from '../audio/player.ts';
import { explain } from '../i18n/failures.ts';
import { t } from '../i18n/i18n.ts';
import { remember } from '../server/history.ts';
import { Follower, type HeardWord } from '../text/follow.ts';
import { cutText } from '../text/pieces.ts';

/** Characters of one request: below what servers take at once (`limits.max_input_length`). */
const MAX_PIECE = 3500;

export interface Figures {
  /** Milliseconds from the click to the first sound. */
  readonly firstAudio: number;
  /** Milliseconds from the first byte that came to the first sound. */
  readonly ownDelay: number;
  /** How often the listener had to wait since. */
  readonly gaps: number;
  readonly realTimeFactor: number | undefined;
  readonly seconds: number;
}

/** A part of what was said, as the server knows it by. */
export interface SpokenPart {
  readonly id: string;
  /** Seconds at which it begins. */
  readonly start: number;
}

/** One speech: what was asked, what came, and how it is played. */
export class Speech {
  readonly phase = signal<'waiting' | 'speaking' | 'whole' | 'stopped' | 'failed'>('waiting');
  readonly isPlaying = signal(true);
  readonly failure = signal('');
  readonly words = signal<readonly HeardWord[]>([]);
  readonly figures = signal<Figures | undefined>(undefined);
  readonly peaks = new Peaks(RATE);
  readonly parts: SpokenPart[] = [];
  readonly player: Player;
  private readonly leaving = new AbortController();
  private readonly started = performance.now();
  private waited = 0;

  readonly text: string;
  readonly asked: Asked;

  constructor(text: string, asked: Asked) {
    this.text = text;
    this.asked = asked;
    this.player = new Player(() => {
      this.isPlaying.value = false;
    });
    void this.make();
  }

  /** Seconds of audio so far. */
  get seconds(): number {
    return this.player.length / RATE;
  }

  get isBeingMade(): boolean {
    return this.phase.value === 'waiting' || this.phase.value === 'speaking';
  }

  /** Silent at once, and the server stops too. */
  stop(): void {
    this.leaving.abort();
    this.player.stop();
    this.isPlaying.value = false;
    if (this.isBeingMade) this.phase.value = 'stopped';
  }

  toggle(): void {
    if (this.isPlaying.value) this.player.pause();
    else this.player.play();
    this.isPlaying.value = !this.isPlaying.value;
  }

  seek(seconds: number): void {
    this.player.seek(seconds * RATE);
    if (this.isPlaying.value) return;
    this.player.play();
    this.isPlaying.value = true;
  }

  private async make(): Promise<void> {
    try {
      for (const piece of cutText(this.text, MAX_PIECE)) await this.say(piece.text, piece.from);
      this.phase.value = 'whole';
    } catch (error) {
      if (isAbort(error)) return;
      const isCut =
        this.seconds > 0 && error instanceof Failure && ['unreachable', 'broken'].includes(error.kind);
      this.failure.value = isCut ? t('failCut') : explain(error);
      this.phase.value = 'failed';
    }
    this.player.complete();
    if (this.player.length === 0) this.isPlaying.value = false;
    this.tell();
    const { firstAudio, realTimeFactor } = this.figures.value ?? {};
    remember({ firstAudio, realTimeFactor, isGood: this.phase.value === 'whole' });
  }

  private async say(text: string, from: number): Promise<void> {
    const begun = performance.now();
    const start = this.seconds;
    const follower = new Follower(this.text, from, start);
    for await (const event of speechEvents(text, this.asked, this.leaving.signal)) {
      if (event.kind === 'begun') this.parts.push({ id: event.id, start });
      if (event.kind === 'times') {
        const heard = event.segments.flatMap(({ words }) =>
          words.flatMap((word) => follower.find(word) ?? []),
        );
        this.words.value = [...this.words.value, ...heard];
      }
      if (event.kind === 'audio') this.hear(event.samples);
    }
    this.waited += performance.now() - begun;
  }

  private hear(samples: Int16Array<ArrayBuffer>): void {
    const came = performance.now();
    this.peaks.append(samples);
    this.player.append(samples);
    if (this.phase.value !== 'waiting') {
      this.tell();
      return;
    }
    this.phase.value = 'speaking';
    const heard = came + this.player.delay();
    this.figures.value = {
      firstAudio: heard - this.started,
      ownDelay: heard - came,
      gaps: 0,
      realTimeFactor: undefined,
      seconds: this.seconds,
    };
  }

  private tell(): void {
    const { value } = this.figures;
    if (!value) return;
    const isWhole = this.phase.value === 'whole';
    const realTimeFactor = isWhole ? this.waited / 1000 / this.seconds : undefined;
    const { gaps } = this.player;
    this.figures.value = { ...value, gaps, seconds: this.seconds, realTimeFactor };
  }
}

/** The speech that the page is about. */
export const current = signal<Speech | undefined>(undefined);

export function speak(text: string, asked: Asked): void {
  current.value?.stop();
  current.value = new Speech(text, asked);
}

/** Back to writing. */
export function leave(): void {
  current.value?.stop();
  current.value = undefined;
}
