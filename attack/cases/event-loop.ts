import { setTimeout as sleep } from 'node:timers/promises';
import type { Arena, AttackCase } from '../case.ts';
import { many, type Reply } from '../client.ts';
import { drained, finishedWithin, mustOpen, start, textMessage } from '../live.ts';
import { open } from '../setups.ts';

const MB = 1_000_000;
/** Heard of a long answer before the client leaves: the beginning is what shows that text is not read whole first. */
const heardBytes = 200_000;
/** A text that is refused is refused at once; one that is spoken begins at once. */
const promptMs = 10_000;

/** Sends a body; any answer will do, as long as it is the server's own and comes soon. */
async function post(
  arena: Arena,
  path: string,
  body: string | Uint8Array,
  headers: Readonly<Record<string, string>>,
): Promise<Reply> {
  const reply = await arena.client.ask(path, {
    method: 'POST',
    headers,
    body,
    leaveAfter: heardBytes,
    deadlineMs: 150_000,
  });
  arena.tally.came(reply);
  const isFine = reply.status === 200 || (reply.status >= 400 && reply.status < 500);
  arena.tally.check(isFine, () => `${path} got ${reply.status || reply.end} ${reply.text.slice(0, 80)}`);
  arena.tally.note(`${reply.status || reply.end} after ${((reply.firstMs ?? reply.ms) / 1000).toFixed(2)} s`);
  return reply;
}

const json = { 'content-type': 'application/json' };

/** Text that is streamed: of 8 clients in the full form, of one in the short. */
function textCase(name: string, tries: string, text: (short: boolean) => string, long = false): AttackCase {
  return {
    name,
    tries,
    setup: open,
    growthMB: 500,
    long,
    async run(arena) {
      const body = JSON.stringify({ text: text(arena.short), streaming: true, format: 'wav' });
      const reply = await post(arena, '/v1/tts', body, json);
      const waited = reply.firstMs ?? reply.ms;
      arena.tally.check(waited < promptMs, `the first answer came after ${(waited / 1000).toFixed(1)} s`);
    },
  };
}

function repeatTo(piece: string, bytes: number): string {
  return piece.repeat(Math.ceil(bytes / piece.length)).slice(0, bytes);
}

const prose = 'The harbour lay quiet under a thin grey sky, and nobody spoke until the boats came in. ';

function jsonCase(name: string, tries: string, body: (short: boolean) => string): AttackCase {
  return {
    name,
    tries,
    setup: open,
    growthMB: 600,
    async run(arena) {
      const bytes = Buffer.from(body(arena.short));
      for (const path of ['/v1/tts', '/v1/audio/speech', '/v1/pronunciations'])
        await post(arena, path, bytes, json);
    },
  };
}

/** Well under the 32 MiB that bodies may have. */
const largest = 31 * MB;

