import {
  Agent,
  type ClientRequest,
  type IncomingHttpHeaders,
  type IncomingMessage,
  request,
} from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { wavHeaderBytes } from '../speech-client.ts';

/** What a client heard of one request. */
export interface Heard {
  /** 0 when there was no answer: the client left, or the connection broke. */
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** From the request to its answer; undefined when there was none. */
  readonly answeredMs: number | undefined;
  /** From the request to the first audio. */
  readonly firstMs: number | undefined;
  readonly audioSeconds: number;
  /** Gaps longer than what had been delivered, if it is played from its first byte on. */
  readonly underruns: number;
  /** Their length in all. */
  readonly stalledMs: number;
  /** Milliseconds, on the clock of `performance`, when the last audio that came is over. */
  readonly playedUntil: number;
  readonly end: 'finished' | 'left' | 'broken';
  /** When the client left: milliseconds of the Unix epoch. */
  readonly leftAt: number | undefined;
}

export interface ListenOptions {
  readonly agent?: Agent | undefined;
  /** Reads as it plays, and stays this far ahead: as it comes when undefined. */
  readonly aheadMs?: number | undefined;
  /** The client leaves so long after its request. */
  readonly leaveAfterMs?: number | undefined;
  /** The client leaves as soon as it hears anything. */
  readonly leaveAtFirst?: boolean | undefined;
}

export interface Asked {
  readonly text: string;
  readonly seed?: number | undefined;
}

/** Of the fake origin, where the answer does not tell. */
const usualRate = 44_100;
/** 16 bit, one channel. */
const bytesPerSample = 2;
/** Shorter gaps are covered by the buffer of any audio device. */
const audibleMs = 20;
const answerDeadlineMs = 300_000;

/** Asks for streamed WAV and plays it in mind. Rejects never: an answer that breaks is told as such. */
export async function listen(
  url: string,
  { text, seed }: Asked,
  options: ListenOptions = {},
): Promise<Heard> {
  const { agent = new Agent(), leaveAfterMs } = options;
  const payload = Buffer.from(JSON.stringify({ text, seed, streaming: true, format: 'wav' }));
  const headers = { 'content-type': 'application/json', 'content-length': payload.length };
  const began = performance.now();
  const call = request(`${url}/v1/tts`, { method: 'POST', agent, headers, timeout: answerDeadlineMs });
  call.on('timeout', () => call.destroy(new Error('no answer in time')));
  let leftAt: number | undefined;
  const leave = (): void => {
    leftAt = performance.timeOrigin + performance.now();
    call.destroy();
  };
  const leaving = leaveAfterMs === undefined ? undefined : setTimeout(leave, leaveAfterMs);
  call.end(payload);
  const player = new Player(began, options.aheadMs, options.leaveAtFirst ? leave : undefined);
  let answer: IncomingMessage | undefined;
  let answeredMs: number | undefined;
  let end: Heard['end'] = 'broken';
  try {
    answer = await answerOf(call);
    answeredMs = performance.now() - began;
    if (answer.statusCode === 200) await player.play(answer);
    else answer.resume();
    end = 'finished';
  } catch {
    if (leftAt !== undefined) end = 'left';
  } finally {
    clearTimeout(leaving);
  }
  const { statusCode: status = 0, headers: answered = {} } = answer ?? {};
  return { status, headers: answered, answeredMs, ...player.told(), end, leftAt };
}

function answerOf(call: ClientRequest): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    call.once('response', resolve);
    call.on('error', reject); // for as long as the answer lasts
  });
}

class Player {
  readonly #began: number;
  readonly #aheadMs: number | undefined;
  readonly #atFirst: (() => void) | undefined;
  #bytesPerSecond = usualRate * bytesPerSample;
  #bytes = 0;
  #firstMs: number | undefined;
  #playedUntil = 0;
  #underruns = 0;
  #stalledMs = 0;

  constructor(began: number, aheadMs: number | undefined, atFirst: (() => void) | undefined) {
    this.#began = began;
    this.#aheadMs = aheadMs;
    this.#atFirst = atFirst;
  }

  async play(answer: IncomingMessage): Promise<void> {
    const rate = Number(answer.headers['x-audio-sample-rate'] ?? usualRate);
    this.#bytesPerSecond = rate * bytesPerSample;
    for await (const chunk of answer as AsyncIterable<Buffer>) {
      const before = Math.max(0, this.#bytes - wavHeaderBytes);
      this.#bytes += chunk.length;
      this.#hear(Math.max(0, this.#bytes - wavHeaderBytes) - before);
      const ahead = this.#playedUntil - performance.now();
      if (this.#aheadMs !== undefined && ahead > this.#aheadMs) await sleep(ahead - this.#aheadMs);
    }
  }

  #hear(bytes: number): void {
    if (bytes === 0) return;
    const now = performance.now();
    if (this.#firstMs === undefined) {
      this.#firstMs = now - this.#began;
      this.#atFirst?.();
    }
    const gapMs = this.#playedUntil === 0 ? 0 : now - this.#playedUntil;
    if (gapMs > audibleMs) {
      this.#underruns += 1;
      this.#stalledMs += gapMs;
    }
    this.#playedUntil = Math.max(this.#playedUntil, now) + (bytes / this.#bytesPerSecond) * 1000;
  }

  told(): Pick<Heard, 'firstMs' | 'audioSeconds' | 'underruns' | 'stalledMs' | 'playedUntil'> {
    const audioSeconds = Math.max(0, this.#bytes - wavHeaderBytes) / this.#bytesPerSecond;
    const [firstMs, underruns, stalledMs] = [this.#firstMs, this.#underruns, this.#stalledMs];
    return { firstMs, audioSeconds, underruns, stalledMs, playedUntil: this.#playedUntil };
  }
}
