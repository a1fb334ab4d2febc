/** The price table of a training, by docs/receipt-format.md: counted step by step. */
import { demand } from './bytes.ts';

export interface Training {
  readonly rows: number;
  readonly features: number;
  readonly hidden: number;
  readonly classes: number;
  readonly epochs: number;
  readonly batch: number;
}

export interface Search {
  readonly rows: number;
  readonly columns: number;
  readonly classes: number;
  readonly images: boolean;
  readonly trials: number;
  readonly folds: number;
  readonly budget: bigint;
  readonly rowCycles: number;
}

const up = (n: number, by: number): number => Math.ceil(n / by);
const V = (n: number, ops: number): number => up(n, 256) * ops;

function F(m: number, k: number, n: number): number {
  if (m === 0 || k === 0 || n === 0) return 0;
  const M = 4 * m;
  return 256 + (up(k, 256) * up(n, 256) - 1) * Math.max(M, 256) + M + 510;
}

const weights = ({ features: f, hidden: h, classes: c }: Training): number => f * h + h * c;

function S(t: Training, b: number): number {
  const { features: f, hidden: h, classes: c } = t;
  const p = weights(t) + h + c;
  const forward = V(b * f, 4) + F(b, f, h) + V(b * h, 2) + F(b, h, c) + V(b * c, 1);
  const gradient = V(b * c, 21) + V(b, 10) + F(h, b, c) + V(b * c, 1) + V(h * c, 1);
  const back = F(b, c, h) + V(b * h, 1) + F(f, b, h) + V(b * h, 1) + V(p, 8);
  return forward + gradient + back;
}

const O = (t: Training, b: number): number => b * (64 * t.features + 2 * weights(t) + t.hidden * t.classes);

const within = (value: number, low: number, high: number, name: string): void =>
  demand(value >= low && value <= high, `${name} out of range`);

/** Sums stay below 2^53: at most 65,536,000 steps of some 10^6 cycles. Refuses what is out of range. */
export function trainingCycles(t: Training): bigint {
  const { rows, features: f, hidden: h, classes: c, epochs, batch } = t;
  within(rows, 2, 65_536, 'rows');
  within(f, 1, 4096, 'features');
  within(h, 1, 1024, 'hidden');
  within(c, 2, 256, 'classes');
  within(epochs, 1, 1000, 'epochs');
  within(batch, 1, 1024, 'batch');
  within(weights(t), 1, 200_000, 'weights');
  within(rows * f, 1, 2 ** 22, 'cells');
  const b = Math.min(batch, rows);
  within(O(t, b), 1, 2 ** 26, 'operations of a step');
  const perEpoch = up(rows, batch);
  const steps = perEpoch * epochs;
  const perChunk = Math.max(1, Math.min(Math.floor(150_000 / S(t, b)), Math.floor(2 ** 26 / O(t, b))));
  within(up(steps, perChunk) + 2, 1, 4096, 'chunks');
  let cycles = V(rows * f, 4) + V(f, 32) + V(weights(t), 23);
  for (let step = 0; step < steps; step++) {
    const inEpoch = step % perEpoch;
    if (step % perChunk === 0 || inEpoch === 0) cycles += V(rows, 22);
    cycles += S(t, Math.min(batch, rows - inEpoch * batch));
  }
  const r = Math.min(rows, 1024, Math.max(1, Math.floor(2 ** 26 / O(t, 1))));
  cycles += V(r * f, 4) + V(r * f, 2) + F(r, f, h) + V(r * h, 2) + V(r * h, 2) + V(weights(t), 9);
  within(cycles, 1, 2 ** 36, 'cycles');
  return BigInt(cycles);
}

/** A search is quoted its budget. Refuses what is out of range. */
export function searchCycles({ rows, columns, classes, images, trials, folds, budget, rowCycles }: Search): bigint {
  within(rows, 1, 2 ** 20, 'rows');
  within(columns, 1, images ? 2 ** 23 : 16_384, 'columns');
  within(rows * columns, 1, images ? 2 ** 23 : 2 ** 22, 'cells');
  demand(classes === 0 || (classes >= 2 && classes <= 256), 'classes out of range');
  within(trials, 1, 256, 'trials');
  within(folds, 2, 10, 'folds');
  within(rowCycles, 1, 2 ** 32 - 1, 'cycles a row');
  demand(budget > 0n && budget <= 2n ** 36n, 'budget out of range');
  return budget;
}
