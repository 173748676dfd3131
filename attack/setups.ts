import type { Setup } from './case.ts';

/** Everybody may come in, and the origin speaks at once. Most cases run on this one server, one after the other. */
export const open: Setup = {};

/** One key, as `FISH_API_KEY` sets it. */
export const apiKey = 'a-key-that-nobody-guesses';
export const locked: Setup = { env: { FISH_API_KEY: apiKey } };

/** Two clients with keys of their own: what one does must not be the other's loss. */
export const twoKeys: Setup = { keys: ['honest', 'greedy'] };

/** Little patience, for clients that are slow. */
export const impatient: Setup = { env: { FISH_READ_TIMEOUT: '2s', FISH_WRITE_TIMEOUT: '2s' } };

/** Origins that stream to many at once, without an end of their own. */
export const pouring: Setup = {
  origin: 'pour',
  keys: ['honest', 'greedy'],
  env: {
    FISH_SLOTS: '1000',
    FISH_WORKERS: '4000',
    FISH_MAX_PENDING: '4000',
    FISH_BACKEND_MAX_CONNECTIONS: '4000',
    FISH_CACHE: 'off',
    BUN_CONFIG_MAX_HTTP_REQUESTS: '5000', // docs/runtimes.md: Bun sends 256 otherwise, and the rest waits in it
  },
};

/** The case starts servers itself: they end, or need files of their own. */
export const none: Setup = { origin: 'none' };
