import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { localHash } from '../../src/adapters/local/local.ts';
import { sha256, toHex } from '../../src/core/hash.ts';

const texts = ['', 'abc', 'naïve 🎣', 'x'.repeat(100_000)];

test.each(texts)('a text has the same hash with a thread and without one', async (text) => {
  const expected = createHash('sha256').update(text).digest('hex');
  expect(await sha256(text)).toBe(expected);
  expect(await sha256(text, localHash)).toBe(expected);
  expect(await sha256(new TextEncoder().encode(text), localHash)).toBe(expected);
});

test('every byte has two digits', () => {
  const bytes = Uint8Array.from({ length: 256 }, (_, byte) => byte);
  expect(toHex(bytes)).toBe(Buffer.from(bytes).toString('hex'));
});
