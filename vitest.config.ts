import type { ViteUserConfig } from 'vitest/config';

const config: ViteUserConfig = {
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: 'test/pull-voices.ts',
    pool: 'forks',
    testTimeout: 20_000,
    hookTimeout: 120_000,
    expect: { poll: { timeout: 15_000 } }, // of what happens at some time: how soon is no part of the check
  },
};

export default config;
