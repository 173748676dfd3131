import { signal } from '@preact/signals';
import { ask, readJson, sendJson } from '../api/server.ts';

/** A word, and how it is said. */
export interface Taught {
  readonly id: string;
  readonly word: string;
  readonly alias?: string;
  readonly ipa?: string;
}

export const taught = signal<readonly Taught[]>([]);

export async function loadTaught(): Promise<void> {
  taught.value = (await readJson<{ readonly data: readonly Taught[] }>('v1/pronunciations')).data;
}

/** The word as it was said before is forgotten. */
export async function teach(
  word: string,
  sound: { readonly alias: string } | { readonly ipa: string },
): Promise<void> {
  const before = taught.value.filter((entry) => entry.word.toLowerCase() === word.toLowerCase());
  await sendJson('v1/pronunciations', { word, ...sound });
  for (const entry of before) await forget(entry);
  await loadTaught();
}

/** What was only tried is forgotten, and what it took the place of is taught again. */
export async function undo(before: readonly Taught[]): Promise<void> {
  const now = taught.value;
  for (const entry of now) if (!before.some(({ id }) => id === entry.id)) await forget(entry);
  const lost = before.filter(({ id }) => !now.some((entry) => entry.id === id));
  for (const { id: _, ...entry } of lost) await sendJson('v1/pronunciations', entry);
  if (lost.length > 0) await loadTaught();
}

export async function forget({ id }: Taught): Promise<void> {
  await ask(`v1/pronunciations/${id}`, { method: 'DELETE' });
  taught.value = taught.value.filter((entry) => entry.id !== id);
}
