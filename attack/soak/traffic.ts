import { setTimeout as sleep } from 'node:timers/promises';
import { encode } from '@msgpack/msgpack';
import { LiveClient } from '../../test/conformance/suites/live-client.ts';
import { referenceAudio } from '../../test/reference-audio.ts';
import type { Client, Reply } from '../client.ts';
import { closedWithin, start } from '../live.ts';
import { bearer } from '../servers.ts';
import { badKinds } from './bad.ts';

/** Pauses of a client between two requests. */
const pauseMs = { least: 50, most: 250 } as const;
const badShare = 0.1;
const sessionDeadlineMs = 30_000;
const shownChars = 120;

type Outcome = 'served' | 'refused' | 'failed' | 'bad';

export interface Done {
  readonly kind: string;
  readonly outcome: Outcome;
  /** Why it failed, or what a bad request got. */
  readonly got: string;
}

/** What a client needs to act. */
export interface Actor {
  readonly url: string;
  readonly client: Client;
  readonly headers: Readonly<Record<string, string>>;
  /** No two texts are alike, but those that are meant to be. */
  readonly number: number;
  /** From 0 to below 1. */
  random(): number;
}

type Act = (actor: Actor) => Promise<Reply>;

const words =
  'the quiet harbour was full of small boats and nobody on the pier said a word until morning came'.split(
    ' ',
  );

function sentence({ random, number }: Actor): string {
  const length = 4 + Math.floor(random() * 12);
  const chosen = Array.from({ length }, () => words[Math.floor(random() * words.length)]);
  return `Number ${number}: ${chosen.join(' ')}. And so it went on.`;
}

function post(actor: Actor, path: string, body: object, leaveAfter = Infinity): Promise<Reply> {
  return actor.client.json(path, body, { headers: actor.headers, leaveAfter });
}

/** What honest clients ask for, by how often. */
const honestKinds: readonly (readonly [kind: string, weight: number, act: Act])[] = [
  ['tts streamed', 6, (actor) => post(actor, '/v1/tts', { text: sentence(actor), streaming: true })],
  ['tts whole', 3, (actor) => post(actor, '/v1/tts', { text: sentence(actor), format: 'mp3' })],
  ['tts msgpack', 2, msgpack],
  ['tts with a reference', 1, reference],
  ['speech mp3', 4, (actor) => post(actor, '/v1/audio/speech', { input: sentence(actor) })],
  [
    'speech faster',
    1,
    (actor) =>
      post(actor, '/v1/audio/speech', { input: sentence(actor), speed: 1.4, response_format: 'opus' }),
  ],
  [
    'speech again',
    2,
    (actor) =>
      post(actor, '/v1/audio/speech', { input: 'The same words, over and over.', response_format: 'flac' }),
  ],
  [
    'speech events',
    1,
    (actor) =>
      post(actor, '/v1/audio/speech', { input: sentence(actor), stream_format: 'sse', timestamps: true }),
  ],
  ['captions', 1, captions],
  ['signed address', 1, address],
  ['query', 1, ({ client, headers, number }) => client.ask(`/tts/stream?text=Number+${number}`, { headers })],
  ['leaver', 2, (actor) => post(actor, '/v1/tts', { text: sentence(actor), streaming: true }, 1)],
  ['health', 2, ({ client }) => client.ask('/v1/health')],
  ['voices', 1, ({ client, headers }) => client.ask('/v1/voices', { headers })],
  ['models', 1, ({ client, headers }) => client.ask('/v1/models', { headers })],
];
const socketWeight = 2;
const allWeights = honestKinds.reduce((sum, [, weight]) => sum + weight, socketWeight);

function msgpack(actor: Actor): Promise<Reply> {
  const headers = { ...actor.headers, 'content-type': 'application/msgpack' };
  return actor.client.ask('/v1/tts', {
    method: 'POST',
    headers,
    body: encode({ text: sentence(actor), seed: 7 }),
  });
}

