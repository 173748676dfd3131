/**
 * The Fish engine on whatever runtime runs this file, against the fake origin at argv[2]. Prints one JSON object;
 * `fish-runtimes.test.ts` runs it and judges.
 */

import { SpeechFailure } from '../../../src/core/errors.ts';
import { defaultSampling, type SpeechRequest } from '../../../src/core/request.ts';
import { createPool } from '../../../src/engine/upstreams.ts';
import { createMemoryLeases } from '../../../src/state/memory.ts';
import { ClientGone } from '../../../src/stream/cancel.ts';
import { realClock } from '../../stream/fake-clock.ts';

const url = process.argv[2] ?? '';
const engine = createPool(
  {
    upstreams: [{ kind: 'fish', url, key: '', slots: 10, weight: 1, drain: false }],
    leases: createMemoryLeases(realClock),
    maxPending: 10,
    deadlineMs: 30_000,
    retries: 0,
    breaker: { failures: 1000, pauseMs: 10_000 },
  },
  { fetch, clock: realClock },
);

interface Seen {
  requests: { leftAt?: number; path: string }[];
  openSockets: number;
}

const seen = async (): Promise<Seen> => (await (await fetch(`${url}/__seen`)).json()) as Seen;

/** Polls until `check` holds, twenty seconds at most. */
async function holds(check: (seen: Seen) => boolean): Promise<boolean> {
  for (const end = performance.now() + 20_000; performance.now() < end; ) {
    if (check(await seen())) return true;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return false;
}

const say = (text: string, whole = false): SpeechRequest => ({
  text,
  speed: 1,
  references: [],
  sampling: defaultSampling,
  whole,
});

const nameOf = (error: unknown): string => {
  if (error instanceof SpeechFailure) return error.error.code;
  return error instanceof ClientGone ? 'client_gone' : `unexpected: ${error}`;
};

async function countBytes(text: string, whole = false): Promise<object> {
  const speech = await engine.open(say(text, whole), new AbortController().signal);
  const bytes = await new Response(speech.body).arrayBuffer();
  return { bytes: bytes.byteLength, length: speech.length ?? null, rate: speech.rate };
}

async function failureOf(work: () => Promise<unknown>): Promise<string> {
  return work().then(() => 'no failure', nameOf);
}

const lastLeft = (state: Seen): boolean =>
  state.requests.filter(({ path }) => path === '/v1/tts').at(-1)?.leftAt !== undefined;

async function leaveBeforeFirstByte(): Promise<object> {
  const before = (await seen()).requests.filter(({ path }) => path === '/v1/tts').length;
  const client = new AbortController();
  const opening = engine.open(say('[[silent]] Hello'), client.signal);
  const failure = failureOf(() => opening);
  await holds((state) => state.requests.filter(({ path }) => path === '/v1/tts').length > before);
  client.abort();
  return { failure: await failure, freed: await holds(lastLeft) };
}

async function leaveMidStream(): Promise<object> {
  const text = '[[chunkBytes=4000]] [[chunkMs=20]] [[bodyBytes=4000000]] Hello';
  const speech = await engine.open(say(text), new AbortController().signal);
  const reader = speech.body.getReader();
  await reader.read();
  await reader.cancel('left');
  return { freed: await holds(lastLeft) };
}

const dying = '[[chunkBytes=5000]] [[chunkMs=5]] [[dieAfterBytes=20000]] Hello there';
const report = {
  streamed: await countBytes('Hello there'),
  whole: await countBytes('Hello there', true),
  odd: await countBytes('[[chunkBytes=1001]] [[chunkMs=1]] Hello there'),
  refused: await failureOf(() => countBytes('[[status=500]] Hello')),
  engineFails: await failureOf(() => countBytes('[[engineFails]] Hello')),
  diesMidBody: await failureOf(() => countBytes(dying)),
  diesMidWav: await failureOf(() => countBytes(dying, true)),
  before: await leaveBeforeFirstByte(),
  mid: await leaveMidStream(),
};
console.log(JSON.stringify(report));
