import { setTimeout as sleep } from 'node:timers/promises';
import { encode } from '@msgpack/msgpack';
import { referenceAudio } from '../../test/reference-audio.ts';
import type { Arena, AttackCase } from '../case.ts';
import type { Asking, Reply } from '../client.ts';
import { bearer } from '../servers.ts';
import { none, open } from '../setups.ts';

const everyMs = 200;

interface Bad {
  readonly path: string;
  readonly asking: Asking;
}

function tts(fields: object, more: object = {}): Bad {
  const body = encode({ text: '[[status=500]] A bad one.', ...fields });
  return {
    path: '/v1/tts',
    asking: {
      method: 'POST',
      headers: { 'content-type': 'application/msgpack', ...bearer('greedy') },
      body,
      ...more,
    },
  };
}

/** What the real server answers 500 to although nothing is wrong with it; the marker makes the fake one do so. */
const kinds: Readonly<Record<string, (index: number) => Bad>> = {
  'a reference that is no audio': () =>
    tts({ references: [{ audio: Buffer.alloc(5000, 'no audio '), text: 'a' }] }),
  'a reference of 100 bytes': () => tts({ references: [{ audio: referenceAudio(0.0006), text: 'a' }] }),
  'a reference that is silent': () => tts({ references: [{ audio: silence(), text: 'a' }] }),
  'a reference with a cut header': () =>
    tts({ references: [{ audio: referenceAudio().subarray(0, 30), text: 'a' }] }),
  'a prompt that is too long': () =>
    tts({ references: [{ audio: referenceAudio(0.5), text: 'a '.repeat(5000) }] }),
  'a voice of 200 CJK characters': () => tts({ reference_id: '一'.repeat(200) }),
  'a stored voice that is broken': () => tts({ reference_id: 'broken' }),
  'a text that the model fails on': (index) => tts({ text: `[[status=500]] Number ${index}.` }),
};

function silence(): Uint8Array {
  const audio = referenceAudio(0.5).slice();
  return audio.fill(0, 44);
}

/** Asks for honest speech over and over until `signal`; every one must be served. */
async function honest(arena: Arena, signal: AbortSignal, replies: Reply[]): Promise<void> {
  for (let index = 0; !signal.aborted; index++) {
    const text = `An honest sentence beside them, number ${index}, ${replies.length}.`;
    const headers = bearer('honest');
    const reply = await arena.client.json('/v1/tts', { text, streaming: index % 2 === 0 }, { headers });
    replies.push(reply);
    await sleep(everyMs);
  }
}

function isServed({ status, end, headers }: Reply): boolean {
  return (
    (status === 200 && end === 'whole') || ((status === 503 || status === 429) && 'retry-after' in headers)
  );
}

