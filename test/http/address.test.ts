import { Hono } from 'hono';
import { describe, expect, it } from 'vitest';
import type { HttpEnv } from '../../src/http/env.ts';
import { address, isLocal, limitedAddress } from '../../src/http/middleware/address.ts';

async function seen(
  peer: string | undefined,
  forwarded: string,
  trusted: readonly string[],
): Promise<string> {
  const app = new Hono<HttpEnv>();
  app.use(address(trusted));
  app.get('/', (c) => c.text(c.get('address')));
  const headers = forwarded === '' ? {} : { 'x-forwarded-for': forwarded };
  return (await app.request('/', { headers }, { peer })).text();
}

describe('the address of a client', () => {
  it.each([
    ['a header from a stranger counts for nothing', '203.0.113.9', '1.2.3.4', [], '203.0.113.9'],
    ['a trusted proxy is believed', '10.0.0.1', '198.51.100.7', ['10.0.0.0/8'], '198.51.100.7'],
    [
      'what stands before the last stranger may be made up',
      '10.0.0.1',
      '6.6.6.6, 198.51.100.7, 10.2.2.2',
      ['10.0.0.0/8'],
      '198.51.100.7',
    ],
    ['all hops trusted: the first of them', '10.0.0.1', '10.0.0.3, 10.0.0.2', ['10.0.0.0/8'], '10.0.0.3'],
    ['nonsense ends the walk', '10.0.0.1', '198.51.100.7, unknown', ['10.0.0.0/8'], '10.0.0.1'],
    ['IPv4 inside IPv6', '::ffff:10.0.0.1', '198.51.100.7:4711', ['10.0.0.1'], '198.51.100.7'],
    ['IPv6 with a port', '::1', '[2001:db8::7]:80', ['::1'], '2001:db8::7'],
    ['no socket', undefined, '1.2.3.4', ['10.0.0.0/8'], 'unknown'],
  ])('%s', async (_, peer, forwarded, trusted, wanted) => {
    expect(await seen(peer, forwarded, trusted)).toBe(wanted);
  });

  it('is limited by the /64 for IPv6', () => {
    expect(limitedAddress('2001:db8:1:2:3:4:5:6')).toBe(limitedAddress('2001:db8:1:2::9'));
    expect(limitedAddress('2001:db8:1:2::9')).not.toBe(limitedAddress('2001:db8:1:3::9'));
    expect(limitedAddress('192.0.2.1')).toBe('192.0.2.1');
    expect([isLocal('127.0.0.8'), isLocal('::1'), isLocal('10.0.0.1'), isLocal('203.0.113.9')]).toEqual([
      true,
      true,
      false,
      false,
    ]);
  });
});
