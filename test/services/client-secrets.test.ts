import { describe, expect, it } from 'vitest';
import { createClientSecrets, isClientSecret } from '../../src/services/client-secrets.ts';
import { createKeyRing, hashKey } from '../../src/services/keys.ts';
import { createPayloadSigner } from '../../src/services/payload-signer.ts';
import { createLinkSigner } from '../../src/services/signed-links.ts';
import { createFakeClock } from '../stream/fake-clock.ts';

const created = '2026-11-01T00:00:00Z';
const payload = { session: { type: 'realtime' } };

/** A server whose document of keys may change while it runs. */
async function server(names: readonly string[], secret = 'of the server') {
  const clock = createFakeClock();
  const documentOf = async (all: readonly string[]): Promise<string> =>
    JSON.stringify({
      keys: await Promise.all(
        all.map(async (name) => ({ name, sha256: await hashKey(`secret of ${name}`), created })),
      ),
    });
  let document = names.length === 0 ? undefined : await documentOf(names);
  const keys = createKeyRing({ apiKey: '', read: async () => document, clock, onProblem: () => {} });
  const signer = createPayloadSigner(secret, keys, clock);
  const secrets = createClientSecrets(signer);
  return {
    clock,
    secrets,
    links: createLinkSigner(signer),
    expires: (seconds: number): number => Math.floor(clock.wallNow() / 1000) + seconds,
    key: async (name: string) => keys.find(`secret of ${name}`),
    async change(left: readonly string[]): Promise<void> {
      document = await documentOf(left);
      clock.advance(2001);
    },
  };
}

describe('a client secret', () => {
  it('says what it holds and whose it is, until its time is over', async () => {
    const { clock, secrets, expires, key } = await server(['ada']);
    const secret = await secrets.create(payload, expires(60), await key('ada'));
    expect(isClientSecret(secret)).toBe(true);
    expect(await secrets.open(secret)).toMatchObject({ payload, key: { name: 'ada' } });
    clock.advance(59_000);
    expect(await secrets.open(secret)).toBeDefined();
    clock.advance(2000);
    expect(await secrets.open(secret)).toBeUndefined();
  });

  it('ends with the key that made it', async () => {
    const { secrets, expires, key, change } = await server(['ada', 'bob']);
    const secret = await secrets.create(payload, expires(600), await key('ada'));
    await change(['bob']);
    expect(await secrets.open(secret)).toBeUndefined();
  });

  it('holds without a key while none is asked for', async () => {
    const { secrets, expires, change } = await server([]);
    const secret = await secrets.create(payload, expires(600), undefined);
    expect(await secrets.open(secret)).toEqual({ payload, key: undefined });
    await change(['ada']);
    expect(await secrets.open(secret)).toBeUndefined();
  });

  it('is good at another server of the same secret, and at no other', async () => {
    const [one, twin, other] = [
      await server(['ada']),
      await server(['ada']),
      await server(['ada'], 'another'),
    ];
    const secret = await one.secrets.create(payload, one.expires(600), await one.key('ada'));
    expect(await twin.secrets.open(secret)).toBeDefined();
    expect(await other.secrets.open(secret)).toBeUndefined();
  });

  it('is no playable address, nor is one a secret', async () => {
    const { secrets, links, expires, key } = await server(['ada']);
    const [until, ada] = [expires(600), await key('ada')];
    const [, text, signature] = /^ek_(.+)\.\d+\.(.+)$/.exec(await secrets.create(payload, until, ada)) ?? [];
    const query = `?say=${text}&expires=${until}&sig=${signature}`;
    await expect(links.open(query)).rejects.toMatchObject({ error: { code: 'link_refused', over: false } });
    const address = new URLSearchParams(await links.sign(payload, until, ada));
    const forged = `ek_${address.get('say')}.${until}.${address.get('sig')}`;
    expect(await secrets.open(forged)).toBeUndefined();
  });
});
