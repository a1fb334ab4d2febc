/** `npm run bench -- NAME`: a readable table, then one JSON line last. */
export {};

const BENCHES: Record<string, () => Promise<{ default: (args: readonly string[]) => Promise<void> }>> = {
  automl: () => import('./automl.ts'),
  hpu: () => import('./hpu.ts'),
  orders: () => import('./orders.ts'),
  freivalds: () => import('./freivalds.ts'),
  hash: () => import('./hash.ts'),
  ledger: () => import('./ledger.ts'),
  operators: () => import('./operators.ts'),
  parallel: () => import('./parallel.ts'),
  state: () => import('./state-growth.ts'),
  train: () => import('./train.ts'),
};

const [name = '', ...args] = process.argv.slice(2);
const load = BENCHES[name];
if (!load) {
  console.error(`usage: npm run bench -- NAME, with NAME one of: ${Object.keys(BENCHES).join(', ')}`);
  process.exitCode = 2;
} else {
  await (await load()).default(args);
}
