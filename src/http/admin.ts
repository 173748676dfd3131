import type { Context } from 'hono';
import { SpeechFailure } from '../core/errors.ts';
import { describe } from '../telemetry/log.ts';
import type { HttpEnv } from './env.ts';
import { isKnownLocal } from './middleware/address.ts';
import { isOfNoOtherPage } from './middleware/cors.ts';
import type { DialectDeps } from './options.ts';

const THIS_MACHINE = 'this machine';

/**
 * Who asks, for the log, where that is an administrator: a key with the right, the one key without a name or, where no key is
 * asked for, somebody on this machine. Other web pages that somebody there has open are not: they could send the same.
 */
export async function findAdministrator(
  c: Context<HttpEnv>,
  { keys, admin }: Pick<DialectDeps, 'keys' | 'admin'>,
): Promise<string | undefined> {
  if (!admin || admin.access === 'off') return undefined;
  const key = c.get('key');
  if (key) return key.master || key.admin === true ? key.name : undefined;
  if (admin.access === 'keys' || !(await keys.isOpen())) return undefined;
  return isKnownLocal(c) && isOfNoOtherPage(c) ? THIS_MACHINE : undefined;
}

/** @throws SpeechFailure `permission_denied`; `not_found` where nobody may */
export async function requireAdministrator(
  c: Context<HttpEnv>,
  deps: Pick<DialectDeps, 'keys' | 'admin'>,
): Promise<string> {
  const name = await findAdministrator(c, deps);
  if (name !== undefined) return name;
  if (!deps.admin || deps.admin.access === 'off') throw new SpeechFailure({ code: 'not_found' });
  const message = c.get('key')
    ? 'This key may not look after the server: it takes one that was made with the right to.'
    : 'Only a key with the right to may look after the server or, where none is asked for, this machine.';
  throw new SpeechFailure({ code: 'permission_denied', message });
}

/** Writes an audit line about what the administrator behind `c` did. */
export function auditOf(
  c: Context<HttpEnv>,
  { log }: Pick<DialectDeps, 'log'>,
): (action: string, what: Readonly<Record<string, string>>, cause?: unknown) => void {
  const by = c.get('key')?.name ?? THIS_MACHINE;
  const id = c.get('requestId');
  return (action, what, cause) =>
    log.info('audit', { action, ...what, by, id, cause: cause === undefined ? undefined : describe(cause) });
}
