// What vitest.workerd.config.ts adds to the bindings of wrangler.toml, and what setup.ts needs of them.
declare namespace Cloudflare {
  interface Env {
    DB: D1Database;
    TEST_MIGRATIONS: import('cloudflare:test').D1Migration[];
  }
  /** Types `exports` of cloudflare:workers: the Worker under test. */
  interface GlobalProps {
    mainModule: typeof import('../../workers/main.ts');
  }
}
