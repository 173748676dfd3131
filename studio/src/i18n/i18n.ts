import { computed, effect, signal } from '@preact/signals';
import { en } from './en.ts';
import { vi } from './vi.ts';

export type Key = keyof typeof en;
export type Dictionary = Readonly<Record<Key, string>>;

const languages: Readonly<Record<'en' | 'vi', Dictionary>> = { en, vi };
export type Language = keyof typeof languages;

const LANGUAGE = 'fish-edge-language';

export const language = signal<Language>(chosen());
const words = computed(() => languages[language.value]);

effect(() => {
  document.documentElement.lang = language.value;
});

export function speakLanguage(next: Language): void {
  localStorage.setItem(LANGUAGE, next);
  language.value = next;
}

/** What the page says in its language; `{name}` is taken from `values`. */
export function t(key: Key, values: Readonly<Record<string, string | number>> = {}): string {
  return words.value[key].replace(/\{(\w+)\}/g, (all, name: string) => String(values[name] ?? all));
}

function chosen(): Language {
  const stored = localStorage.getItem(LANGUAGE);
  if (stored === 'en' || stored === 'vi') return stored;
  return navigator.language.startsWith('vi') ? 'vi' : 'en';
}

/** Seconds as clocks show them. */
export function clock(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const pad = (number: number): string => String(number).padStart(2, '0');
  return hours > 0 ? `${hours}:${pad(minutes)}:${pad(rest)}` : `${minutes}:${pad(rest)}`;
}

export function number(value: number, digits = 0): string {
  return value.toLocaleString(language.value, {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
}
