import type { ViteUserConfig } from 'vitest/config';

const config: ViteUserConfig = {
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: 'test/pull-voices.ts',
    pool: 'forks',
    testTimeout: 60_000, // ends what hangs; a busy machine takes its time
    hookTimeout: 120_000,
  },
};

export default config;
