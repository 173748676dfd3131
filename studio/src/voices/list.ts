import { signal } from '@preact/signals';
import { ask, readJson, sendJson } from '../api/server.ts';

export interface Voice {
  readonly id: string;
  readonly name: string;
  readonly description?: string;
  readonly language?: string | null;
  readonly license?: string | null;
  /** What computes it, and what it came with: of the server's own machine alone. */
  readonly family?: string;
  readonly pack?: string;
  readonly pack_bytes?: number;
  /** Voices with the same word here can be mixed. */
  readonly mixes_in?: string;
  /** `cloned`: made of a recording. */
  readonly category?: string;
}

/** Undefined until the server has told. */
export const voices = signal<readonly Voice[] | undefined>(undefined);

/** @throws Failure */
export async function loadVoices(): Promise<void> {
  const { data } = await readJson<{ readonly data: readonly Voice[] }>('v1/voices');
  voices.value = data;
}

export function isOwn({ category }: Voice): boolean {
  return category === 'cloned';
}

export async function renameVoice({ id }: Voice, name: string): Promise<void> {
  await sendJson(`v1/voices/${encodeURIComponent(id)}`, { name }, { method: 'PATCH' });
  await loadVoices();
}

export async function deleteVoice({ id }: Voice): Promise<void> {
  await ask(`v1/voices/${encodeURIComponent(id)}`, { method: 'DELETE' });
  await loadVoices();
}

export async function recordingOf({ id }: Voice): Promise<Blob> {
  return (await ask(`v1/voices/${encodeURIComponent(id)}/preview`)).blob();
}

/** Of voices that speak many (ISO 639-2); nothing that one would call a language. */
const MANY = 'mul';

export function isLanguage(tag: string | null | undefined): tag is string {
  return tag !== null && tag !== undefined && tag !== '' && tag !== MANY;
}

/** A language as people call it. */
export function languageName(tag: string, inLanguage: string): string {
  try {
    return new Intl.DisplayNames([inLanguage], { type: 'language' }).of(tag) ?? tag;
  } catch {
    return tag;
  }
}