export const originCases: readonly AttackCase[] = [
  {
    name: 'bad-requests',
    tries: `requests that the origin answers 500, one every ${everyMs} ms of ${Object.keys(kinds).length} kinds, while honest clients speak`,
    setup: { keys: ['honest', 'greedy'], fake: { references: ['broken', 'anna'] } },
    async run(arena) {
      const { tally, client } = arena;
      const over = AbortSignal.timeout(arena.seconds * 1000);
      const replies: Reply[] = [];
      const speaking = [1, 2].map(() => honest(arena, over, replies));
      const sent: Promise<void>[] = [];
      const names = Object.keys(kinds);
      for (let index = 0; !over.aborted; index++) {
        const name = names[index % names.length] ?? '';
        const bad = kinds[name]?.(index);
        if (bad) {
          sent.push(
            client.ask(bad.path, bad.asking).then((reply) => {
              tally.came(reply);
              const isClients = reply.status >= 400 && reply.status < 500;
              tally.check(isClients, `${name} got ${reply.status || reply.end} instead of 4xx`);
            }),
          );
        }
        await sleep(everyMs);
      }
      await Promise.all([...sent, ...speaking]);
      const lost = replies.filter((reply) => !isServed(reply));
      const [first] = lost;
      tally.note(`${replies.length} honest requests beside them, ${lost.length} failed`);
      tally.check(
        lost.length === 0,
        () =>
          `${lost.length} of ${replies.length} honest requests failed: ${first?.status} ${first?.text.slice(0, 60)}`,
      );
    },
  },
  {
    name: 'origin-breaks',
    tries:
      'origins that die, cut, promise too much, answer HTML or nothing: visibly broken, and no word of theirs',
    setup: { env: { FISH_BREAKER_FAILURES: '1000', FISH_RETRIES: '0' } },
    async run(arena) {
      const { tally, client, count } = arena;
      const markers = [
        '[[dieBeforeHeaders]]',
        '[[dieAfterBytes=0]]',
        '[[bodyBytes=400000]] [[dieAfterBytes=200000]]',
        '[[answer=<html>CUDA at /opt/fish/secret.py</html>]]',
        '[[answer=<html>CUDA</html>]] [[contentType=audio/wav]]',
        '[[header=promises-more]]',
        '[[header=float]]',
        '[[bodyBytes=0]]',
        '[[status=502]]',
        '[[status=503]] [[retryAfter=1]]',
      ];
      for (let index = 0; index < count(60, 20); index++) {
        const text = `${markers[index % markers.length]} Number ${index}.`;
        const reply = await client.json('/v1/tts', { text, streaming: index % 3 === 0 });
        tally.came(reply);
        const isWhole = reply.status === 200 && reply.end === 'whole';
        tally.check(!isWhole, `${text} was answered as if nothing had happened`);
      }
    },
  },
  {
    name: 'origin-hangs',
    tries: 'an origin that falls silent in the middle: cut after backend.idle_timeout (1 s)',
    setup: {
      env: {
        FISH_BACKEND_IDLE_TIMEOUT: '1s',
        FISH_BACKEND_TOTAL_TIMEOUT: '8s',
        FISH_RETRIES: '0',
        FISH_SLOTS: '8',
      },
    },
    async run({ tally, client, runtime }) {
      for (const streaming of [true, false]) {
        const text = `[[bodyBytes=400000]] [[silentAfterBytes=200000]] It hangs, ${streaming}.`;
        const reply = await client.json('/v1/tts', { text, streaming }, { deadlineMs: 20_000 });
        tally.came(reply);
        const most = runtime === 'workers' && streaming ? 12_000 : 6000; // docs/runtimes.md: what Workers cannot do
        tally.check(
          reply.end !== 'late' && reply.ms < most,
          `it was cut only after ${(reply.ms / 1000).toFixed(1)} s`,
        );
      }
    },
  },
  {
    name: 'origin-password',
    tries: 'a password in FISH_BACKEND: nowhere in the log, in health, in answers',
    setup: none,
    async run({ own, tally }) {
      const env = { FISH_BACKEND: 'http://user:hunter2@127.0.0.1:9', FISH_LOG_LEVEL: 'debug' };
      tally.sent++;
      const server = await own.start(env).catch((refused: Error) => refused);
      if (server instanceof Error) {
        tally.saw('refused to start');
        return tally.check(!server.message.includes('hunter2'), 'the refusal to start prints the password');
      }
      const texts = [];
      for (const path of ['/v1/health?detailed=true', '/v1/audio/voices', '/tts?text=Hello']) {
        const reply = await fetch(`${server.url}${path}`);
        tally.sent++;
        tally.saw(String(reply.status));
        texts.push(await reply.text());
      }
      const log = `${server.stderr()}${JSON.stringify(server.logs)}`;
      tally.check(!log.includes('hunter2'), 'the password is in the log');
      tally.check(!texts.join('').includes('hunter2'), 'the password is in an answer');
    },
  },
  {
    name: 'whole-lengths',
    tries: 'answers whose head says how long they are say so to HTTP too',
    setup: open,
    async run({ client, tally }) {
      for (const format of ['wav', 'flac']) {
        const reply = await client.json('/v1/tts', {
          text: `A whole answer in ${format}.`,
          format,
          streaming: false,
        });
        tally.came(reply);
        tally.check(Number(reply.headers['content-length']) === reply.bytes, `${format}: no Content-Length`);
      }
    },
  },
];
