import * as z from 'zod';
import { firstIssue } from '../core/first-issue.ts';
import { sha256 } from '../core/hash.ts';
import type { Clock, Ports } from '../core/ports.ts';

const MAX_KEYS = 10_000;
/** Requests or characters a minute. */
export const MAX_RATE = 1_000_000_000;
export const keyName: RegExp = /^[\w.@-]{1,64}$/;
/** How long a file of keys is believed before it is read again. */
const BELIEVED_MS = 2000;
/** The same where it does not have the key that is asked for: another process may just have made it. */
const BELIEVED_WITHOUT_MS = 100;
/** One that began before the document was changed here, and one after it. */
const MAX_READS = 2;

const namedKey = z.object({
  name: z.string().regex(keyName, { error: 'a name has 1 to 64 letters, digits, dots, dashes, @' }),
  /** Of the key, in hex. */
  sha256: z.string().regex(/^[0-9a-f]{64}$/, { error: 'sha256 must be 64 hex digits' }),
  /** Requests a minute; undefined is the server's limit, 0 is none. */
  rate: z.number().int().min(0).max(MAX_RATE).optional(),
  /** Characters a minute; undefined is the server's limit, 0 is none. */
  characters: z.number().int().min(0).max(MAX_RATE).optional(),
  /** May change what all keys share. */
  admin: z.boolean().optional(),
  created: z.iso.datetime(),
  /** Undefined is never. */
  expires: z.iso.datetime().optional(),
});

/** A named key. Its secret is kept as a hash: keys are 256 random bits, so that no salt or slow hash is needed. */
export interface NamedKey extends Readonly<z.infer<typeof namedKey>> {
  /** The server's one key without a name, which owns whatever keys own; no document can say so. */
  readonly master?: boolean | undefined;
}

const keysDocument = z.object({ keys: z.array(namedKey).max(MAX_KEYS) });

/** Reads a document of keys. @throws Error with one line that says what is wrong in it, and never a hash */
export function parseKeys(text: string): readonly NamedKey[] {
  if (text.trim() === '') return [];
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch {
    throw new Error('the keys are not JSON');
  }
  const result = keysDocument.safeParse(content);
  if (result.success) return result.data.keys;
  const { message, path } = firstIssue(result.error);
  throw new Error(`the keys are wrong at ${path.join('.') || 'the top'}: ${message}`);
}

/** As documents of keys have it. */
export function hashKey(key: string, createHash?: Ports['createHash'] | undefined): Promise<string> {
  return sha256(key, createHash);
}

/** Who may enter. */
export interface KeyRing {
  /**
   * No key is asked for: there is none, and there was never a document of keys. One that is empty, cannot be read, or is gone
   * again lets nobody in: a mistake must not open a server.
   */
  isOpen(): Promise<boolean>;
  /** The key that a token is, or undefined. Takes the same time whichever key is meant: only hashes are compared. */
  find(token: string): Promise<NamedKey | undefined>;
  /** The keys of a name that hold now: none, one, or several while one takes the place of another. */
  named(name: string): Promise<readonly NamedKey[]>;
  /** The document was changed here: it is read before anybody is let in or kept out again. */
  reread(): void;
}

export interface KeySources {
  /** The one key without a name; none when empty. */
  readonly apiKey: string;
  /** Reads the document of named keys again; undefined where there is none. */
  readonly read?: (() => Promise<string | undefined>) | undefined;
  readonly clock: Pick<Clock, 'now' | 'wallNow'>;
  readonly createHash?: Ports['createHash'] | undefined;
  /** Told of a document that cannot be understood; the keys before it stay. */
  readonly onProblem: (problem: string) => void;
  /** Told what another document changed, for the log; of the first one, nothing. */
  readonly onChange?: ((change: KeyAudit) => void) | undefined;
}

interface KeyAudit {
  readonly action: 'created' | 'changed' | 'removed';
  readonly name: string;
}

/** Keys of the configuration and of a document that may change while the server runs. */
export function createKeyRing(sources: KeySources): KeyRing {
  const single = masterOf(sources.apiKey);
  let last = { at: Number.NEGATIVE_INFINITY, text: '', keys: new Map<string, NamedKey>() };
  let reading: Promise<void> | undefined;
  let hasDocument = false;
  let hasRead = false;
  let version = 0;
  const read = async (): Promise<void> => {
    const before = version;
    /** What began to be read before a change is believed for no longer than that read took. */
    const at = (): number => (version === before ? sources.clock.now() : Number.NEGATIVE_INFINITY);
    try {
      const found = await sources.read?.();
      hasDocument ||= found !== undefined;
      const text = found ?? '';
      const keys = text === last.text ? last.keys : new Map(parseKeys(text).map((key) => [key.sha256, key]));
      if (hasRead) for (const change of changesOf(last.keys, keys)) sources.onChange?.(change);
      hasRead = true;
      last = { at: at(), text, keys };
    } catch (error) {
      hasDocument = true;
      last = { ...last, at: at() };
      sources.onProblem((error as Error).message);
    }
  };
  const current = async (believedMs = BELIEVED_MS): Promise<ReadonlyMap<string, NamedKey>> => {
    const isOld = (): boolean => sources.clock.now() - last.at >= believedMs;
    for (let left = MAX_READS; sources.read && isOld() && left > 0; left--) {
      reading ??= read().finally(() => {
        reading = undefined;
      });
      await reading;
    }
    return last.keys;
  };
  const holds = ({ expires }: NamedKey): boolean =>
    expires === undefined || Date.parse(expires) > sources.clock.wallNow();
  return {
    async isOpen() {
      if (sources.apiKey !== '') return false;
      await current();
      return !hasDocument;
    },
    async find(token) {
      const hash = await hashKey(token, sources.createHash);
      const fixed = await single;
      if (fixed?.sha256 === hash) return fixed;
      const key = (await current()).get(hash) ?? (await current(BELIEVED_WITHOUT_MS)).get(hash);
      return key && holds(key) ? key : undefined;
    },
    async named(name) {
      const fixed = await single;
      const those = async (believedMs?: number): Promise<readonly NamedKey[]> => {
        const keys = [...(fixed ? [fixed] : []), ...(await current(believedMs)).values()];
        return keys.filter((key) => key.name === name && holds(key));
      };
      const found = await those();
      return found.length > 0 ? found : those(BELIEVED_WITHOUT_MS);
    },
    reread() {
      version++;
      last = { ...last, at: Number.NEGATIVE_INFINITY };
    },
  };
}

/** The one key without a name; undefined where there is none. */
async function masterOf(apiKey: string): Promise<NamedKey | undefined> {
  if (apiKey === '') return undefined;
  return { name: 'default', sha256: await hashKey(apiKey), created: '', master: true };
}

/** By hash: a key that is made anew under its name is one removed and one created. */
function* changesOf(
  before: ReadonlyMap<string, NamedKey>,
  now: ReadonlyMap<string, NamedKey>,
): Generator<KeyAudit, void, void> {
  if (before === now) return;
  for (const [sha256, { name }] of before) if (!now.has(sha256)) yield { action: 'removed', name };
  for (const [sha256, key] of now) {
    const known = before.get(sha256);
    if (!known) yield { action: 'created', name: key.name };
    else if (JSON.stringify(known) !== JSON.stringify(key)) yield { action: 'changed', name: key.name };
  }
}