function reference(actor: Actor): Promise<Reply> {
  const headers = { ...actor.headers, 'content-type': 'application/msgpack' };
  const references = [{ audio: referenceAudio(1), text: 'A voice.' }];
  return actor.client.ask('/v1/tts', {
    method: 'POST',
    headers,
    body: encode({ text: sentence(actor), references }),
  });
}

/** Speech, and then its captions. */
async function captions(actor: Actor): Promise<Reply> {
  const spoken = await post(actor, '/v1/audio/speech', { input: sentence(actor), response_format: 'pcm' });
  const id = spoken.headers['x-speech-id'];
  if (spoken.status !== 200 || typeof id !== 'string') return spoken;
  return actor.client.ask(`/v1/audio/speech/${id}.srt`, { headers: actor.headers });
}

async function address(actor: Actor): Promise<Reply> {
  const signed = await post(actor, '/v1/audio/speech/url', { input: sentence(actor) });
  if (signed.status !== 200) return signed;
  const { pathname, search } = new URL((JSON.parse(signed.text) as { url: string }).url);
  return actor.client.ask(pathname + search);
}

/** A session of three sentences, which must end as it was asked to. */
async function socket(actor: Actor): Promise<Done> {
  const kind = 'socket';
  try {
    const session = await LiveClient.open(actor.url, actor.headers);
    start(session);
    for (let index = 0; index < 3; index++) session.say(`${sentence(actor)} `);
    session.send({ event: 'stop' });
    const isOver = (): boolean => session.messages.some(({ event }) => event === 'finish');
    for (let waited = 0; !isOver() && waited < sessionDeadlineMs; waited += 50)
      await closedWithin(session, 50);
    session.socket.close();
    const code = await closedWithin(session, sessionDeadlineMs);
    const last = session.messages.at(-1);
    const isServed = last?.reason === 'stop' && session.audio.length > 0;
    return {
      kind,
      outcome: isServed ? 'served' : 'failed',
      got: `closed with ${code}, ${last?.message ?? last?.reason}`,
    };
  } catch (error) {
    const refused = /response: (503|429)/.test(String(error));
    return { kind, outcome: refused ? 'refused' : 'failed', got: String(error).slice(0, shownChars) };
  }
}

function judge(kind: string, reply: Reply): Done {
  const { status, end, headers, text } = reply;
  if (status === 200 && (end === 'whole' || end === 'left')) return { kind, outcome: 'served', got: '200' };
  const isHonest = (status === 503 || status === 429) && 'retry-after' in headers;
  const got = status === 200 ? `200 ${end}` : `${status || end} ${text.slice(0, shownChars)}`;
  return { kind, outcome: isHonest ? 'refused' : 'failed', got };
}

function pick(random: () => number): (actor: Actor) => Promise<Done> {
  let at = random() * allWeights;
  for (const [kind, weight, act] of honestKinds) {
    at -= weight;
    if (at < 0) return async (actor) => judge(kind, await act(actor));
  }
  return socket;
}

async function misbehave(actor: Actor): Promise<Done> {
  const names = Object.keys(badKinds);
  const kind = names[Math.floor(actor.random() * names.length)] ?? '';
  const got = await (badKinds[kind]?.(actor) ?? Promise.resolve('nothing'));
  return { kind, outcome: 'bad', got };
}

/** A client that asks until `over`: honestly, but for a tenth of the time. */
export async function visit(
  parts: { readonly url: string; readonly client: Client; readonly key: string; readonly seed: number },
  over: AbortSignal,
  tell: (done: Done) => void,
): Promise<void> {
  const random = mulberry32(parts.seed);
  for (let turn = 0; !over.aborted; turn++) {
    const actor: Actor = {
      url: parts.url,
      client: parts.client,
      headers: bearer(parts.key),
      number: parts.seed * 1_000_000 + turn,
      random,
    };
    const isBad = random() < badShare;
    tell(isBad ? await misbehave(actor) : await pick(random)(actor));
    await sleep(pauseMs.least + random() * (pauseMs.most - pauseMs.least));
  }
}

/** The same traffic each time: Tommy Ettinger's generator (public domain). */
function mulberry32(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
