import { setTimeout as sleep } from 'node:timers/promises';
import type { Arena, AttackCase } from '../case.ts';
import { many } from '../client.ts';
import { closedWithin, mustOpen, openLive, start } from '../live.ts';
import { bearer } from '../servers.ts';
import { twoKeys } from '../setups.ts';

const atOnce = 32;
const idleSeconds = 2;

/** What another client gets meanwhile. */
async function other(arena: Arena, deadlineMs = 15_000): Promise<void> {
  const body = { text: `Beside the greedy one, ${arena.tally.sent}.` };
  const reply = await arena.client.json('/v1/tts', body, { headers: bearer('honest'), deadlineMs });
  arena.tally.check(
    reply.status === 200,
    `another key got ${reply.status || reply.end} ${reply.text.slice(0, 80)}`,
  );
}

export const shareCases: readonly AttackCase[] = [
  {
    name: 'sockets-one-key',
    tries: 'one key opens all sockets that there are; another one needs one',
    setup: { keys: ['honest', 'greedy'], env: { FISH_MAX_SOCKETS: '60' } },
    async run(arena) {
      const opened = [];
      for (let index = 0; index < 70; index++) opened.push(await openLive(arena, bearer('greedy')));
      const honest = await openLive(arena, bearer('honest'));
      arena.tally.check('session' in honest, 'one key held all sockets');
      for (const one of [...opened, honest]) if ('session' in one) one.session.socket.terminate();
    },
  },
  {
    name: 'queue-one-key',
    tries: 'one key fills the queue with slow requests; another one asks once',
    setup: {
      keys: ['honest', 'greedy'],
      env: { FISH_MAX_PENDING: '20', FISH_WORKERS: '4', FISH_QUEUE_TIMEOUT: '1m' },
      fake: { generationFactor: 0.05 },
    },
    async run(arena) {
      const leaving = new AbortController();
      const greedy = Array.from({ length: 60 }, async (_, index) => {
        const text = `[[firstByteMs=500]] Mine, all mine, number ${index}.`;
        const asking = { headers: bearer('greedy'), signal: leaving.signal, deadlineMs: 60_000 };
        const reply = await arena.client.json('/v1/tts', { text }, asking);
        arena.tally.came(reply);
        const isHonest = reply.status === 200 || reply.status === 0 || 'retry-after' in reply.headers;
        arena.tally.check(isHonest, `a greedy request got ${reply.status} without Retry-After`);
      });
      await sleep(300);
      await other(arena);
      leaving.abort();
      await Promise.all(greedy);
      await sleep(1000); // the fake origin finishes what it had begun, as the real one does
    },
  },
  {
    name: 'dictionary-one-key',
    tries: 'one key writes taught words until it is refused; another one writes one',
    setup: twoKeys,
    async run(arena) {
      const { client, tally } = arena;
      const words = arena.count(12_000, 1200);
      await many(words, atOnce, async (index) => {
        const body = { word: `greedy${index}`, alias: 'mine' };
        tally.came(await client.json('/v1/pronunciations', body, { headers: bearer('greedy') }));
      });
      const reply = await client.json(
        '/v1/pronunciations',
        { word: 'honest', alias: 'yours' },
        { headers: bearer('honest') },
      );
      tally.check(
        reply.status < 300,
        `another key's word got ${reply.status || reply.end} ${reply.text.slice(0, 80)}`,
      );
      await forget(arena, 'greedy');
      await forget(arena, 'honest');
    },
  },
  {
    name: 'dictionary-apart',
    tries: 'one key teaches a word; what another one hears must not change',
    setup: twoKeys,
    async run(arena) {
      const { client, tally, origin } = arena;
      const taught = await client.json(
        '/v1/pronunciations',
        { word: 'harbour', alias: 'HIJACKED' },
        { headers: bearer('greedy') },
      );
      tally.came(taught);
      const before = origin.spoken.length;
      tally.came(
        await client.json('/v1/tts', { text: 'The harbour lay quiet.' }, { headers: bearer('honest') }),
      );
      const said = JSON.stringify(origin.spoken.slice(before).map(({ body }) => body));
      tally.check(!said.includes('HIJACKED'), 'one key decided what another one hears');
      await forget(arena, 'greedy');
    },
  },
  {
    name: 'dictionary-bomb',
    tries: 'taught words that make 4,000 letters into 400,000',
    setup: {
      keys: ['honest', 'greedy'],
      env: { FISH_RATE_LIMIT_CHARACTERS: '5000' },
      fake: { secondsPerWord: 0.002 },
    },
    growthMB: 200,
    async run(arena) {
      const { client, tally, origin } = arena;
      const headers = bearer('greedy');
      tally.came(
        await client.json(
          '/v1/pronunciations',
          { word: 'bo', alias: 'boom '.repeat(40).trim() },
          { headers },
        ),
      );
      const before = origin.spoken.length;
      const reply = await client.json(
        '/v1/audio/speech',
        { input: 'bo '.repeat(1300), response_format: 'pcm' },
        { headers, deadlineMs: 60_000 },
      );
      tally.came(reply);
      const said = origin.spoken
        .slice(before)
        .map(({ body }) => String((body as { text?: string }).text ?? ''));
      const length = said.join('').length;
      tally.note(`${length} characters were spoken for 3,900`);
      tally.check(length <= 20_000, `3,900 characters were paid and ${length} spoken`);
      await forget(arena, 'greedy');
    },
  },
  {
    name: 'idle-session',
    tries: `sockets that send what means nothing, for ever (live.idle_timeout ${idleSeconds} s)`,
    setup: { env: { FISH_LIVE_IDLE_TIMEOUT: `${idleSeconds}s`, FISH_READ_TIMEOUT: '2s' } },
    async run(arena) {
      const { tally } = arena;
      const kinds: Readonly<Record<string, object>> = {
        'empty text': { event: 'text', text: '' },
        'a space': { event: 'text', text: ' ' },
        'a flush': { event: 'flush' },
        'an unknown event': { event: 'nothing' },
      };
      await Promise.all(
        Object.entries(kinds).map(async ([name, event]) => {
          const session = await mustOpen(arena);
          start(session);
          const sending = setInterval(() => session.send(event), 200);
          const code = await closedWithin(session, (idleSeconds + 6) * 1000);
          clearInterval(sending);
          tally.saw(code === undefined ? 'still open' : 'closed');
          tally.check(code !== undefined, `${name} every 200 ms keeps a socket for ever`);
          session.socket.terminate();
        }),
      );
    },
  },
  {
    name: 'proxy-spared',
    tries: 'requests that came through a proxy nobody named: the sparing of loopback is not theirs',
    setup: { env: { FISH_RATE_LIMIT: 'auto' } },
    async run(arena) {
      const { client, tally } = arena;
      await many(150, atOnce, async () => {
        const headers = { 'x-forwarded-for': '203.0.113.7' };
        tally.came(await client.ask('/v1/models', { headers }));
      });
      tally.check(
        (tally.answers.get('429') ?? 0) > 0,
        '150 requests in a minute were let through; 100 are allowed',
      );
    },
  },
  {
    name: 'address-made-up',
    tries:
      'requests that each name another address (CF-Connecting-IP, X-Forwarded-For), with a limit of 20 a minute',
    setup: { env: { FISH_RATE_LIMIT: '20' } },
    async run(arena) {
      const { client, tally } = arena;
      await many(100, atOnce, async (index) => {
        const address = `203.0.113.${index}`;
        const headers = { 'cf-connecting-ip': address, 'x-forwarded-for': address, 'x-real-ip': address };
        tally.came(await client.ask('/v1/models', { headers }));
      });
      const through = tally.answers.get('200') ?? 0;
      tally.check(through <= 20, `${through} of 100 requests were let through; 20 are allowed`);
      await client.ask('/v1/models');
    },
  },
];

/** Takes back what a key taught. */
async function forget(arena: Arena, key: string): Promise<void> {
  const headers = bearer(key);
  const list = await fetch(`${arena.url}/v1/pronunciations`, { headers });
  const { data = [] } = (await list.json()) as { data?: readonly { readonly id: string }[] };
  await many(data.length, atOnce, (index) =>
    arena.client.ask(`/v1/pronunciations/${data[index]?.id}`, { method: 'DELETE', headers }),
  );
}
