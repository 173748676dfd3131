import { setTimeout as sleep } from 'node:timers/promises';
import { textsOf } from '../texts.ts';
import { type Heard, listen } from './listener.ts';
import { secondsPerWord } from './paced-origins.ts';

/** One request of one client. */
export interface Visit {
  /** Of the request, and so of every job that an origin does for it. */
  readonly seed: number;
  /** It was going to leave before the end. */
  readonly leaves: boolean;
  readonly heard: Heard;
}

export interface Crowd {
  readonly clients: number;
  /** Nobody begins a request later than that. */
  readonly seconds: number;
}

/** Words of one request: about seven seconds of speech. */
const leastWords = 20;
/** One request in so many is left before its end: an interrupted agent, a page that is closed. */
const leaverEvery = 4;
/** It is left within this share of its length: later, the origins have done all of it. */
const leftBy = 0.4;
const longestRetryMs = 10_000;
/** Of listening and silence. */
const roundMs = 16_000;
const msPerSecond = 1000;
/** Seeds are signed numbers of 32 bits. */
const requestsPerClient = 10_000;

const sentences: readonly string[] = textsOf(300).flatMap((text) => text.split(/(?<=[.?!]) /));

/**
 * Each client asks, listens until all it got has been played, is quiet for as long as that took, and asks again. Told to
 * come back later it does, within reason. Together they begin within the first round.
 */
export async function runCrowd(url: string, { clients, seconds }: Crowd): Promise<readonly Visit[]> {
  const visits: Visit[] = [];
  const end = performance.now() + seconds * msPerSecond;
  const one = async (client: number): Promise<void> => {
    const random = createRandom(client + 1);
    if (clients > 1) await sleep(random() * Math.min(roundMs, seconds * msPerSecond));
    for (let request = 1; performance.now() < end; request++) {
      const began = performance.now();
      const text = someText(random);
      const seed = client * requestsPerClient + request;
      const leaves = random() * leaverEvery < 1;
      const lasts = text.split(' ').length * secondsPerWord * msPerSecond;
      const leaveAfterMs = leaves ? random() * leftBy * lasts : undefined;
      const heard = await listen(url, { text, seed }, { leaveAfterMs });
      visits.push({ seed, leaves, heard });
      const retryMs = Number(heard.headers['retry-after'] ?? 1) * msPerSecond;
      const isRefused = heard.audioSeconds === 0 && !leaves;
      const playedUntil = Math.max(heard.playedUntil, performance.now());
      const pauseMs = isRefused
        ? Math.min(retryMs, longestRetryMs)
        : 2 * playedUntil - began - performance.now();
      await sleep(Math.max(0, Math.min(pauseMs, end - performance.now())));
    }
  };
  await Promise.all(Array.from({ length: clients }, (_, client) => one(client)));
  return visits;
}

/** Whole sentences in a row, from anywhere. */
function someText(random: () => number): string {
  const from = Math.floor(random() * sentences.length);
  const said: string[] = [];
  for (let at = from, words = 0; words < leastWords; at++) {
    const sentence = sentences[at % sentences.length] ?? '';
    said.push(sentence);
    words += sentence.split(' ').length;
  }
  return said.join(' ');
}

/** 0..1, the same at each run (mulberry32, Tommy Ettinger). */
function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
