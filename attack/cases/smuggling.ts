import type { AttackCase } from '../case.ts';
import { open } from '../setups.ts';

const smuggled = JSON.stringify({ input: 'SMUGGLED.', response_format: 'pcm' });
const second = `POST /v1/audio/speech HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${smuggled.length}\r\n\r\n${smuggled}`;
const waitMs = 1500;

interface Message {
  readonly name: string;
  readonly bytes: string;
}

function message(
  name: string,
  head: readonly string[],
  body: string,
  line = 'POST /v1/nothing HTTP/1.1',
): Message {
  return { name, bytes: `${[line, 'Host: x', ...head].join('\r\n')}\r\n\r\n${body}` };
}

const zeroChunk = '0\r\n\r\n';
const chunked = 'Transfer-Encoding: chunked';

/** Messages whose end two parsers may see in different places: what stands behind it is never to be taken for a request. */
const ambiguous: readonly Message[] = [
  message(
    'Content-Length and Transfer-Encoding',
    [`Content-Length: ${second.length + 5}`, chunked],
    zeroChunk + second,
  ),
  message('the other way round', [chunked, 'Content-Length: 5'], zeroChunk + second),
  message('two lengths', ['Content-Length: 0', `Content-Length: ${second.length}`], second),
  message('two lengths in one', [`Content-Length: 0, ${second.length}`], second),
  message('a length with a sign', [`Content-Length: +${second.length}`], second),
  message('a negative length', ['Content-Length: -1'], second),
  message('a length in hex', [`Content-Length: 0x${second.length.toString(16)}`], second),
  message('a length with a fraction', [`Content-Length: ${second.length}.0`], second),
  message('a length beyond numbers', ['Content-Length: 99999999999999999999'], second),
  message('a space before the colon', [`Content-Length : ${second.length}`], second),
  message(
    'a folded header',
    ['X: 1\r\n Transfer-Encoding: chunked', `Content-Length: ${second.length}`],
    second,
  ),
  message('an unknown coding', ['Transfer-Encoding: xchunked'], zeroChunk + second),
  message('a coding behind chunked', ['Transfer-Encoding: chunked, identity'], zeroChunk + second),
  message('chunked twice', [chunked, 'Transfer-Encoding: identity'], zeroChunk + second),
  message('a vertical tab in the coding', ['Transfer-Encoding:\x0bchunked'], zeroChunk + second),
  message('a chunk size with a sign', [chunked], `-1\r\n${second}`),
  message('a chunk size beyond numbers', [chunked], `fffffffffffffffff\r\n${second}`),
  message('a chunk size in 0x', [chunked], `0x0\r\n\r\n${second}`),
  message('a chunk that is longer than it says', [chunked], `1\r\nab\r\n0\r\n\r\n${second}`),
  message('a chunk with LF alone', [chunked], `1\na\n0\n\n${second}`),
  message('NUL in a header', ['X: a\0b', `Content-Length: ${second.length}`], second),
  message('NUL in a name', ['X\0: a', `Content-Length: ${second.length}`], second),
  message('CR alone', [`X: a\rContent-Length: 0`, `Content-Length: ${second.length}`], second),
  message('LF alone', [`X: a\nContent-Length: 0`, `Content-Length: ${second.length}`], second),
  message(
    'a version of its own',
    [`Content-Length: ${second.length}`],
    second,
    'POST /v1/nothing HTTP/1.1\rX',
  ),
  message('no version', [`Content-Length: ${second.length}`], second, 'POST /v1/nothing'),
  message('an old version with chunks', [chunked], zeroChunk + second, 'POST /v1/nothing HTTP/1.0'),
  message('a trailer that is a header', [chunked], `0\r\nContent-Length: 0\r\n\r\n`),
];

/** Heads that are no heads, or larger than any. */
const odd: readonly Message[] = [
  {
    name: '1 MB of a header',
    bytes: `GET /v1/health HTTP/1.1\r\nHost: x\r\nX: ${'a'.repeat(1_000_000)}\r\n\r\n`,
  },
  { name: '20,000 headers', bytes: `GET /v1/health HTTP/1.1\r\nHost: x\r\n${'X: a\r\n'.repeat(20_000)}\r\n` },
  { name: '1 MB of a path', bytes: `GET /${'a'.repeat(1_000_000)} HTTP/1.1\r\nHost: x\r\n\r\n` },
  { name: 'TLS', bytes: '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03' },
  { name: 'HTTP/2', bytes: 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n' },
  { name: 'empty lines', bytes: '\r\n'.repeat(10_000) },
  { name: 'no host', bytes: 'GET /v1/health HTTP/1.1\r\n\r\n' },
  { name: 'two hosts', bytes: 'GET /v1/health HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n' },
  {
    name: 'noise',
    bytes: Array.from({ length: 4096 }, (_, i) => String.fromCharCode((i * 97) % 256)).join(''),
  },
];

function statuses(text: string): string[] {
  return [...text.matchAll(/^HTTP\/1\.[01] (\d{3})/gm)].map(([, status]) => status ?? '');
}

export const smugglingCases: readonly AttackCase[] = [
  {
    name: 'smuggling',
    tries: `${ambiguous.length} messages with two ends, and a request behind the first`,
    setup: open,
    async run({ client, tally, origin }) {
      const before = origin.spoken.length;
      await Promise.all(
        ambiguous.map(async ({ name, bytes }) => {
          const { text } = await client.raw(bytes, waitMs);
          const answers = statuses(text);
          tally.sent++;
          tally.saw(answers.join('+') || 'no answer');
          tally.check(!answers.includes('200'), `${name}: ${answers.join(', ')}`);
          const isOurs = answers.some(
            (status) => status.startsWith('5') && status !== '501' && status !== '505',
          ); // those two are the parser's
          tally.check(!isOurs, `${name}: ${answers.join(', ')}`);
        }),
      );
      const heard = origin.spoken.slice(before).some(({ body }) => JSON.stringify(body).includes('SMUGGLED'));
      tally.check(!heard, 'a request in a body was spoken');
    },
  },
  {
    name: 'odd-heads',
    tries: `${odd.length} heads that are none: 1 MB, 20,000 lines, other protocols, noise`,
    setup: open,
    async run({ client, tally }) {
      await Promise.all(
        odd.map(async ({ name, bytes }) => {
          const { text } = await client.raw(Buffer.from(bytes, 'latin1'), waitMs);
          tally.sent++;
          tally.saw(statuses(text).join('+') || 'no answer');
          tally.check(!/^HTTP\/1\.[01] 5(?!0[15])/m.test(text), `${name}: ${text.slice(0, 60)}`);
        }),
      );
    },
  },
];
