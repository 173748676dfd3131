import type { Listener, Listening, ListeningEvent } from '../../core/conversation.ts';
import type { SpeechError } from '../../core/errors.ts';
import { toBytes } from '../../http/audio-bytes.ts';
import { createLineInput, type LineAudio, lineBytesPerSecond } from '../../speech/line-audio.ts';
import { EventRefused } from './event-error.ts';
import { newId } from './item.ts';
import type { SessionSettings } from './session-settings.ts';

/** What a client commits at least, as OpenAI has it. */
const MIN_COMMIT_MS = 100;
const MS_PER_SECOND = 1000;

/** One turn of the user: an item of the conversation once it is committed. */
export interface Turn {
  readonly itemId: string;
  startMs: number;
  endMs: number;
  /** The item exists. */
  isCommitted: boolean;
  /** Its client said that it was over. */
  byClient: boolean;
  /** Its text comes, whatever is cleared. */
  isStopped: boolean;
  /** As much of its text as the client was told while it was still being heard. */
  told: string;
}

/** Told of what is heard. Times are milliseconds of audio since the first of it. */
export interface InputEvents {
  speechStarted(turn: Turn): void;
  speechStopped(turn: Turn): void;
  /** A short silence: this may be all of the turn. */
  paused(turn: Turn, text: string): void;
  /** It was not. */
  resumed(): void;
  committed(turn: Turn): void;
  /** More of the text, which will not change any more. */
  transcribing(turn: Turn, delta: string): void;
  transcribed(turn: Turn, text: string): void;
  failed(turn: Turn, error: SpeechError): void;
}

interface InputOptions {
  /** Undefined: this server listens to nobody. */
  readonly listening: Listening | undefined;
  /** The module of `Ports.wasm` that resamples. */
  readonly resample: WebAssembly.Module;
  readonly events: InputEvents;
}

/** The microphone of a session: what its client appends is listened to, and cut into turns. */
export class InputAudio {
  readonly #options: InputOptions;
  #settings: SessionSettings;
  #listener: Listener | undefined;
  #line: LineAudio | undefined;
  /** By the numbers of the listener. */
  readonly #turns = new Map<number, Turn>();
  /** Committed by the client before the listener told anything of them, in their order. */
  readonly #unnumbered: Turn[] = [];
  /** Bytes since the last turn that the client ended. */
  #bytes = 0;
  /** The client knows that nobody listens, until it changes something: a microphone would be told fifty times a second. */
  #isRefused = false;

  constructor(settings: SessionSettings, options: InputOptions) {
    this.#settings = settings;
    this.#options = options;
  }

  /** @throws EventRefused, or SpeechFailure where it comes too fast */
  append(audio: string): void {
    const { inputFormat } = this.#settings;
    const bytes = toBytes(audio);
    if (!bytes || (inputFormat === 'pcm' && bytes.length % 2 === 1)) {
      const message = 'audio must be base64 of whole samples in the format of the session.';
      throw new EventRefused('invalid_audio', message, 'audio');
    }
    const listener = this.#listen();
    if (!listener || bytes.length === 0) return;
    this.#line ??= createLineInput(inputFormat, this.#options.resample);
    const pcm = this.#line.push(bytes);
    if (pcm.length > 0) listener.push(pcm);
    this.#bytes += bytes.length;
  }

