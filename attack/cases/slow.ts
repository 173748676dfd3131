import { once } from 'node:events';
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { loads } from '../../bench/runtimes/loads.ts';
import type { Arena, AttackCase } from '../case.ts';
import { many } from '../client.ts';
import { bearer } from '../servers.ts';
import { impatient, pouring } from '../setups.ts';

const dripMs = 250;
/** `server.read_timeout` of the setup and the grace of Node's server, which looks every 30 s. */
const cutWithinMs = 50_000;
/** Enough for a stream to fill every buffer between this client and the origin. */
const fillMs = 2000;

type Outcome = 'cut' | 'answered' | 'held';

/** Sends `head`, then a byte at a time until the server answers or cuts it, or its time is over. */
async function drip(socket: Socket, head: string, piece: string): Promise<Outcome> {
  const began = performance.now();
  const { promise, resolve } = Promise.withResolvers<Outcome>();
  socket.once('close', () => resolve('cut')).once('data', () => resolve('answered'));
  socket.write(head);
  const dripping = setInterval(() => {
    socket.write(piece);
    if (performance.now() - began > cutWithinMs) resolve('held');
  }, dripMs);
  const outcome = await promise;
  clearInterval(dripping);
  socket.destroy();
  return outcome;
}

interface Dripping {
  readonly name: string;
  readonly tries: string;
  readonly head: string;
  readonly piece: string;
  readonly long?: boolean;
}

function dripCase({ name, tries, head, piece, long = false }: Dripping): AttackCase {
  return {
    name,
    tries,
    setup: impatient,
    long,
    not: { workers: 'workerd itself reads heads; Cloudflare stands before it' },
    async run(arena) {
      const sockets = arena.count(300, 60);
      const all = await Promise.all(
        Array.from({ length: sockets }, () => drip(arena.client.connect(), head, piece)),
      );
      arena.tally.sent += sockets;
      for (const outcome of all) arena.tally.saw(outcome);
      const held = arena.tally.answers.get('held') ?? 0;
      arena.tally.check(held === 0, `${held} of ${sockets} were still open after ${cutWithinMs / 1000} s`);
    },
  };
}

const json = 'Content-Type: application/json\r\n';

/** Begins a stream, takes its beginning, and then nothing more. */
async function stall(
  { client, tally }: Arena,
  kind: 'flood' | 'idle',
  index: number,
): Promise<Socket | undefined> {
  const socket = client.connect();
  const body = JSON.stringify({
    text: `${loads[kind].text}, number ${index}.`,
    streaming: true,
    format: 'wav',
  });
  socket.write(
    `POST /v1/tts HTTP/1.1\r\nHost: x\r\nAuthorization: ${bearer('greedy').authorization}\r\n${json}Content-Length: ${body.length}\r\n\r\n${body}`,
  );
  const late = AbortSignal.timeout(20_000);
  const [first] = (await Promise.race([
    once(socket, 'data'),
    once(socket, 'close'),
    once(late, 'abort'),
  ])) as [unknown];
  socket.pause();
  const head = Buffer.isBuffer(first) ? first.toString('latin1') : '';
  const status = /^HTTP\/1\.1 (\d+)/.exec(head)?.[1] ?? 'no answer';
  tally.sent++;
  tally.saw(status);
  tally.check(status === '200' || status === '503' || status === '429', `stream ${index} got ${status}`);
  tally.check(
    status === '200' || /retry-after/i.test(head),
    `stream ${index} got ${status} without Retry-After`,
  );
  return status === '200' ? socket : undefined;
}

export const slowCases: readonly AttackCase[] = [
  dripCase({
    name: 'slow-heads',
    tries: 'heads that come a byte at a time',
    head: 'GET /v1/health HTTP/1.1\r\nHost: x\r\nX: ',
    piece: 'a',
    long: true, // Node looks for them every half a minute
  }),
  dripCase({
    name: 'slow-bodies',
    tries: 'bodies that come a byte at a time',
    head: `POST /v1/tts HTTP/1.1\r\nHost: x\r\n${json}Content-Length: 100000\r\n\r\n{"text":"`,
    piece: 'a',
  }),
  dripCase({
    name: 'slow-chunks',
    tries: 'chunked bodies that come a byte at a time',
    head: `POST /v1/tts HTTP/1.1\r\nHost: x\r\n${json}Transfer-Encoding: chunked\r\n\r\n`,
    piece: '1\r\na\r\n',
  }),
  {
    name: 'idle-connections',
    tries: 'connections that say nothing',
    setup: impatient,
    async run(arena) {
      const sockets = arena.count(2000, 300);
      await many(sockets, 100, async () => {
        const socket = arena.client.connect();
        await Promise.race([once(socket, 'connect'), once(socket, 'close')]);
        arena.tally.sent++;
      });
      await sleep(arena.seconds * 1000);
      arena.tally.saw('connected', sockets);
    },
  },
  {
    name: 'slow-readers',
    tries: 'streams without an end whose readers take the beginning and nothing more',
    setup: pouring,
    growthMB: 400,
    async run(arena) {
      const readers = arena.count(100, 30);
      await many(readers, 20, (index) => stall(arena, 'flood', index));
      await sleep(fillMs);
    },
  },
  {
    name: 'slow-streams',
    tries:
      'slow streams of different texts, all of one key: refused honestly, and another key is served beside them',
    setup: pouring,
    growthMB: 1500,
    async run(arena) {
      const { tally, client } = arena;
      const streams = arena.count(2500, 400);
      await many(streams, 50, (index) => stall(arena, 'idle', index));
      await sleep(fillMs);
      const reply = await client.json(
        '/v1/tts',
        { text: 'A word, beside them.' },
        { headers: bearer('honest') },
      );
      tally.check(
        reply.status === 200,
        `another key got ${reply.status || reply.end} beside ${streams} slow streams`,
      );
      tally.note(`${tally.answers.get('200') ?? 0} of ${streams} slow streams were open at once`);
    },
  },
];
