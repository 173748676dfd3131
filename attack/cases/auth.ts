import type { Arena, AttackCase } from '../case.ts';
import { many } from '../client.ts';
import { apiKey, locked } from '../setups.ts';

const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'TRACE', 'PROPFIND', 'OPTIONS'] as const;
const atOnce = 24;

/** What the README lets everybody ask for. Anything else that answers 2xx without a key has been got into. */
const probes: ReadonlySet<string> = new Set([
  '/',
  '/health',
  '/v1/health',
  '/v1/test',
  '/v1/audio/voices',
  '/v1/audio/models',
  '/livez',
  '/readyz',
  '/openapi.json',
]);

const routes = [
  '/v1/tts',
  '/v1/tts/live',
  '//v1/tts/live',
  '/v1/references',
  '/v1/references/add',
  '/v1/references/list',
  '/v1/references/delete',
  '/v1/references/update',
  '/v1/references/anna',
  '/v1/vqgan/encode',
  '/v1/vqgan/decode',
  '/v1/health?detailed=true',
  '/v1/health?detailed',
  '/health?detailed=1',
  '/v1/audio/speech',
  '/audio/speech',
  '/v1/audio/speech/url',
  '/v1/audio/speech/abc.srt',
  '/v1/audio/speech/abc.vtt',
  '/v1/audio/speech/abc.json',
  '/v1/audio/prewarm',
  '/v1/audio/transcriptions',
  '/v1/audio/translations',
  '/v1/models',
  '/models',
  '/v1/models/s1',
  '/v1/models/fish-audio%2Fs1',
  '/v1/voices',
  '/voices',
  '/v1/pronunciations',
  '/v1/pronunciations/1',
  '/v1/usage',
  '/v1/usage/none',
  '/v1/admin',
  '/v1/admin/keys',
  '/v1/admin/keys/ada',
  '/v1/admin/usage',
  '/v1/admin/upstreams',
  '/v1/admin/models',
  '/v1/admin/models/silero-vad',
  '/v1/voices/voice_00000000000000000000000000000000',
  '/v1/voices/voice_00000000000000000000000000000000/preview',
  '/v1/audio/speech/00000000000000000000000000000000/receipt',
  '/v1/characters',
  '/v1/characters/assistant',
  '/v1/conversations',
  '/v1/conversations/1/messages',
  '/v1/realtime/client_secrets',
  '/v1/realtime/sessions',
  '/v1/realtime/transcription_sessions',
  '/v1/realtime',
  '/ws',
  '/ws/stream',
  '/v1/text-to-speech/anna',
  '/v1/text-to-speech/anna/stream-input',
  '/v2/voices',
  '/v1/asr',
  '/model',
  '/model/anna',
  '/wallet/self/api-credit',
  '/tts',
  '/tts?text=Hello',
  '/tts/stream?text=Hello',
  '/tts/play/speech.mp3',
  '/audio/da39a3ee5e6b4b0d3255bfef95601890afd80709.wav',
  '/metrics',
  '/metrics?detailed=true',
  '/readyz?detailed=true',
  '/v1',
  '/json',
] as const;

/** Other ways to write a path, which some layer may take for one that is open. */
const tricks: readonly ((path: string) => string)[] = [
  (path) => `/${path}`,
  (path) => `//${path}`,
  (path) => `${path}/`,
  (path) => `${path}//`,
  (path) => `${path}/.`,
  (path) => `${path}/..;/`,
  (path) => `${path}?`,
  (path) => `${path}#`,
  (path) => `${path}%00`,
  (path) => `${path}%20`,
  (path) => `${path}%09`,
  (path) => `${path}%0d%0a`,
  (path) => `${path};/v1/health`,
  (path) => `${path};.css`,
  (path) => `${path}?x=/v1/health`,
  (path) => `/.${path}`,
  (path) => `/x/..${path}`,
  (path) => `/v1/health/../..${path}`,
  (path) => `/v1/health/%2e%2e/%2e%2e${path}`,
  (path) => `/v1/health%2f..%2f..${path}`,
  (path) => `/tts/play/../..${path}`,
  (path) => `/tts/play/%2e%2e/%2e%2e${path}`,
  (path) => `/tts/play/..%2f..${path}`,
  (path) => `/v1/audio/voices/../../..${path}`,
  (path) => path.replaceAll('/', '%2f').replace('%2f', '/'),
  (path) => path.replaceAll('/', '\\'),
  (path) => path.replaceAll('/', '/./'),
  (path) => path.replace('v1', 'V1'),
  (path) => path.toUpperCase(),
  (path) => path.replace('t', '%74'),
  (path) => path.replace('t', '%2574'),
  (path) => path.replace('/v1', '/v1/v1'),
  (path) => `http://127.0.0.1${path}`,
  (path) => `http://127.0.0.1/v1/health/../..${path}`,
  (path) => `${path}.json`,
  (path) => `${path}?key=${apiKey}`,
  (path) => `${path}?api_key=${apiKey}&token=${apiKey}`,
  (path) => `${path}?authorization=Bearer%20${apiKey}`,
];

