import type { ViteUserConfig } from 'vitest/config';

/** Limits end what hangs: how soon something happens is no part of a check, and a busy machine takes its time. */
const config: ViteUserConfig = {
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: 'test/pull-voices.ts',
    pool: 'forks',
    testTimeout: 60_000,
    hookTimeout: 120_000,
    expect: { poll: { timeout: 15_000 } },
  },
};

export default config;
