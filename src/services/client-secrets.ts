import type { NamedKey } from './keys.ts';
import type { PayloadSigner } from './payload-signer.ts';

/** What a client secret is good for, and whose it is. */
export interface OpenedSecret {
  readonly payload: unknown;
  /** Who made it; undefined where no key is asked for. */
  readonly key: NamedKey | undefined;
}

/**
 * Keys that end soon, for clients that nobody trusts with a real one, such as web pages. Each says itself what it is good for; the
 * server keeps none.
 */
export interface ClientSecrets {
  /** @param expires epoch seconds */
  create(payload: object, expires: number, key: NamedKey | undefined): Promise<string>;
  /** Undefined for one that is wrong or over, or whose key does not hold any more. */
  open(secret: string): Promise<OpenedSecret | undefined>;
}

/** By which clients know that it is none of the keys that must be kept secret. */
const PREFIX = 'ek_';
const PURPOSE = 'client-secret.';
const spelling = /^ek_([\w-]+)\.([1-9]\d{0,14})\.([\w-]{43})$/;

/** Whether a key says of itself that it is a client secret. */
export function isClientSecret(token: string): boolean {
  return token.startsWith(PREFIX);
}

export function createClientSecrets(signer: PayloadSigner): ClientSecrets {
  return {
    async create(payload, expires, key) {
      const { text, signature } = await signer.sign(PURPOSE, payload, expires, key);
      return `${PREFIX}${text}.${expires}.${signature}`;
    },
    async open(secret) {
      const [, text = '', expires = '', signature = ''] = spelling.exec(secret) ?? [];
      const opened = await signer.open(PURPOSE, { text, signature }, expires);
      return opened && !opened.isOver ? { payload: opened.payload, key: opened.key } : undefined;
    },
  };
}
