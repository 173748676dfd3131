import type { Ports } from './ports.ts';

const digits: readonly string[] = Array.from({ length: 256 }, (_, byte) =>
  byte.toString(16).padStart(2, '0'),
);

export function toHex(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += digits[byte];
  return text;
}

/**
 * SHA-256, in hex.
 * @param createHash for what is short and waited for: WebCrypto takes a thread for it on a machine, and threads are what speech is made with
 */
export async function sha256(
  content: string | Uint8Array,
  createHash?: Ports['createHash'] | undefined,
): Promise<string> {
  const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content;
  if (!createHash)
    return toHex(new Uint8Array(await crypto.subtle.digest('SHA-256', bytes as Uint8Array<ArrayBuffer>)));
  const hash = createHash();
  await hash.update(bytes);
  return toHex(await hash.digest());
}
