import { openSound } from '../audio/decode/open.ts';
import { type DecodeOutside, Undecodable } from '../audio/decode/sound.ts';
import { createResampler } from '../audio/dsp/resample.ts';
import { toInt16 } from '../audio/pcm.ts';
import type { LoadFile, Ort } from '../engine/onnx/families/family.ts';
import { type Cut, Cutter } from './cutter.ts';
import { loadMoonshine, type SpeechModel } from './moonshine.ts';
import type { FromRecognizer, RecognizerFailure, Step, ToRecognizer } from './protocol.ts';
import { RECOGNIZER_RATE, type Recording } from './recognizer.ts';
import { loadSilero, type SpeechDetector } from './silero.ts';

/** What a recogniser worker needs of its thread. */
export interface RecognizerWorkerHost {
  post(message: FromRecognizer): void;
  readonly loadFile: LoadFile;
  readonly loadWasm: LoadWasm;
  readonly decodeOutside: DecodeOutside;
  readonly openOrt: (threads: number) => Promise<Ort>;
}

interface Job {
  readonly decoding: Decoding;
  readonly cutter: Cutter;
  readonly cuts: Cut[];
  isDecoded: boolean;
  pieces: number;
}

type Call = Extract<ToRecognizer, { call: number }>;
type JobCall = Extract<Call, { job: number }>;

class Unloadable extends Error {}
class TooLong extends Error {}

/** Pieces of a turn that may be written by a draft. */
const MAX_DRAFTS = 16;
/** So much is decoded before somebody else's turn comes, if nothing is said in it. */
const MAX_STEP = 60 * RECOGNIZER_RATE;

/**
 * Listens for the recogniser at the other end, one piece at a time, first come first served but for who waits: jobs take turns. Decoding is
 * done as it goes, so that a job holds its file and half a minute of samples, never the whole recording. Nothing here
 * names a runtime.
 */
export class RecognizerWorker {
  readonly #host: RecognizerWorkerHost;
  readonly #jobs = new Map<number, Job>();
  /** Opened and not closed yet: stops what is done for them outside. */
  readonly #wanted = new Map<number, AbortController>();
  readonly #live = new Set<number>();
  readonly #queue: Call[] = [];
  /** Of the last that was live, piece by piece: a microphone is written down again and again while its turn grows. */
  readonly #drafts: (readonly number[])[] = [];
  #maxSamples = Number.POSITIVE_INFINITY;
  #outside: DecodeOutside | undefined;
  #threads = 1;
  #working = false;
  #model: SpeechModel | undefined;
  #detector: SpeechDetector | undefined;

  constructor(host: RecognizerWorkerHost) {
    this.#host = host;
  }

  take(message: ToRecognizer): void {
    if (message.kind === 'hear-setup') {
      this.#threads = message.threads;
      this.#maxSamples = message.maxSeconds * RECOGNIZER_RATE;
      this.#outside = message.outside ? this.#host.decodeOutside : undefined;
      return;
    }
    if (message.kind === 'hear-close') {
      const pieces = this.#jobs.get(message.job)?.pieces ?? 0;
      this.#end(message.job);
      this.#host.post({ kind: 'closed', job: message.job, pieces });
      return;
    }
    if (message.kind === 'hear-open') {
      this.#wanted.set(message.job, new AbortController());
      if (message.priority === 'live') this.#live.add(message.job);
    }
    this.#queue.push(message);
    if (!this.#working) void this.#work();
  }

  async #work(): Promise<void> {
    this.#working = true;
    for (let call = this.#take(); call; call = this.#take()) {
      if (call.kind === 'hear-speech') await this.#detect(call);
      else if (this.#wanted.has(call.job)) await this.#answer(call);
      await letMessagesIn();
    }
    this.#working = false;
  }

  /** The first of those that somebody waits for, else the first. */
  #take(): Call | undefined {
    const live = this.#queue.findIndex((call) => 'job' in call && this.#live.has(call.job));
    return this.#queue.splice(Math.max(0, live), 1)[0];
  }

