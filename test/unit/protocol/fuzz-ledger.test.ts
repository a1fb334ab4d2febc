/** A short run of `npm run fuzz:ledger`, and that it sees a fault where there is one. */
import { expect, test } from 'vitest';
import { TX_TYPES } from '../../../protocol/tx/types.ts';
import { fuzzLedger } from '../../fuzz/ledger-run.ts';
import { newSeed } from '../../support/random.ts';

const OPERATIONS = 20_000;
const seed = newSeed();

test(`the books are right over ${OPERATIONS} random operations (seed ${seed})`, async () => {
  const { operations, applied, refusedEntries, notTaken, validated, seen } = await fuzzLedger(seed, OPERATIONS);
  expect(operations).toBeGreaterThanOrEqual(OPERATIONS);
  // Of no worth if all of it were refused, or nothing, or a type never took effect.
  for (const count of [applied, refusedEntries, notTaken]) expect(count).toBeGreaterThan(OPERATIONS / 200);
  expect(validated).toBeGreaterThan(20);
  expect(Object.values(TX_TYPES).filter((type) => !seen.has(`${type} applied`))).toEqual([]);
});
