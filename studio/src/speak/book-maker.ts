import { signal } from '@preact/signals';
import { Failure, isAbort } from '../api/server.ts';
import { type Asked, speechFile } from '../api/speech.ts';
import { chapterTag, type Mark, mp3Seconds } from '../audio/mp3.ts';
import { explain } from '../i18n/failures.ts';
import { type Chapter, chaptersOf } from '../text/chapters.ts';
import { cutText } from '../text/pieces.ts';

/** Characters of one request. */
const MAX_PIECE = 3500;
const HEAD_BYTES = 4096;
const MAX_TRIES = 10;

/** Makes one file of a long text, request by request. What is made stays through pauses and failures. */
export class BookMaker {
  readonly state = signal<'ready' | 'working' | 'paused' | 'done'>('ready');
  readonly failure = signal('');
  /** Characters that were spoken. */
  readonly done = signal(0);
  /** Seconds of audio. */
  readonly seconds = signal(0);
  readonly chapters: readonly Chapter[];
  readonly characters: number;
  private readonly pieces: readonly { readonly chapter: number; readonly text: string }[];
  private readonly files: Blob[] = [];
  /** Seconds at which each chapter begins. */
  private readonly begins: number[] = [];
  private workedMs = 0;
  private leaving = new AbortController();

  readonly text: string;

  constructor(text: string) {
    this.text = text;
    this.chapters = chaptersOf(text);
    this.pieces = this.chapters.flatMap((chapter, index) =>
      cutText(chapter.text, MAX_PIECE).map((piece) => ({ chapter: index, text: piece.text })),
    );
    this.characters = this.pieces.reduce((sum, piece) => sum + piece.text.length, 0);
  }

  /** The chapter that is spoken now, from 0. */
  get chapter(): number {
    return this.pieces[this.files.length]?.chapter ?? this.chapters.length - 1;
  }

  /** Seconds until all is made, if it goes on like this; undefined before the first part is. */
  get left(): number | undefined {
    if (this.done.value === 0) return undefined;
    return ((this.workedMs / this.done.value) * (this.characters - this.done.value)) / 1000;
  }

  async work(asked: Asked): Promise<void> {
    this.leaving = new AbortController();
    this.state.value = 'working';
    this.failure.value = '';
    try {
      for (let piece = this.pieces[this.files.length]; piece; piece = this.pieces[this.files.length]) {
        const begun = performance.now();
        const file = await this.say(piece.text, asked);
        this.begins[piece.chapter] ??= this.seconds.value;
        const head = new Uint8Array(await file.slice(0, HEAD_BYTES).arrayBuffer());
        this.files.push(file);
        this.workedMs += performance.now() - begun;
        this.seconds.value += mp3Seconds(head, file.size);
        this.done.value += piece.text.length;
      }
      this.state.value = 'done';
    } catch (error) {
      this.state.value = 'paused';
      if (!isAbort(error)) this.failure.value = explain(error);
    }
  }

  /** A server that is busy is asked again when it said. */
  private async say(text: string, asked: Asked): Promise<Blob> {
    const { signal: left } = this.leaving;
    for (let tries = 1; ; tries++) {
      try {
        return await speechFile(text, asked, 'mp3', left);
      } catch (error) {
        const isBusy = error instanceof Failure && ['busy', 'limit'].includes(error.kind);
        if (!isBusy || tries === MAX_TRIES) throw error;
        await wait(1000 * (error.retryAfter ?? tries), left);
      }
    }
  }

  /** The part that is being made is made anew later: the server stops at once. */
  pause(): void {
    this.leaving.abort();
  }

  /** What there is so far, with its chapters. */
  file(): Blob {
    const marks = this.begins.map((begin, index): Mark => {
      const end = this.begins[index + 1] ?? this.seconds.value;
      return { title: this.chapters[index]?.title ?? '', startMs: begin * 1000, endMs: end * 1000 };
    });
    const title = this.chapters[0]?.title ?? '';
    return new Blob([chapterTag(title, marks), ...this.files], { type: 'audio/mpeg' });
  }
}

/** @throws AbortError */
function wait(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', stop);
      resolve();
    }, ms);
    signal.addEventListener('abort', stop, { once: true });
  });
}
