import { computed, effect, signal } from '@preact/signals';
import type { Asked, Format } from '../api/speech.ts';

/** What the user wrote and chose. It stays when the page is loaded again. */
const stored = <T>(name: string, standard: T) => {
  const key = `fish-edge-${name}`;
  const state = signal<T>(read(key, standard));
  effect(() => {
    try {
      localStorage.setItem(key, JSON.stringify(state.value));
    } catch {
      // no room, or a window that keeps nothing: it stays on the page
    }
  });
  return state;
};

export const text = stored('text', '');
export const voice = stored('voice', '');
export const speed = stored('speed', 1);
export const format = stored<Format>('format', 'mp3');

export const asked = computed((): Asked => ({ voice: voice.value, speed: speed.value }));

/** Code units that are spoken and kept in the page at once: half an hour. More becomes a file. */
const MAX_SPOKEN = 20_000;
export const isBook = computed(() => text.value.length > MAX_SPOKEN);

/** A part of the text that is selected, for the words that are taught. */
export const selected = signal('');

function read<T>(key: string, standard: T): T {
  try {
    const value = JSON.parse(localStorage.getItem(key) ?? 'null') as T | null;
    return value !== null && typeof value === typeof standard ? value : standard;
  } catch {
    return standard;
  }
}
