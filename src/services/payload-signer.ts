import type { Clock } from '../core/ports.ts';
import type { KeyRing, NamedKey } from './keys.ts';

/** A payload as it is sent: what it says, and that this server said it. */
interface SignedPayload {
  readonly text: string;
  /** 43 characters of base64url. */
  readonly signature: string;
}

interface OpenedPayload {
  readonly payload: unknown;
  /** Who signed it; undefined where no key is asked for. */
  readonly key: NamedKey | undefined;
  /** Its time is over. */
  readonly isOver: boolean;
}

/**
 * Signs what clients carry: HMAC-SHA-256 (RFC 2104) over what it is for, its end, the payload and the hash of the key that
 * signed. So it ends with its key, with another key of the same name nobody inherits it, and what is signed for one thing is
 * good for no other.
 */
export interface PayloadSigner {
  /** @param purpose ends with a dot, or is empty for playable addresses @param expires epoch seconds */
  sign(purpose: string, payload: object, expires: number, key: NamedKey | undefined): Promise<SignedPayload>;
  /** Undefined for all but what `sign` made for this purpose, in its one spelling, by a key that still holds. */
  open(purpose: string, signed: SignedPayload, expires: string): Promise<OpenedPayload | undefined>;
}

const algorithm = { name: 'HMAC', hash: 'SHA-256' };

export function createPayloadSigner(
  secret: string,
  keys: Pick<KeyRing, 'named' | 'isOpen'>,
  clock: Pick<Clock, 'wallNow'>,
): PayloadSigner {
  const bytes = new TextEncoder().encode(secret);
  let hmac: Promise<CryptoKey> | undefined;
  const hmacOnce = (): Promise<CryptoKey> => {
    hmac ??= crypto.subtle.importKey('raw', bytes, algorithm, false, ['sign', 'verify']);
    return hmac;
  };
  const signedBytes = (
    purpose: string,
    expires: string,
    text: string,
    key: NamedKey | undefined,
  ): Uint8Array<ArrayBuffer> => new TextEncoder().encode(`${purpose}${expires}.${text}.${key?.sha256 ?? ''}`);
  /** Keys that may have signed; what nobody signed holds only while no key is asked for. */
  const signersOf = async (name: unknown): Promise<readonly (NamedKey | undefined)[]> => {
    if (name === undefined) return (await keys.isOpen()) ? [undefined] : [];
    return typeof name === 'string' ? keys.named(name) : [];
  };
  return {
    async sign(purpose, payload, expires, key) {
      const said = key ? { ...payload, key: key.name } : payload;
      const text = toBase64url(new TextEncoder().encode(JSON.stringify(said)));
      const signed = signedBytes(purpose, String(expires), text, key);
      const signature = await crypto.subtle.sign(algorithm, await hmacOnce(), signed);
      return { text, signature: toBase64url(new Uint8Array(signature)) };
    },
    async open(purpose, { text, signature }, expires) {
      const proof = fromBase64url(signature);
      const payload = parsePayload(fromBase64url(text));
      if (!proof || !payload) return undefined;
      for (const key of await signersOf(payload.key)) {
        const signed = signedBytes(purpose, expires, text, key);
        if (await crypto.subtle.verify(algorithm, await hmacOnce(), proof, signed))
          return { payload, key, isOver: Number(expires) * 1000 < clock.wallNow() };
      }
      return undefined;
    },
  };
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
