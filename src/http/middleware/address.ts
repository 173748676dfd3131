import type { Context, MiddlewareHandler } from 'hono';
import ipaddr from 'ipaddr.js';
import type { HttpEnv } from '../env.ts';

const unknownAddress = 'unknown';

/** Whether it is known that the client is on this machine: one whose runtime tells no address may be anywhere. */
export function isKnownLocal(c: Context<HttpEnv>): boolean {
  return c.get('isLocal') && c.get('address') !== unknownAddress;
}

type Address = ipaddr.IPv4 | ipaddr.IPv6;
type Network = [Address, number];

/** More hops than this are not looked at: the header is the client's to fill. */
const MAX_HOPS = 20;
/** A household or a server has a whole /64 (RFC 6177), so that a limit for one address of it would be none. */
const IPV6_PREFIX = 64;

/**
 * Sets `address`, and by it `client` and `isLocal`: the socket's, or, when that is a trusted proxy, the last address of `X-Forwarded-For` that is none. What
 * stands before that may be made up.
 */
export function address(trusted: readonly string[]): MiddlewareHandler<HttpEnv> {
  const networks = trusted.map(toNetwork);
  return async (c, next) => {
    let client = parse(c.env?.peer);
    const proto = c.req.header('x-forwarded-proto')?.split(',').pop()?.trim();
    if (client && isIn(client, networks) && (proto === 'https' || proto === 'http'))
      c.set('forwardedProto', proto);
    const hops = (c.req.header('x-forwarded-for') ?? '').split(',').slice(-MAX_HOPS);
    while (client && isIn(client, networks) && hops.length > 0) {
      const hop = parse(hops.pop());
      if (!hop) break;
      client = hop;
    }
    c.set('address', client?.toString() ?? unknownAddress);
    c.set('client', limitedAddress(client));
    c.set('isLocal', isLocal(client) && !isForwarded(c));
    await next();
  };
}

/** What proxies and tunnels add: behind one that is not trusted everybody has the address of this machine. */
const proxyHeaders: readonly string[] = [
  'forwarded',
  'via',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-proto',
  'x-real-ip',
  'x-client-ip',
  'true-client-ip',
  'fly-client-ip',
  'cdn-loop',
];

function isForwarded(c: Context<HttpEnv>): boolean {
  const cloudflare = c.req.header('cf-connecting-ip'); // is the peer itself where Cloudflare runs us
  if (cloudflare !== undefined && cloudflare !== c.env?.peer) return true;
  return proxyHeaders.some((name) => c.req.header(name) !== undefined);
}

/** Whether an address is of this machine: a loopback address, or none, as for Unix sockets and workerd without its network. */
function isLocal(client: Address | undefined): boolean {
  return client === undefined || client.range() === 'loopback';
}

/** What a limit for an address counts: an IPv4 address, or the /64 of an IPv6 address. */
function limitedAddress(client: Address | undefined): string {
  if (client?.kind() !== 'ipv6') return client?.toString() ?? unknownAddress;
  return `${ipaddr.IPv6.networkAddressFromCIDR(`${client.toString()}/${IPV6_PREFIX}`).toString()}/${IPV6_PREFIX}`;
}

function toNetwork(text: string): Network {
  if (ipaddr.isValidCIDR(text)) return ipaddr.parseCIDR(text);
  const single = ipaddr.process(text);
  return [single, single.kind() === 'ipv4' ? 32 : 128];
}

/** `1.2.3.4`, `1.2.3.4:5678`, `::1`, `[::1]:5678`; an IPv4 address inside IPv6 is taken out. */
function parse(text: string | undefined): Address | undefined {
  const [, v6, v4] = /^\s*(?:\[([^\]]+)\](?::\d+)?|([\d.]+)(?::\d+)?)\s*$/.exec(text ?? '') ?? [];
  const bare = v6 ?? v4 ?? text?.trim() ?? '';
  return ipaddr.isValid(bare) ? ipaddr.process(bare) : undefined;
}

function isIn(client: Address, networks: readonly Network[]): boolean {
  return networks.some(([network, bits]) => network.kind() === client.kind() && client.match(network, bits));
}
