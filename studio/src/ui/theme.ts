import { effect, signal } from '@preact/signals';

const THEME = 'fish-edge-theme';
const system = matchMedia('(prefers-color-scheme: dark)');
const stored = localStorage.getItem(THEME);

/** As the system has it, until somebody chooses. */
export const theme = signal<'light' | 'dark'>(
  stored === 'light' || stored === 'dark' ? stored : system.matches ? 'dark' : 'light',
);

effect(() => {
  document.documentElement.dataset.theme = theme.value;
});
system.addEventListener('change', ({ matches }) => {
  if (localStorage.getItem(THEME) === null) theme.value = matches ? 'dark' : 'light';
});

export function changeTheme(): void {
  theme.value = theme.value === 'dark' ? 'light' : 'dark';
  localStorage.setItem(THEME, theme.value);
}
