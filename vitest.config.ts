import { defineConfig } from 'vitest/config';
import { SlowFirst } from './test/support/slow-first.ts';

/** They replace modules, which files that share a worker's modules would see. */
const MOCKING = ['test/unit/protocol/digests.test.ts', 'test/unit/ml/search/rows-fit.test.ts'];

// Everything that runs in Node. test/workerd/ runs inside workerd: vitest.workerd.config.ts.
export default defineConfig({
  test: {
    sequence: { sequencer: SlowFirst },
    projects: [
      {
        // Files of a worker share the modules that they import: loading them for each took a third of the time.
        test: {
          name: 'unit',
          include: ['test/unit/**/*.test.ts', 'test/property/**/*.test.ts'],
          exclude: MOCKING,
          isolate: false,
          testTimeout: 60_000,
        },
      },
      { test: { name: 'unit-mocking', include: MOCKING, testTimeout: 60_000 } },
      {
        // Each file starts a whole network of its own, on ports of its own. Modules are shared, as in unit.
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          isolate: false,
          testTimeout: 300_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          name: 'browser',
          include: ['test/browser/**/*.test.ts'],
          testTimeout: 180_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
