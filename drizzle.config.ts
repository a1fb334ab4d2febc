import { defineConfig } from 'drizzle-kit';

// `drizzle-kit generate` drafts the next migration from ledger/schema.ts. A draft is finished by hand before it is committed:
// STRICT, WITHOUT ROWID and the CHECKs are nothing that drizzle can say. test/unit/ledger/schema.test.ts compares the two.
export default defineConfig({
  dialect: 'sqlite',
  schema: './ledger/schema.ts',
  out: './migrations',
});
