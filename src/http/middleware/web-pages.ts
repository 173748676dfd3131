import type { Context } from 'hono';
import ipaddr from 'ipaddr.js';
import type { KeyRing } from '../../services/keys.ts';
import type { HttpEnv } from '../env.ts';
import type { OpenPaths } from './open-paths.ts';

/** Names that no stranger can point at this machine: without a dot, or of networks that are private by definition. */
const privateNames = /^[^.]+$|\.(?:localhost|local|internal|home\.arpa)$/;

/**
 * Whether the page behind a request, if there is one, is of one of `origins` or of this server. Programs send no `Origin`. A
 * page cannot leave it out where it could read an answer or send one of ours anything but a plain GET; for those its
 * `Referer` speaks. Where no key is asked for, the name in the address must be ours too: a page whose own name points at
 * this machine (DNS rebinding) looks like one of the server's own.
 */
export async function mayUse(
  c: Context<HttpEnv>,
  origins: readonly string[],
  keys: Pick<KeyRing, 'isOpen'>,
  openPaths: OpenPaths,
): Promise<boolean> {
  const why = openPaths(c);
  if (why === 'probe') return true; // a load balancer asks under any name, and no page can read the answer
  const host = hostOf(c);
  if ((await keys.isOpen()) && !isOurs(host, origins)) return false;
  const page = pageOf(c);
  if (page === undefined || why === 'signed') return true;
  return origins.includes(page) || (isOurs(host, []) && URL.canParse(page) && new URL(page).host === host);
}

/** The origin of the page that sent it; `null` for one that hides; undefined where none did. */
function pageOf(c: Context<HttpEnv>): string | undefined {
  const origin = c.req.header('origin');
  if (origin !== undefined) return origin;
  const referer = c.req.header('referer') ?? '';
  if (URL.canParse(referer)) return new URL(referer).origin;
  const site = c.req.header('sec-fetch-site') ?? 'none';
  return site === 'none' || site === 'same-origin' ? undefined : 'null';
}

/** As the client sees it, with a port that is not the usual one. */
function hostOf(c: Context<HttpEnv>): string {
  return (c.req.header('host') ?? new URL(c.req.url).host).toLowerCase();
}

function isOurs(host: string, origins: readonly string[]): boolean {
  const name = host.replace(/:\d+$/, '').replace(/^\[|\]$/g, '');
  if (ipaddr.isValid(name) || privateNames.test(name)) return true;
  return origins.some((origin) => new URL(origin).hostname === name);
}
