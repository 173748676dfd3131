import type { ViteUserConfig } from 'vitest/config';

const config: ViteUserConfig = {
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: 'test/pull-voices.ts',
    pool: 'forks',
    // Of tests that hang, and of machines that stand still for a while: no test is about its own duration.
    testTimeout: 60_000,
    expect: { poll: { timeout: 15_000 } },
    hookTimeout: 120_000,
  },
};

export default config;
