/** One request of a user. */
export interface Asked {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly type?: string;
  readonly body?: string;
  /** Sent with another key than the server's. */
  readonly isStranger?: boolean;
}

interface Kind {
  readonly name: string;
  /** Of all requests of a user. */
  readonly share: number;
  /** It deserves a refusal: nothing but a 4xx is right. */
  readonly isBad?: boolean;
  /** @param number unlike that of any other request */
  ask(number: number): Asked;
}

const words = 'the quiet harbour was full of small boats and nobody on the pier said a word'.split(' ');

/** Texts of two sentences, none like another. */
function textOf(number: number): string {
  const first = words.slice(number % 5, 6 + (number % 9)).join(' ');
  return `Number ${number}: ${first}. And so it went on.`;
}

function post(path: string, fields: object): Asked {
  return { method: 'POST', path, type: 'application/json', body: JSON.stringify(fields) };
}

const speech = (fields: object): Asked => post('/v1/audio/speech', fields);

const badOnes: readonly Asked[] = [
  { method: 'POST', path: '/v1/tts', type: 'application/json', body: '{"text":' },
  { method: 'POST', path: '/v1/tts', type: 'application/msgpack', body: '\u00c1' },
  post('/v1/tts', { text: 'Out of range.', top_p: 99 }),
  post('/v1/tts', { streaming: true }),
  speech({ input: 'An unknown format.', response_format: 'tape' }),
  speech({ input: 'Unknown voice.', voice: 'nobody of that name' }),
  { method: 'GET', path: '/v1/nowhere' },
  { method: 'GET', path: '/v1/models', isStranger: true },
];

/** What users ask for; one in ten of them has a socket instead. */
const kinds: readonly Kind[] = [
  {
    name: 'cached wav',
    share: 0.2,
    ask: (number) => speech({ input: `Greeting ${number % 3}. Hello again.`, response_format: 'wav' }),
  },
  {
    name: 'new wav, streamed',
    share: 0.2,
    ask: (n) => post('/v1/tts', { text: textOf(n), streaming: true }),
  },
  { name: 'new wav, whole', share: 0.1, ask: (n) => post('/v1/tts', { text: textOf(n) }) },
  { name: 'new mp3', share: 0.15, ask: (n) => speech({ input: textOf(n) }) },
  { name: 'new opus', share: 0.1, ask: (n) => speech({ input: textOf(n), response_format: 'opus' }) },
  {
    name: 'new mp3, by events',
    share: 0.05,
    ask: (n) => speech({ input: textOf(n), stream_format: 'sse' }),
  },
  {
    name: 'health and voices',
    share: 0.1,
    ask: (n) => ({ method: 'GET', path: n % 2 ? '/v1/health' : '/v1/voices' }),
  },
  { name: 'bad ones', share: 0.1, isBad: true, ask: (n) => badOnes[n % badOnes.length] as Asked },
];

export const socketKind = 'a socket of three sentences';

/** The kind for a random number from 0 to below 1. */
export function kindAt(random: number): Kind {
  let at = random;
  for (const kind of kinds) {
    at -= kind.share;
    if (at < 0) return kind;
  }
  return kinds[0] as Kind;
}
