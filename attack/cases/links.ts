import type { Arena, AttackCase } from '../case.ts';
import { bearer, keysOf } from '../servers.ts';
import { none, twoKeys } from '../setups.ts';

/** A signed address of `key`, as a path. */
async function signed(arena: Arena, key: string, input: string): Promise<string> {
  const reply = await arena.client.json(
    '/v1/audio/speech/url',
    { input, response_format: 'wav' },
    { headers: bearer(key) },
  );
  arena.tally.came(reply);
  const { url } = JSON.parse(reply.text) as { url: string };
  const { pathname, search } = new URL(url);
  return pathname + search;
}

const isFine = (status: number): boolean => status === 200 || status === 206;

export const linkCases: readonly AttackCase[] = [
  {
    name: 'link-spellings',
    tries: 'a signed address written in other ways, and with anything in its place',
    setup: twoKeys,
    async run(arena) {
      const { client, tally } = arena;
      const path = await signed(arena, 'honest', 'One canonical spelling.');
      const [address = '', query = ''] = path.split('?');
      const part = (name: string): string => new RegExp(`${name}=([^&]*)`).exec(query)?.[1] ?? '';
      const [say, expires, sig] = ['say', 'expires', 'sig'].map(part) as [string, string, string];
      const write = (s: string, e: string, g: string): string => `${address}?say=${s}&expires=${e}&sig=${g}`;
      const last = sig.slice(0, -1) + (sig.endsWith('A') ? 'B' : 'A');
      const others: Readonly<Record<string, string>> = {
        padding: write(say, expires, `${sig}=`),
        'escaped padding': write(say, expires, `${sig}%3D`),
        'a newline in sig': write(say, expires, `${sig}%0a`),
        'a form feed in sig': write(say, expires, `${sig.slice(0, 5)}%0c${sig.slice(5)}`),
        'a space in sig': write(say, expires, `${sig.slice(0, 5)}%20${sig.slice(5)}`),
        'the other base64': write(say, expires, sig.replaceAll('-', '%2B').replaceAll('_', '%2F')),
        'other last bits': write(say, expires, last),
        'twice sig': `${path}&sig=${sig}`,
        'another parameter': `${path}&x=1`,
        'another order': `${address}?sig=${sig}&say=${say}&expires=${expires}`,
        'escaped letters': write(say, expires, sig).replace('sig=', 's%69g='),
        'no sig': `${address}?say=${say}&expires=${expires}`,
        'an empty sig': write(say, expires, ''),
        'a later end': write(say, `${expires}0`, sig),
        'an end in other digits': write(say, `0${expires}`, sig),
        'no text': write('', expires, sig),
        'other text': write(`${say.slice(0, -4)}AAAA`, expires, sig),
        'a long sig': write(say, expires, 'A'.repeat(8000)),
        'NUL in sig': write(say, expires, '%00'),
        'no UTF-8 in sig': write(say, expires, '%ff%fe'),
      };
      for (const [name, other] of Object.entries(others)) {
        const reply = tally.came(await client.ask(other));
        const isSame = sig === sig.replace(/[-_]/, '') && name === 'the other base64'; // nothing to write in another way
        tally.check(!isFine(reply.status) || isSame, `${name} was accepted`);
        tally.check(reply.status < 500 && reply.status > 0, `${name} got ${reply.status || reply.end}`);
      }
      const itself = tally.came(await client.ask(path));
      tally.check(isFine(itself.status), `the address itself got ${itself.status}`);
    },
  },
  {
    name: 'link-charged',
    tries: 'a key with a limit of 100 characters a minute signs far more',
    setup: { keys: ['honest', 'greedy'], env: { FISH_RATE_LIMIT_CHARACTERS: '100' } },
    async run({ client, tally }) {
      for (let index = 0; index < 20; index++) {
        const body = { input: `Twenty times as much as it may, number ${index}.` };
        tally.came(await client.json('/v1/audio/speech/url', body, { headers: bearer('greedy') }));
      }
      tally.check((tally.answers.get('429') ?? 0) > 0, '900 characters were signed with a limit of 100');
    },
  },
  {
    name: 'link-deleted-key',
    tries: 'a signed address after its key was deleted',
    setup: none,
    not: { workers: 'its keys are a secret, which changes with a deployment only' },
    async run({ own, tally, runtime }) {
      const { writeFile } = await import('node:fs/promises');
      const { startFakeOrigin } = await import('../../test/fake-origin.ts');
      const origin = await startFakeOrigin();
      const folder = await own.folder();
      const file = `${folder}/keys.json`;
      await writeFile(file, await keysOf(['honest', 'gone']), { mode: 0o600 });
      const env = { FISH_BACKEND: origin.url, FISH_KEYS_FILE: file };
      const server = await own.start(env, runtime === 'deno' ? folder : undefined);
      const sign = await fetch(`${server.url}/v1/audio/speech/url`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...bearer('gone') },
        body: JSON.stringify({ input: 'Signed by somebody who is gone.' }),
      });
      const { url } = (await sign.json()) as { url: string };
      await writeFile(file, await keysOf(['honest']), { mode: 0o600 });
      await new Promise((resolve) => setTimeout(resolve, 3000)); // a file of keys is believed for two seconds
      const reply = await fetch(url);
      await reply.arrayBuffer();
      tally.sent += 2;
      tally.saw(String(reply.status));
      tally.check(!reply.ok, 'the address of a deleted key still speaks');
      await origin.close();
    },
  },
  {
    name: 'name-collision',
    tries: '/tts: "very_" + slow and "" + very_slow must not share a file',
    setup: twoKeys,
    async run({ client, tally, origin }) {
      const ask = async (text: string, speed: string, key: string): Promise<string> => {
        const reply = await client.ask(`/tts?text=${encodeURIComponent(text)}&speed=${speed}`, {
          headers: bearer(key),
        });
        tally.came(reply);
        return reply.text;
      };
      await ask('Meet me at eight. very_', 'slow', 'greedy');
      const before = origin.spoken.length;
      await ask('Meet me at eight. ', 'very_slow', 'honest');
      const said = origin.spoken.slice(before).length;
      tally.check(said > 0, 'one key decided what another one hears: the second text was never spoken');
    },
  },
];
