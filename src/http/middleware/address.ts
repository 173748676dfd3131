import type { Context, MiddlewareHandler } from 'hono';
import ipaddr from 'ipaddr.js';
import { LRUCache } from 'lru-cache';
import type { HttpEnv } from '../env.ts';

const unknownAddress = 'unknown';

/** Whether it is known that the client is on this machine: one whose runtime tells no address may be anywhere. */
export function isKnownLocal(c: Context<HttpEnv>): boolean {
  return c.get('isLocal') && c.get('address') !== unknownAddress;
}

type Address = ipaddr.IPv4 | ipaddr.IPv6;
type Network = [Address, number];

/** What is asked of an address. */
interface Client {
  readonly address: Address;
  readonly text: string;
  /** What a limit counts: an IPv4 address, or the /64 of an IPv6 address. */
  readonly limited: string;
  readonly isLoopback: boolean;
}

/** Addresses of sockets that are remembered: over each of them come many requests. */
const MAX_PEERS = 1024;

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
  const peers = new LRUCache<string, Client>({ max: MAX_PEERS });
  const peerOf = (text: string): Client | undefined => {
    const found = peers.get(text) ?? clientOf(text);
    if (found) peers.set(text, found);
    return found;
  };
  return (c, next) => {
    const peer = peerOf(c.env?.peer ?? '');
    const client = peer && isIn(peer, networks) ? forwardedBy(peer, networks, c) : peer;
    c.set('address', client?.text ?? unknownAddress);
    c.set('client', client?.limited ?? unknownAddress);
    c.set('isLocal', (client?.isLoopback ?? true) && !isForwarded(c)); // none has an address on Unix sockets, and on workerd without its network
    return next();
  };
}

/** What a trusted proxy says: the last hop that is none of its kind. */
function forwardedBy(proxy: Client, networks: readonly Network[], c: Context<HttpEnv>): Client {
  const proto = c.req.header('x-forwarded-proto')?.split(',').pop()?.trim();
  if (proto === 'https' || proto === 'http') c.set('forwardedProto', proto);
  const hops = (c.req.header('x-forwarded-for') ?? '').split(',').slice(-MAX_HOPS);
  let client = proxy;
  while (isIn(client, networks) && hops.length > 0) {
    const hop = clientOf(hops.pop() ?? '');
    if (!hop) break;
    client = hop;
  }
  return client;
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

function limitedAddress(address: Address): string {
  const text = address.toString();
  if (address.kind() !== 'ipv6') return text;
  return `${ipaddr.IPv6.networkAddressFromCIDR(`${text}/${IPV6_PREFIX}`).toString()}/${IPV6_PREFIX}`;
}

function toNetwork(text: string): Network {
  if (ipaddr.isValidCIDR(text)) return ipaddr.parseCIDR(text);
  const single = ipaddr.process(text);
  return [single, single.kind() === 'ipv4' ? 32 : 128];
}

/** `1.2.3.4`, `1.2.3.4:5678`, `::1`, `[::1]:5678`; an IPv4 address inside IPv6 is taken out. */
function clientOf(text: string): Client | undefined {
  const [, v6, v4] = /^\s*(?:\[([^\]]+)\](?::\d+)?|([\d.]+)(?::\d+)?)\s*$/.exec(text) ?? [];
  const bare = v6 ?? v4 ?? text.trim();
  if (!ipaddr.isValid(bare)) return undefined;
  const address = ipaddr.process(bare);
  return {
    address,
    text: address.toString(),
    limited: limitedAddress(address),
    isLoopback: address.range() === 'loopback',
  };
}

function isIn({ address }: Client, networks: readonly Network[]): boolean {
  return networks.some(
    ([network, bits]) => network.kind() === address.kind() && address.match(network, bits),
  );
}