const body = JSON.stringify({ text: 'Let me in.', input: 'Let me in.', word: 'a', alias: 'b' });
const json = { 'content-type': 'application/json' };

async function knock(arena: Arena, method: string, path: string, headers = {}): Promise<void> {
  const sends = method === 'POST' || method === 'PUT' || method === 'PATCH' || method === 'DELETE';
  const given = { ...(sends ? json : {}), ...headers };
  const reply = await arena.client.ask(path, { method, headers: given, ...(sends ? { body } : {}) });
  arena.tally.came(reply);
  const isOpen = method === 'OPTIONS' || probes.has(path);
  const isIn = reply.status >= 200 && reply.status < 300 && !isOpen;
  arena.tally.check(!isIn, `${method} ${path} was let in: ${reply.status} ${reply.text.slice(0, 60)}`);
  arena.tally.check(reply.status < 500, `${method} ${path} got ${reply.status}`);
  arena.tally.check(reply.end !== 'late', `${method} ${path} got no answer`);
}

/** Does it, and sees to it that the origin was never asked to speak. */
async function unheard(arena: Arena, act: () => Promise<void>): Promise<void> {
  const before = arena.origin.spoken.length;
  await act();
  arena.tally.check(arena.origin.spoken.length === before, 'the origin was made to speak without a key');
}

export const authCases: readonly AttackCase[] = [
  {
    name: 'auth-routes',
    tries: `${routes.length} routes by ${methods.length} methods without a key`,
    setup: locked,
    run: (arena) =>
      unheard(arena, () =>
        many(routes.length * methods.length, atOnce, (index) => {
          const method = methods[index % methods.length] ?? 'GET';
          return knock(arena, method, routes[Math.floor(index / methods.length)] ?? '/');
        }),
      ),
  },
  {
    name: 'auth-paths',
    tries: `${tricks.length} ways to write a path, on every route`,
    setup: locked,
    async run(arena) {
      const some = arena.short ? routes.filter((_, index) => index % 4 === 0) : routes;
      await unheard(arena, () =>
        many(some.length * tricks.length, atOnce, async (index) => {
          const path = tricks[index % tricks.length]?.(some[Math.floor(index / tricks.length)] ?? '/') ?? '/';
          const route = new URL(path.startsWith('http') ? path : `http://x${path}`, 'http://x').pathname;
          if (probes.has(route)) return; // it is another way to write what is open
          for (const method of ['GET', 'POST']) await knock(arena, method, path);
        }),
      );
    },
  },
  {
    name: 'auth-tokens',
    tries: 'keys that are nearly right, in every header that could carry one',
    setup: locked,
    async run(arena) {
      const wrong = [
        '',
        ' ',
        'wrong',
        `${apiKey} `,
        ` ${apiKey}x`,
        apiKey.slice(0, -1),
        apiKey.toUpperCase(),
        '*',
        'null',
      ];
      const tokens = [
        ...wrong.filter((token) => token.trim() !== apiKey),
        'a'.repeat(7000),
        '\u00e9',
        `${apiKey},${apiKey}`,
      ];
      const carriers = tokens.flatMap((token): Record<string, string>[] => [
        { authorization: `Bearer ${token}` },
        { authorization: `bearer\t${token}` },
        { authorization: `Basic ${Buffer.from(`user:${apiKey}`).toString('base64')}` },
        { authorization: token },
        { 'api-key': token },
        { 'x-api-key': apiKey },
        { cookie: `authorization=Bearer ${apiKey}` },
        { 'x-forwarded-for': '127.0.0.1', 'x-original-url': '/v1/health', 'x-rewrite-url': '/v1/health' },
        { 'x-http-method-override': 'OPTIONS' },
      ]);
      await unheard(arena, () =>
        many(carriers.length, atOnce, (index) => knock(arena, 'POST', '/v1/tts', carriers[index])),
      );
    },
  },
  {
    name: 'auth-guessing',
    tries: 'keys guessed, each from another made-up address (X-Forwarded-For, CF-Connecting-IP, Forwarded)',
    setup: { env: { FISH_API_KEY: apiKey, FISH_RATE_LIMIT: '20' } },
    async run(arena) {
      const guesses = arena.count(400, 100);
      await many(guesses, atOnce, async (index) => {
        const address = `203.0.113.${index % 250}`;
        const headers = {
          authorization: `Bearer guess-${index}`,
          'x-forwarded-for': address,
          'cf-connecting-ip': address,
          'true-client-ip': address,
          forwarded: `for=${address}`,
          'x-real-ip': address,
        };
        arena.tally.came(await arena.client.json('/v1/tts', { text: 'Hi.' }, { headers }));
      });
      const counted = arena.tally.answers.get('401') ?? 0;
      arena.tally.check(
        counted <= 40,
        `${counted} of ${guesses} guesses were let through; 20 a minute are allowed`,
      );
    },
  },
];
