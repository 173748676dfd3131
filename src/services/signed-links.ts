import { SpeechFailure } from '../core/errors.ts';
import type { Clock } from '../core/ports.ts';
import type { KeyRing, NamedKey } from './keys.ts';

/** What an address says, and whose it is. */
export interface OpenedLink {
  readonly payload: unknown;
  /** Who signed it; undefined where no key is asked for. */
  readonly key: NamedKey | undefined;
  /** Epoch seconds. */
  readonly expires: number;
  /** Names the address: it has one spelling. */
  readonly signature: string;
}

/**
 * Signs what a playable address says, so that it needs no key: HMAC-SHA-256 (RFC 2104) over end, payload and the hash of
 * the key that signed. So an address ends with its key, and with another key of the same name nobody inherits it.
 */
export interface LinkSigner {
  /** The query of an address for `payload` that ends at `expires` (epoch seconds). */
  sign(payload: object, expires: number, key: NamedKey | undefined): Promise<string>;
  /** @param search the query as it was sent @throws SpeechFailure `link_refused` for all but what `sign` made */
  open(search: string): Promise<OpenedLink>;
}

/** The longest life of an address. */
export const MAX_LINK_SECONDS: number = 30 * 24 * 3600;

const algorithm = { name: 'HMAC', hash: 'SHA-256' };
const SECRET_BYTES = 32;
/** Exactly as `sign` writes it: every other spelling is refused. 43 characters are the 32 bytes of the signature. */
const spelling = /^\?say=([\w-]+)&expires=([1-9]\d{0,14})&sig=([\w-]{43})$/;

/** An empty `secret` takes a random one: addresses then end with the process. */
export function createLinkSigner(
  secret: string,
  keys: Pick<KeyRing, 'named' | 'isOpen'>,
  clock: Pick<Clock, 'wallNow'>,
): LinkSigner {
  const bytes =
    secret === '' ? crypto.getRandomValues(new Uint8Array(SECRET_BYTES)) : new TextEncoder().encode(secret);
  let hmac: Promise<CryptoKey> | undefined;
  const hmacOnce = (): Promise<CryptoKey> => {
    hmac ??= crypto.subtle.importKey('raw', bytes, algorithm, false, ['sign', 'verify']);
    return hmac;
  };
  const signed = (payload: string, expires: string, key: NamedKey | undefined): Uint8Array<ArrayBuffer> =>
    new TextEncoder().encode(`${expires}.${payload}.${key?.sha256 ?? ''}`);
  /** Keys that may have signed; nobody's addresses hold only while no key is asked for. */
  const signersOf = async (name: unknown): Promise<readonly (NamedKey | undefined)[]> => {
    if (name === undefined) return (await keys.isOpen()) ? [undefined] : [];
    return typeof name === 'string' ? keys.named(name) : [];
  };
  return {
    async sign(payload, expires, key) {
      const said = key ? { ...payload, key: key.name } : payload;
      const text = toBase64url(new TextEncoder().encode(JSON.stringify(said)));
      const signature = await crypto.subtle.sign(
        algorithm,
        await hmacOnce(),
        signed(text, String(expires), key),
      );
      return `say=${text}&expires=${expires}&sig=${toBase64url(new Uint8Array(signature))}`;
    },
    async open(search) {
      const [, say = '', expires = '', sig = ''] = spelling.exec(search) ?? [];
      const signature = fromBase64url(sig);
      const payload = parsePayload(fromBase64url(say));
      if (!signature || !payload) throw refused(false);
      for (const key of await signersOf(payload.key)) {
        if (!(await crypto.subtle.verify(algorithm, await hmacOnce(), signature, signed(say, expires, key))))
          continue;
        if (Number(expires) * 1000 < clock.wallNow()) throw refused(true);
        return { payload, key, expires: Number(expires), signature: sig };
      }
      throw refused(false);
    },
  };
}

function refused(over: boolean): SpeechFailure {
  return new SpeechFailure({ code: 'link_refused', over });
}

function parsePayload(bytes: Uint8Array | undefined): { readonly key?: unknown } | undefined {
  if (!bytes) return undefined;
  try {
    const payload: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    return typeof payload === 'object' && payload !== null ? payload : undefined;
  } catch {
    return undefined;
  }
}

function toBase64url(bytes: Uint8Array): string {
  const binary = Array.from(bytes, (byte) => String.fromCharCode(byte)).join('');
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

/** Undefined for all but the one spelling of the bytes: the last character holds bits that no byte has. */
function fromBase64url(text: string): Uint8Array<ArrayBuffer> | undefined {
  if (text === '') return undefined;
  try {
    const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
    const bytes = Uint8Array.from(binary, (character) => character.charCodeAt(0));
    return toBase64url(bytes) === text ? bytes : undefined;
  } catch {
    return undefined;
  }
}
