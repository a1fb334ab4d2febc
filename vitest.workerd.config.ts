import { cloudflareTest, readD1Migrations } from '@cloudflare/vitest-pool-workers';
import { defineConfig } from 'vitest/config';
import { witnessesVariable } from './test/support/witnesses.ts';

// Tests inside workerd, with the bindings of wrangler.toml. Run `npm run build` first: kernels are static imports.
export default defineConfig(async () => ({
  plugins: [
    cloudflareTest({
      wrangler: { configPath: './wrangler.toml' },
      miniflare: {
        bindings: {
          DEV: '1',
          APPROVE_PARAMS: 'all',
          WITNESSES: witnessesVariable(),
          TEST_MIGRATIONS: await readD1Migrations('./migrations'),
        },
      },
    }),
  ],
  test: {
    name: 'workerd',
    include: ['test/workerd/**/*.test.ts'],
    setupFiles: ['./test/workerd/setup.ts'],
    testTimeout: 30_000,
    // One runtime for all files: starting one for each took 29 s where this takes 11. Modules and storage are then
    // shared by all files; setup.ts empties the storage before each file, and a test that needs more calls reset().
    isolate: false,
    maxWorkers: 1,
    // itty-durable ships a CommonJS shape that workerd cannot load unless it is bundled.
    deps: { optimizer: { ssr: { enabled: true, include: ['itty-durable'] } } },
  },
}));