export const eventLoopCases: readonly AttackCase[] = [
  textCase('text-4mb', '4 MB of streamed prose', () => repeatTo(prose, 4 * MB)),
  textCase('text-31mb', '31 MB of streamed prose', () => repeatTo(prose, largest), true),
  textCase('text-31mb-short', '31 MB of "A. "', (short) => repeatTo('A. ', short ? 4 * MB : largest)),
  textCase('text-one-word', '31 MB of one word, with no place to cut', (short) =>
    'a'.repeat(short ? 4 * MB : largest),
  ),
  {
    name: 'text-taught',
    tries: '31 MB of short words and of one word, where words are taught',
    setup: open,
    growthMB: 500,
    async run(arena) {
      const word = JSON.stringify({ word: 'a', alias: 'b', shared: true });
      const taught = await arena.client.ask('/v1/pronunciations', {
        method: 'POST',
        headers: json,
        body: word,
      });
      arena.tally.check(taught.status === 201, () => `teaching a word got ${taught.status}`);
      const bytes = arena.short ? 4 * MB : largest;
      for (const text of [repeatTo('A. ', bytes), 'a'.repeat(bytes)]) {
        const reply = await post(arena, '/v1/tts', JSON.stringify({ text, streaming: true }), json);
        const waited = reply.firstMs ?? reply.ms;
        arena.tally.check(waited < promptMs, `the first answer came after ${(waited / 1000).toFixed(1)} s`);
      }
      const { id } = JSON.parse(taught.text) as { id: string };
      await arena.client.ask(`/v1/pronunciations/${id}`, { method: 'DELETE' });
    },
  },
  textCase(
    'text-blank',
    '31 MB of text that says nothing',
    (short) => `A.${' .\n'.repeat((short ? 4 * MB : largest) / 4)}`, // a line feed is two bytes of JSON
  ),
  {
    name: 'socket-blank-buffer',
    tries: 'a socket: 150 kB that say nothing, then 9 kB in small messages',
    setup: open,
    async run(arena) {
      const session = await mustOpen(arena);
      start(session);
      for (let sent = 0; sent < 150_000; sent += 1500) session.say(' .\n'.repeat(500));
      const messages = arena.count(9000, 3000);
      for (let index = 0; index < messages; index++) {
        session.socket.send(textMessage('a'));
        if (index % 500 === 0) await drained(session, MB);
      }
      arena.tally.sent += messages;
      session.send({ event: 'stop' });
      const isDone = await finishedWithin(session, arena.count(120_000, 20_000));
      arena.tally.saw(isDone ? 'finished' : 'unfinished');
      session.socket.terminate();
    },
  },
  jsonCase('json-arrays', '16 million nested JSON arrays', (short) => {
    const depth = short ? 4 * MB : 15 * MB;
    return `{"text":"Hi.","input":"Hi.","word":"a","x":${'['.repeat(depth)}${']'.repeat(depth)}}`;
  }),
  jsonCase('json-siblings', '10 million empty JSON arrays side by side', (short) => {
    return `{"text":"Hi.","input":"Hi.","word":"a","x":[${'[],'.repeat(short ? 2 * MB : 10 * MB)}[]]}`;
  }),
  jsonCase('json-members', '2 million JSON members', (short) => {
    const members = Array.from({ length: short ? 500_000 : 2 * MB }, (_, index) => `"${index}":0`);
    return `{"text":"Hi.","input":"Hi.","word":"a",${members.join(',')}}`;
  }),
  {
    name: 'form-parts',
    tries: 'forms of 480,000 parts',
    setup: open,
    growthMB: 600,
    async run(arena) {
      const parts = arena.count(480_000, 200_000);
      const part = '--b\r\nContent-Disposition: form-data; name="a"\r\n\r\nb\r\n';
      const body = Buffer.from(`${part.repeat(Math.min(parts, Math.floor(largest / part.length)))}--b--\r\n`);
      const headers = { 'content-type': 'multipart/form-data; boundary=b' };
      for (const path of ['/v1/tts', '/v1/references/add', '/v1/audio/transcriptions'])
        await formPost(arena, path, body, headers);
    },
  },
  {
    name: 'msgpack-nested',
    tries: '31 million nested MessagePack arrays, and maps that promise four billion members',
    setup: open,
    growthMB: 600,
    async run(arena) {
      const headers = { 'content-type': 'application/msgpack' };
      await post(arena, '/v1/tts', Buffer.alloc(arena.count(largest, 4 * MB), 0x91), headers);
      await post(
        arena,
        '/v1/tts',
        Buffer.from([0xdf, 0xff, 0xff, 0xff, 0xff, ...Array(1000).fill(0xdf)]),
        headers,
      );
    },
  },
  {
    name: 'listeners',
    tries: '1,200 listeners of one speech',
    setup: { env: { FISH_MAX_PENDING: '5000', FISH_WORKERS: '5000' } },
    growthMB: 700,
    async run(arena) {
      // workerd serves each of them more slowly than the others do; what must hold is that health is answered meanwhile
      const listeners = arena.count(1200, arena.runtime === 'workers' ? 40 : 150);
      const text = '[[firstByteMs=1500]] [[bodyBytes=2000000]] The same words for everybody.';
      await many(listeners, listeners, async () => {
        const reply = await arena.client.json('/v1/tts', { text, streaming: true }, { deadlineMs: 120_000 });
        arena.tally.came(reply);
        arena.tally.check(
          reply.status === 200 || 'retry-after' in reply.headers,
          `a listener got ${reply.status || reply.end}`,
        );
      });
    },
  },
  {
    name: 'whole-answer',
    tries: 'whole answers of 700 words with another speed and sample rate',
    setup: open,
    growthMB: 700,
    async run(arena) {
      const input = prose.repeat(43).slice(0, 4000);
      const formats = ['wav', 'pcm', 'flac', 'mp3'];
      for (let index = 0; index < arena.count(4, 2); index++) {
        const body = {
          input,
          response_format: formats[index],
          speed: 1.3 + index / 100,
          sample_rate: 16_000,
        };
        const reply = await arena.client.json('/v1/audio/speech', body, { deadlineMs: 120_000 });
        arena.tally.came(reply);
        arena.tally.check(
          reply.status === 200 && reply.end === 'whole',
          `it got ${reply.status} ${reply.end}`,
        );
      }
    },
  },
  {
    name: 'leavers',
    tries: 'clients that ask for long speech and leave at once, over and over',
    setup: open,
    growthMB: 200,
    async run(arena) {
      const leavers = arena.count(400, 80);
      await many(leavers, 16, async (index) => {
        const text = `[[bodyBytes=400000]] Leaver number ${index}. ${prose}`;
        const leaveAfter = index % 2 === 0 ? 1 : 50_000;
        arena.tally.came(await arena.client.json('/v1/tts', { text, streaming: true }, { leaveAfter }));
      });
      await sleep(500);
    },
  },
];

/** A form: where no recogniser is set up, 501 is the honest answer. */
async function formPost(
  arena: Arena,
  path: string,
  body: Uint8Array,
  headers: Readonly<Record<string, string>>,
): Promise<void> {
  const reply = await arena.client.ask(path, { method: 'POST', headers, body, deadlineMs: 120_000 });
  arena.tally.came(reply);
  const isFine = (reply.status >= 400 && reply.status < 500) || reply.status === 501;
  arena.tally.check(isFine, () => `${path} got ${reply.status || reply.end} ${reply.text.slice(0, 80)}`);
}
