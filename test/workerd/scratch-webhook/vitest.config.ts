import { cloudflareTest, readD1Migrations } from '@cloudflare/vitest-pool-workers';
import { defineConfig } from 'vitest/config';
export default defineConfig(async () => ({
  plugins: [
    cloudflareTest({
      wrangler: { configPath: './test/workerd/scratch-webhook/wrangler.toml' },
      miniflare: { bindings: { DEV: '1', TEST_MIGRATIONS: await readD1Migrations('./migrations') } },
    }),
  ],
  test: {
    name: 'workerd',
    include: ['test/workerd/endpoint*.test.ts', 'test/workerd/presence*.test.ts'],
    setupFiles: ['./test/workerd/setup.ts'],
    testTimeout: 30_000,
    isolate: false,
    maxWorkers: 1,
    deps: { optimizer: { ssr: { enabled: true, include: ['itty-durable'] } } },
  },
}));
