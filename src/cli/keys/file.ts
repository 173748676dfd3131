import { randomBytes } from 'node:crypto';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { readKeysFile } from '../../adapters/keys-file.ts';
import { hashKey, type NamedKey, parseKeys } from '../../http/keys.ts';

/** 256 bits: nobody guesses it, so that its plain hash may lie in a file. */
const keyBytes = 32;

export async function readKeys(path: string): Promise<readonly NamedKey[]> {
  return parseKeys((await readKeysFile(path)) ?? '');
}

/** Adds a key and returns its secret, which is kept nowhere. @throws when the name is taken */
export async function addKey(path: string, key: Omit<NamedKey, 'sha256' | 'created'>): Promise<string> {
  const keys = await readKeys(path);
  if (keys.some(({ name }) => name === key.name)) throw new Error(`There is a key ${key.name} already.`);
  const secret = `fe_${randomBytes(keyBytes).toString('base64url')}`;
  await writeKeys(path, [
    ...keys,
    { ...key, sha256: await hashKey(secret), created: new Date().toISOString() },
  ]);
  return secret;
}

/** Whether there was one. */
export async function removeKey(path: string, name: string): Promise<boolean> {
  const keys = await readKeys(path);
  const rest = keys.filter((key) => key.name !== name);
  if (rest.length < keys.length) await writeKeys(path, rest);
  return rest.length < keys.length;
}

/** In one step, so that a server never reads half a file; readable by its owner alone. */
async function writeKeys(path: string, keys: readonly NamedKey[]): Promise<void> {
  const text = `${JSON.stringify({ keys }, null, 2)}\n`;
  parseKeys(text); // what a server would refuse is not written
  await mkdir(dirname(path), { recursive: true });
  const draft = `${path}.${process.pid}.new`;
  await writeFile(draft, text, { mode: 0o600 });
  await rename(draft, path);
}
