import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';

/** Of the module in version 1.59.0. */
const sha256 = '8488acb0bc9f43055b83600cc4c2c07d20f07675aa65671f91ac1d75515845d9';

const opening = "binaryDecode('";
const closing = "');";
const escapes: Readonly<Record<string, string>> = { '\\n': '\n', '\\r': '\r', "\\'": "'", '\\\\': '\\' };

function glueUrl(): URL {
  return new URL('../modules/build/aac.js', import.meta.resolve('@mediabunny/aac-encoder'));
}

/**
 * The AAC encoder's module, taken out of the installed package: it lies in its JavaScript as a string with a character for
 * each byte, and the package opens it in a browser's worker only.
 *
 * @throws when the package is not the one that is pinned
 */
export async function readAacModule(): Promise<Uint8Array<ArrayBuffer>> {
  const glue = await readFile(glueUrl(), 'utf8');
  const from = glue.indexOf(opening) + opening.length;
  const text = glue.slice(from, glue.indexOf(closing, from)).replace(/\\./g, (pair) => escapes[pair] ?? pair);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = text.charCodeAt(i);
  if (createHash('sha256').update(bytes).digest('hex') !== sha256)
    throw new Error('The AAC encoder is not that of @mediabunny/aac-encoder 1.59.0: run npm ci.');
  return bytes;
}
