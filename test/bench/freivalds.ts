/**
 * `bench -- freivalds`: checking a product by Freivalds against computing it again. Recomputing is the fastest exact product
 * for any int8 weights, packed beforehand; comparing its entries with the claimed ones is not even counted.
 */
import { checkProduct, checkRows, prepareWeightCheck } from '../../hpu/freivalds/freivalds.ts';
import { createHpu, type Hpu } from '../../hpu/hpu.ts';
import { loadKernels } from '../../hpu/node.ts';
import { rounded } from './figures.ts';
import { interleave, median, speedUp } from './interleave.ts';

const SIDES = [256, 512, 1024];
/** Rows and the sides of fixed weights. */
const ROW_SHAPES = [
  [1, 784, 128],
  [1, 768, 768],
  [1, 1024, 1024],
  [64, 1024, 1024],
] as const;
const ROUNDS = 15;

function bytes(count: number, seed: number): Int8Array {
  let state = seed;
  return Int8Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state >>> 24;
  });
}

function product(hpu: Hpu, m: number, k: number, n: number) {
  const a = bytes(m * k, 1);
  const b = bytes(k * n, 2);
  const packed = hpu.packWeights(b, k, n);
  return { a, b, packed, c: hpu.gemm(a, packed, m) };
}

const exact = (value: number): number => Number(value.toPrecision(4));

async function measureProduct(hpu: Hpu, side: number) {
  const { a, b, packed, c } = product(hpu, side, side, side);
  const challenge = new Uint8Array(32).fill(7);
  const r = hpu.residues.challenge(challenge, side);
  const shape = { m: side, k: side, n: side };
  const times = await interleave(
    {
      recompute: () => hpu.gemm(a, packed, side),
      check: () => checkProduct(hpu, a, b, c, side, side, side, challenge),
      core: () => hpu.residues.agreeThrough(a, b, c, shape, r), // without drawing the vectors
    },
    ROUNDS,
  );
  return {
    ...shape,
    recomputeMs: exact(median(times.recompute)),
    checkMs: exact(median(times.check)),
    ratio: rounded(speedUp(times.recompute, times.check)),
    coreMs: exact(median(times.core)),
    coreRatio: rounded(speedUp(times.recompute, times.core)),
  };
}

async function measureRows(hpu: Hpu, rows: number, k: number, n: number) {
  const { a, b, packed, c } = product(hpu, rows, k, n);
  const prepared = prepareWeightCheck(hpu, b, k, n, new Uint8Array(32).fill(9));
  const times = await interleave(
    {
      recompute: () => hpu.gemm(a, packed, rows),
      check: () => checkRows(hpu, prepared, a, c, rows),
    },
    ROUNDS,
  );
  return {
    rows,
    k,
    n,
    recomputeUsPerRow: exact((median(times.recompute) * 1000) / rows),
    checkUsPerRow: exact((median(times.check) * 1000) / rows),
    ratio: rounded(speedUp(times.recompute, times.check)),
  };
}

function tell(name: string, cells: readonly (string | number)[]): void {
  console.log(`${name.padEnd(26)}${cells.map((cell) => String(cell).padStart(14)).join('')}`);
}

export default async function benchFreivalds(): Promise<void> {
  const hpu = createHpu(loadKernels());
  const shapes = [];
  tell('product', ['recompute ms', 'check ms', 'ratio', 'core ms', 'ratio']);
  for (const side of SIDES) {
    const shape = await measureProduct(hpu, side);
    const { recomputeMs, checkMs, ratio, coreMs, coreRatio } = shape;
    tell(`${side} x ${side} x ${side}`, [recomputeMs, checkMs, ratio, coreMs, coreRatio]);
    shapes.push(shape);
  }
  const precomputed = [];
  tell('fixed weights', ['recompute us', 'check us', 'ratio a row']);
  for (const [rows, k, n] of ROW_SHAPES) {
    const shape = await measureRows(hpu, rows, k, n);
    tell(`${rows} x ${k} x ${n}`, [shape.recomputeUsPerRow, shape.checkUsPerRow, shape.ratio]);
    precomputed.push(shape);
  }
  console.log(JSON.stringify({ shapes, precomputed }));
}
