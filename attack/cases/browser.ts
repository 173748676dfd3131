import type { AttackCase } from '../case.ts';
import { many } from '../client.ts';
import { locked } from '../setups.ts';

const mine = 'https://mine.example';
const evil = 'https://evil.example';

export const browserCases: readonly AttackCase[] = [
  {
    name: 'foreign-pages',
    tries: 'web pages of other origins, with FISH_CORS_ORIGINS set to one',
    setup: { env: { FISH_CORS_ORIGINS: mine } },
    async run({ client, tally, origin }) {
      const before = origin.spoken.length;
      for (const [from, method] of [evil, 'null', `${mine}.evil.example`].flatMap((page) => [
        [page, 'POST'],
        [page, 'OPTIONS'],
      ])) {
        const headers = {
          origin: from ?? '',
          'content-type': 'application/json',
          'access-control-request-method': 'POST',
        };
        const asking = {
          method: method ?? 'POST',
          headers,
          ...(method === 'POST' ? { body: '{"text":"From a page."}' } : {}),
        };
        const reply = tally.came(await client.ask('/v1/tts', asking));
        const allowed = reply.headers['access-control-allow-origin'];
        tally.check(
          allowed !== '*' && allowed !== from,
          `${from} (${method}) may read the answer: ${allowed}`,
        );
      }
      tally.note(`${origin.spoken.length - before} of their requests were spoken`);
      const own = tally.came(await client.ask('/v1/models', { headers: { origin: mine } }));
      tally.check(
        own.headers['access-control-allow-origin'] === mine,
        'the page that is allowed may not read',
      );
    },
  },
  {
    name: 'open-voices',
    tries: '/v1/audio/voices without a key, over and over: limited',
    setup: { env: { ...locked.env, FISH_RATE_LIMIT: '30' } },
    async run({ client, tally, count }) {
      const times = count(300, 120);
      await many(times, 16, async () => {
        tally.came(await client.ask('/v1/audio/voices'));
      });
      const through = tally.answers.get('200') ?? 0;
      tally.check(through <= 60, `${through} of ${times} were answered; 30 a minute are allowed`);
    },
  },
];
