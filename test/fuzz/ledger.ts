/** `npm run fuzz:ledger [-- --operations N --seed S]`: a JSON line last; a fault names its seed. */
import { parseArgs } from 'node:util';
import { newSeed } from '../support/random.ts';
import { FuzzFault, fuzzLedger } from './ledger-run.ts';

const OPERATIONS = 1_000_000;
const TOLD_EVERY = 100_000;

const { values } = parseArgs({ options: { operations: { type: 'string' }, seed: { type: 'string' } } });
const operations = Number(values.operations ?? OPERATIONS);
const seed = values.seed === undefined ? newSeed() : Number(values.seed);
if (!Number.isSafeInteger(operations) || operations < 1 || !Number.isSafeInteger(seed)) {
  console.error('usage: npm run fuzz:ledger -- [--operations N] [--seed S]');
  process.exit(2);
}
console.log(`seed ${seed}, ${operations} operations`);
let told = 0;
const tell = (done: number) => {
  if (done < told + TOLD_EVERY) return;
  told = done - (done % TOLD_EVERY);
  console.log(`${told} operations, ${(performance.now() / 1000).toFixed(0)} s`);
};
try {
  const { seen, ...figures } = await fuzzLedger(seed, operations, tell);
  console.log(JSON.stringify({ seed, failing: 0, ...figures, outcomes: seen.size }));
} catch (error) {
  if (!(error instanceof FuzzFault)) throw error;
  console.error(error.message);
  console.log(JSON.stringify({ seed, failing: 1, fault: error.message }));
  process.exitCode = 1;
}
