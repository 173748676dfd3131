import { SpeechFailure } from '../core/errors.ts';
import type { NamedKey } from './keys.ts';
import type { PayloadSigner } from './payload-signer.ts';

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

/** Signs what a playable address says, so that it needs no key. */
export interface LinkSigner {
  /** The query of an address for `payload` that ends at `expires` (epoch seconds). */
  sign(payload: object, expires: number, key: NamedKey | undefined): Promise<string>;
  /** @param search the query as it was sent @throws SpeechFailure `link_refused` for all but what `sign` made */
  open(search: string): Promise<OpenedLink>;
}

/** The longest life of an address. */
export const MAX_LINK_SECONDS: number = 30 * 24 * 3600;

/** None: addresses are older than everything else that is signed, and are played for a month. */
const PURPOSE = '';
/** Exactly as `sign` writes it: every other spelling is refused. 43 characters are the 32 bytes of the signature. */
const spelling = /^\?say=([\w-]+)&expires=([1-9]\d{0,14})&sig=([\w-]{43})$/;

export function createLinkSigner(signer: PayloadSigner): LinkSigner {
  return {
    async sign(payload, expires, key) {
      const { text, signature } = await signer.sign(PURPOSE, payload, expires, key);
      return `say=${text}&expires=${expires}&sig=${signature}`;
    },
    async open(search) {
      const [, text = '', expires = '', signature = ''] = spelling.exec(search) ?? [];
      const opened = await signer.open(PURPOSE, { text, signature }, expires);
      if (!opened || opened.isOver) {
        throw new SpeechFailure({ code: 'link_refused', over: opened !== undefined });
      }
      return { payload: opened.payload, key: opened.key, expires: Number(expires), signature };
    },
  };
}
