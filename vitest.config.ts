import { availableParallelism } from 'node:os';
import type { ViteUserConfig } from 'vitest/config';

const conformance = ['test/conformance/**/*.test.ts'];
const roundtrip = ['test/roundtrip/**/*.test.ts'];
/** They measure time, or what a machine can do: beside other tests they would measure those. */
const alone = ['test/attack/**/*.test.ts', 'test/bench/**/*.test.ts', 'test/models/tune.test.ts'];

/** Most tests wait for servers of their own: two at once share a core well. */
const beside = { maxWorkers: Math.max(2, availableParallelism() - 1), sequence: { groupOrder: 0 } };

/** Limits end what hangs: how soon something happens is no part of a check, and a busy machine takes its time. */
const config: ViteUserConfig = {
  test: {
    globalSetup: 'test/pull-voices.ts',
    pool: 'forks',
    testTimeout: 60_000,
    hookTimeout: 120_000,
    expect: { poll: { timeout: 15_000 } },
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: [...conformance, ...roundtrip, ...alone],
          ...beside,
        },
      },
      { extends: true, test: { name: 'conformance', include: conformance, ...beside } },
      { extends: true, test: { name: 'roundtrip', include: roundtrip, ...beside } },
      {
        extends: true,
        test: { name: 'alone', include: alone, maxWorkers: 1, sequence: { groupOrder: 1 } },
      },
    ],
  },
};

export default config;
