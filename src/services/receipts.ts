import { sha256, toHex } from '../core/hash.ts';
import type { Ports } from '../core/ports.ts';
import type { BlobStore } from '../core/store.ts';
import { chunksOf, pullStream } from '../stream/pull.ts';
import type { Consent, CustomVoice } from './custom-voice.ts';

/** What was said with which voice: for whoever has to show later what a recording was used for. */
interface Receipt {
  readonly id: string;
  readonly object: 'audio.speech.receipt';
  readonly voice: { readonly id: string; readonly name: string };
  /** As it is stored with the voice. */
  readonly consent: Consent;
  /** Of the text as it was sent, in UTF-8. */
  readonly text_sha256: string;
  /** Of the audio as it was sent, in its format. */
  readonly audio_sha256: string;
  readonly audio_bytes: number;
  readonly content_type: string;
  /** What made it, as `X-Engine`: one that stands in for a server that is away does not imitate. */
  readonly engine: string;
  /** ISO 8601: when the last byte was made. */
  readonly created: string;
  /** Name of the key that asked; null without one. */
  readonly key: string | null;
}

interface SignedReceipt {
  readonly receipt: Receipt;
  /** The receipt as it was signed, to the byte. */
  readonly signed: string;
  /** HMAC-SHA-256 (RFC 2104) of `receipt.` and `signed` by `links.secret`, in hex. */
  readonly signature: string;
}

interface ReceiptedSpeech {
  readonly id: string;
  readonly voice: CustomVoice;
  readonly text: string;
  readonly contentType: string;
  readonly engine: string;
  /** Name of the key that asks, and whose its receipt is. */
  readonly key: string | undefined;
  readonly owner: string | undefined;
}

/** Receipts of speech in custom voices. */
export interface Receipts {
  /** `body`, whose receipt is kept when all of it was sent; what breaks off, or is left, has none. */
  follow(speech: ReceiptedSpeech, body: ReadableStream<Uint8Array>): ReadableStream<Uint8Array>;
  /** Undefined where there is none that `owner` may see. */
  find(id: string, owner: string | undefined): Promise<SignedReceipt | undefined>;
}

interface Kept extends SignedReceipt {
  readonly owner?: string | undefined;
}

const algorithm = { name: 'HMAC', hash: 'SHA-256' };
const keyOf = (id: string): string => `receipt/${id}`;

export function createReceipts(
  secret: string,
  maxAgeMs: number,
  blobs: BlobStore,
  { clock, background, createHash }: Pick<Ports, 'clock' | 'background' | 'createHash'>,
): Receipts {
  const bytes = new TextEncoder().encode(secret);
  const sign = async (text: string): Promise<string> => {
    const key = await crypto.subtle.importKey('raw', bytes, algorithm, false, ['sign']);
    const signature = await crypto.subtle.sign(algorithm, key, new TextEncoder().encode(`receipt.${text}`));
    return toHex(new Uint8Array(signature));
  };
  const keep = async (
    { id, voice, text, contentType, engine, key, owner }: ReceiptedSpeech,
    audio: Pick<Receipt, 'audio_sha256' | 'audio_bytes'>,
  ): Promise<void> => {
    const receipt: Receipt = {
      id,
      object: 'audio.speech.receipt',
      voice: { id: voice.id, name: voice.name },
      consent: voice.consent,
      text_sha256: await sha256(text),
      ...audio,
      content_type: contentType,
      engine,
      created: new Date(clock.wallNow()).toISOString(),
      key: key ?? null,
    };
    const signed = JSON.stringify(receipt);
    const kept: Kept = { receipt, signed, signature: await sign(signed), owner };
    await blobs.put(keyOf(id), new TextEncoder().encode(JSON.stringify(kept)), { maxAgeMs });
  };
  return {
    follow(speech, body) {
      const reader = chunksOf(body);
      return pullStream(
        async function* () {
          const hash = createHash();
          let count = 0;
          for (;;) {
            const { done, value } = await reader.read();
            if (done) break;
            await hash.update(value);
            count += value.length;
            yield value;
          }
          const audio = { audio_sha256: toHex(await hash.digest()), audio_bytes: count };
          const keeping = keep(speech, audio).catch(() => {}); // a store that is away stops no speech
          background?.(keeping);
          await keeping; // whoever heard the end finds the receipt
        },
        async () => {
          await reader.cancel().catch(() => {}); // harmless on a body that has ended
        },
      );
    },
    async find(id, owner) {
      const blob = await blobs.get(keyOf(id));
      if (!blob) return undefined;
      const { owner: whose, ...receipt } = JSON.parse(new TextDecoder().decode(blob.bytes)) as Kept;
      return whose === owner ? receipt : undefined;
    },
  };
}
