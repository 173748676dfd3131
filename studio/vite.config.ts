import type { UserConfig } from 'vite';

/** Addresses are relative: the page works below any path that a proxy gives it. */
const config: UserConfig = {
  base: './',
  build: {
    assetsDir: 'studio',
    assetsInlineLimit: 0, // the page's policy allows nothing inline
    cssCodeSplit: false,
    modulePreload: { polyfill: false },
    target: 'es2023',
  },
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
};

export default config;