  async #detect({ call, files, samples, state }: Extract<Call, { kind: 'hear-speech' }>): Promise<void> {
    try {
      this.#detector ??= await this.#loadDetector(files);
      this.#host.post({ kind: 'detected', call, ...(await this.#detector.detect(samples, state)) });
    } catch (error) {
      this.#host.post({ kind: 'failed', call, failure: describe(error) });
      if (error instanceof WebAssembly.RuntimeError) throw error;
    }
  }

  async #loadDetector(files: Readonly<Record<string, string>>): Promise<SpeechDetector> {
    try {
      return await loadSilero(files, this.#host.loadFile, await this.#host.openOrt(this.#threads));
    } catch (error) {
      throw new Unloadable(String(error), { cause: error });
    }
  }

  async #answer(call: JobCall): Promise<void> {
    try {
      const step = call.kind === 'hear-open' ? await this.#open(call) : await this.#next(call.job);
      if (step.last) this.#end(call.job);
      this.#host.post({ kind: 'heard', call: call.call, step });
    } catch (error) {
      this.#end(call.job);
      this.#host.post({ kind: 'failed', call: call.call, failure: describe(error) });
      // After a trap the WebAssembly instance cannot be trusted nor replaced: the worker dies of it.
      if (error instanceof WebAssembly.RuntimeError) throw error;
    }
  }

  async #open({ job, files, recording }: Extract<Call, { kind: 'hear-open' }>): Promise<Step> {
    const { loadFile, loadWasm, openOrt } = this.#host;
    const signal = this.#wanted.get(job)?.signal ?? AbortSignal.abort();
    const decoding = await openRecording(recording, { loadWasm, outside: this.#outside }, signal);
    if ((decoding.seconds ?? 0) * RECOGNIZER_RATE > this.#maxSamples) throw new TooLong();
    try {
      this.#model ??= await loadMoonshine(files, loadFile, await openOrt(this.#threads));
    } catch (error) {
      throw new Unloadable(String(error), { cause: error });
    }
    if (signal.aborted) throw new Error('The job was closed.');
    this.#jobs.set(job, { decoding, cutter: new Cutter(), cuts: [], isDecoded: false, pieces: 0 });
    return { heard: 0, last: false };
  }

  async #next(id: number): Promise<Step> {
    const job = this.#jobs.get(id);
    if (!job || !this.#model) throw new Error('There is no such job.');
    await this.#decode(job);
    const cut = job.cuts.shift();
    const last = job.isDecoded && job.cuts.length === 0;
    if (!cut) return { heard: job.cutter.heard, last };
    const isLive = this.#live.has(id);
    const written = await this.#model.transcribe(cut.samples, isLive ? this.#drafts[job.pieces] : []);
    if (isLive && job.pieces < MAX_DRAFTS) this.#drafts[job.pieces] = written.tokens;
    job.pieces += 1;
    return { piece: { ...written, start: cut.start, end: cut.end }, heard: job.cutter.heard, last };
  }

  /** Until there is something to transcribe. */
  async #decode(job: Job): Promise<void> {
    const { decoding, cutter, cuts } = job;
    const until = cutter.heard + MAX_STEP;
    while (cuts.length === 0 && !job.isDecoded && cutter.heard < until) {
      const next = await decoding.samples.next();
      cuts.push(...(next.done ? cutter.end() : cutter.push(next.value)));
      job.isDecoded = next.done === true;
      if (cutter.heard > this.#maxSamples) throw new TooLong();
    }
  }

  /** Frees the decoder. */
  #end(id: number): void {
    this.#wanted.get(id)?.abort();
    this.#wanted.delete(id);
    this.#live.delete(id);
    const job = this.#jobs.get(id);
    this.#jobs.delete(id);
    void job?.decoding.samples.return().catch(() => {});
  }
}

function describe(error: unknown): RecognizerFailure {
  const cause = error instanceof Error ? error.cause : undefined;
  const detail = cause === undefined ? String(error) : `${String(error)} ${String(cause)}`;
  if (error instanceof Undecodable) return { reason: 'undecodable', detail };
  if (error instanceof TooLong) return { reason: 'too-long', detail };
  if (error instanceof Unloadable) return { reason: 'unloadable', detail };
  return { reason: 'broken', detail };
}

/** A turn of the event loop, so that a `hear-close` that waits is seen before the next piece. */
function letMessagesIn(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve);
  });
}

/** Gives the compiled modules that decoding needs. */
type LoadWasm = (name: 'opus' | 'resample') => Promise<WebAssembly.Module>;

/** What is left of a recording to be heard. */
interface Decoding {
  /** The whole length in seconds, where it is known. */
  readonly seconds: number | undefined;
  /** Mono at `RECOGNIZER_RATE`, as it is decoded. */
  readonly samples: AsyncGenerator<Int16Array, void, void>;
}

/** Half a second: what is handed over at once of samples that are all there. */
const CHUNK_BYTES = RECOGNIZER_RATE;

interface DecodingParts {
  readonly loadWasm: LoadWasm;
  readonly outside?: DecodeOutside | undefined;
}

/** @throws Undecodable */
async function openRecording(
  { kind, bytes }: Recording,
  { loadWasm, outside }: DecodingParts,
  signal: AbortSignal,
): Promise<Decoding> {
  if (kind === 'pcm') return { seconds: bytes.length / 2 / RECOGNIZER_RATE, samples: inChunks(bytes) };
  const { rate, seconds, pcm } = await openSound(bytes, { opus: () => loadWasm('opus'), outside }, signal);
  return { seconds, samples: resampled(pcm(), rate, await loadWasm('resample')) };
}

async function* inChunks(bytes: Uint8Array): AsyncGenerator<Int16Array, void, void> {
  for (let at = 0; at < bytes.length; at += CHUNK_BYTES) yield toInt16(bytes.subarray(at, at + CHUNK_BYTES));
}

async function* resampled(
  pcm: AsyncGenerator<Uint8Array, void, void>,
  rate: number,
  module: WebAssembly.Module,
): AsyncGenerator<Int16Array, void, void> {
  const resampler = createResampler(rate, RECOGNIZER_RATE, 1, module);
  try {
    for await (const chunk of pcm) yield toInt16(resampler.push(chunk));
    yield toInt16(resampler.end());
  } finally {
    resampler.close();
  }
}