  /** @throws EventRefused when there is nothing that could be a turn */
  commit(): void {
    const ms = (this.#bytes / lineBytesPerSecond(this.#settings.inputFormat)) * MS_PER_SECOND;
    const open = this.#openTurn();
    const isManual = !this.#settings.turnDetection;
    if (!this.#listener || (isManual ? ms < MIN_COMMIT_MS : !open)) {
      const message = isManual
        ? `Expected at least ${MIN_COMMIT_MS}ms of audio, but the buffer has ${ms.toFixed(2)}ms.`
        : 'No speech was heard; with turn detection the server commits by itself.';
      throw new EventRefused('input_audio_buffer_commit_empty', message);
    }
    const heard = this.#listener.heardMs();
    const turn = open ?? createTurn(heard - ms);
    turn.endMs = isManual ? turn.startMs + ms : heard; // the last samples are still being resampled
    turn.byClient = true;
    if (!open) this.#unnumbered.push(turn);
    this.#commit(turn);
    this.#listener.commit();
  }

  /** Forgets what was heard and is no turn yet: of what was committed before the listener came to its end no text comes. */
  clear(): void {
    this.#listener?.clear();
    const lost = this.#unnumbered.splice(0);
    for (const [number, turn] of this.#turns) {
      if (turn.isStopped) continue;
      this.#turns.delete(number);
      if (turn.isCommitted) lost.push(turn);
    }
    for (const turn of lost) this.#options.events.transcribed(turn, '');
    this.#bytes = 0;
    this.#isRefused = false;
  }

  /** @throws SpeechFailure where the recogniser does not know the language, and changes nothing */
  change(settings: SessionSettings): void {
    const { inputFormat, turnDetection, transcription } = this.#settings;
    if (settings.turnDetection !== turnDetection || settings.transcription !== transcription)
      this.#listener?.change(listeningSettings(settings));
    if (settings.inputFormat !== inputFormat) {
      this.#line?.close();
      this.#line = undefined;
    }
    this.#settings = settings;
    this.#isRefused = false;
  }

  close(): void {
    this.#listener?.close();
    this.#line?.close();
    this.#listener = undefined;
    this.#line = undefined;
  }

  #listen(): Listener | undefined {
    if (this.#listener || this.#isRefused) return this.#listener;
    this.#isRefused = true;
    const { listening } = this.#options;
    if (!listening)
      throw new EventRefused('not_supported', 'This server listens to no speech; text is answered.');
    this.#listener = listening.open({
      ...listeningSettings(this.#settings),
      partials: this.#settings.transcription !== null,
      onEvent: (event) => this.#hear(event),
    });
    this.#isRefused = false;
    return this.#listener;
  }

  #hear(event: ListeningEvent): void {
    const { events } = this.#options;
    const turn = this.#turnOf(event.turn);
    switch (event.kind) {
      case 'started':
        turn.startMs = event.atMs;
        if (this.#settings.turnDetection && !turn.isCommitted) events.speechStarted(turn);
        break;
      case 'partial':
        this.#tell(turn, event.text.slice(0, event.stableLength));
        break;
      case 'paused':
        if (!turn.isCommitted) events.paused(turn, event.text);
        break;
      case 'resumed':
        events.resumed();
        break;
      case 'stopped':
        turn.isStopped = true;
        if (turn.isCommitted) break; // by the client
        turn.endMs = event.atMs;
        this.#bytes = 0;
        if (this.#settings.turnDetection) events.speechStopped(turn);
        this.#commit(turn);
        break;
      case 'final':
        this.#commit(turn);
        this.#tell(turn, event.text);
        this.#turns.delete(event.turn);
        events.transcribed(turn, event.text);
        break;
      case 'failed':
        this.#commit(turn);
        this.#turns.delete(event.turn);
        events.failed(turn, event.error);
        break;
    }
  }

  #turnOf(number: number): Turn {
    const known = this.#turns.get(number);
    if (known) return known;
    const turn = this.#unnumbered.shift() ?? createTurn(this.#listener?.heardMs() ?? 0);
    this.#turns.set(number, turn);
    return turn;
  }

  #openTurn(): Turn | undefined {
    return [...this.#turns.values()].find(({ isCommitted }) => !isCommitted);
  }

  #commit(turn: Turn): void {
    if (turn.isCommitted) return;
    turn.isCommitted = true;
    this.#bytes = 0;
    this.#options.events.committed(turn);
  }

  /** Tells what of `text` is new, where it goes on as it was told before. */
  #tell(turn: Turn, text: string): void {
    if (!text.startsWith(turn.told) || text.length === turn.told.length) return;
    const delta = text.slice(turn.told.length);
    turn.told = text;
    this.#options.events.transcribing(turn, delta);
  }
}

function createTurn(startMs: number): Turn {
  return {
    itemId: newId('item'),
    startMs,
    endMs: startMs,
    isCommitted: false,
    byClient: false,
    isStopped: false,
    told: '',
  };
}

function listeningSettings({
  turnDetection,
  transcription,
}: SessionSettings): Parameters<Listener['change']>[0] {
  const earlyTexts = turnDetection?.createResponse ? turnDetection.earlyTexts : 0;
  return {
    turnDetection: turnDetection ? { ...turnDetection, earlyTexts } : undefined,
    language: transcription?.language,
  };
}
