import { computed, signal } from '@preact/signals';
import type { Asked, Format } from '../api/speech.ts';
import { stored, storedText } from '../ui/stored.ts';

export const text = storedText('text');
export const voice = stored('voice', '');
export const speed = stored('speed', 1);
export const format = stored<Format>('format', 'mp3');

export const asked = computed((): Asked => ({ voice: voice.value, speed: speed.value }));

/** Code units that are spoken and kept in the page at once: half an hour. More becomes a file. */
const MAX_SPOKEN = 20_000;
export const isBook = computed(() => text.value.length > MAX_SPOKEN);

/** A part of the text that is selected, for the words that are taught. */
export const selected = signal('');
const MAX_WORD = 100;

export function selectWord(part: string): void {
  const word = part.trim();
  selected.value = word.length <= MAX_WORD && !word.includes('\n') ? word : '';
}
