import { applyD1Migrations, reset } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { beforeAll } from 'vitest';

const RESETS_MAX = 5;

const isEmpty = async (): Promise<boolean> => (await env.DB.prepare('SELECT 1 FROM genesis').first()) === null;

// Once a file: all files share one runtime and its storage, so each starts from an empty, migrated one.
beforeAll(async () => {
  for (let resets = 0; resets < RESETS_MAX; resets++) {
    await reset();
    await applyD1Migrations(env.DB, env.TEST_MIGRATIONS);
    // After a file that has written megabytes, a reset was seen to leave the database as it was.
    if (await isEmpty()) return;
  }
  throw new Error(`the database is not empty after ${RESETS_MAX} resets`);
});
