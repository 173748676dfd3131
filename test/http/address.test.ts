import { Hono } from 'hono';
import { describe, expect, it } from 'vitest';
import type { HttpEnv } from '../../src/http/env.ts';
import { address } from '../../src/http/middleware/address.ts';

type Seen = Pick<HttpEnv['Variables'], 'address' | 'client' | 'isLocal'>;

async function seen(
  peer: string | undefined,
  forwarded = '',
  trusted: readonly string[] = [],
): Promise<Seen> {
  const app = new Hono<HttpEnv>();
  app.use(address(trusted));
  app.get('/', (c) => c.json(c.var));
  const headers = forwarded === '' ? {} : { 'x-forwarded-for': forwarded };
  return (await app.request('/', { headers }, { peer })).json();
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
    expect((await seen(peer, forwarded, trusted)).address).toBe(wanted);
  });

  it('is limited by the /64 for IPv6', async () => {
    const limited = async (peer: string): Promise<string> => (await seen(peer)).client;
    expect(await limited('2001:db8:1:2:3:4:5:6')).toBe(await limited('2001:db8:1:2::9'));
    expect(await limited('2001:db8:1:2::9')).not.toBe(await limited('2001:db8:1:3::9'));
    expect(await limited('192.0.2.1')).toBe('192.0.2.1');
  });

  it.each([
    ['127.0.0.8', true],
    ['::1', true],
    [undefined, true],
    ['10.0.0.1', false],
    ['203.0.113.9', false],
  ])('%s is of this machine: %s', async (peer, wanted) => {
    expect((await seen(peer)).isLocal).toBe(wanted);
  });
});
