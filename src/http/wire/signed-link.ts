import { SpeechFailure } from '../../speech/errors.ts';

/** Signs what a playable address says, so that it needs no key: HMAC-SHA-256 (RFC 2104) over payload and end. */
export interface LinkSigner {
  /** The query of an address for `payload` that ends at `expires` (epoch seconds). */
  sign(payload: unknown, expires: number): Promise<string>;
  /** The payload of a query. @throws SpeechFailure `link_refused` when it was changed or is over */
  open(params: URLSearchParams): Promise<unknown>;
}

const algorithm = { name: 'HMAC', hash: 'SHA-256' };
const secretBytes = 32;

/** An empty `secret` takes a random one: addresses then end with the process. */
export function createLinkSigner(secret: string): LinkSigner {
  const bytes =
    secret === '' ? crypto.getRandomValues(new Uint8Array(secretBytes)) : new TextEncoder().encode(secret);
  let key: Promise<CryptoKey> | undefined;
  const keyOnce = (): Promise<CryptoKey> => {
    key ??= crypto.subtle.importKey('raw', bytes, algorithm, false, ['sign', 'verify']);
    return key;
  };
  const signed = (payload: string, expires: string): Uint8Array<ArrayBuffer> =>
    new TextEncoder().encode(`${expires}.${payload}`);
  return {
    async sign(payload, expires) {
      const text = toBase64url(new TextEncoder().encode(JSON.stringify(payload)));
      const signature = await crypto.subtle.sign(algorithm, await keyOnce(), signed(text, String(expires)));
      return `say=${text}&expires=${expires}&sig=${toBase64url(new Uint8Array(signature))}`;
    },
    async open(params) {
      const [say, expires, sig] = ['say', 'expires', 'sig'].map((name) => params.get(name) ?? '') as [
        string,
        string,
        string,
      ];
      const signature = fromBase64url(sig);
      const isOurs =
        signature !== undefined &&
        (await crypto.subtle.verify(algorithm, await keyOnce(), signature, signed(say, expires)));
      if (!isOurs) throw new SpeechFailure({ code: 'link_refused', over: false });
      if (Number(expires) * 1000 < Date.now()) throw new SpeechFailure({ code: 'link_refused', over: true });
      return JSON.parse(new TextDecoder().decode(fromBase64url(say)));
    },
  };
}

function toBase64url(bytes: Uint8Array): string {
  const binary = Array.from(bytes, (byte) => String.fromCharCode(byte)).join('');
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

function fromBase64url(text: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
    return Uint8Array.from(binary, (character) => character.charCodeAt(0));
  } catch {
    return undefined;
  }
}
