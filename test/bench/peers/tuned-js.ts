/**
 * A good JavaScript product without WebAssembly: weights packed beforehand, cache blocks, register tiles, and two columns in one
 * double. Float64 multiply-adds run two a cycle where integer multiplies run one, and a double has room for two sums:
 * (b0 + b1 * 2^26) * a adds to s0 + s1 * 2^26 exactly while |s0| < 2^25 and |s1| < 2^26.
 */
import { paddedPatches } from './patches.ts';
import type { Operands, Peer, Shape } from './peer.ts';

/** Where the second column's sum begins. */
const HIGH = 2 ** 26;
/** Rows of k in one block: 512 * 2^14 = 2^23 < 2^25, and a panel of 512 x 4 doubles (16 KiB) stays in the first cache. */
const BLOCK_K = 512;
/** Rows of A in one block: 64 x 512 doubles are 256 KiB. */
const BLOCK_M = 64;
/** Doubles a panel row, which are eight columns. */
const PANEL = 4;

export const tunedJs: Peer = {
  name: 'tuned JS',
  version: process.version,
  kind: 'int8',
  prepare: async ({ shape, a, b }: Operands) => {
    const packed = packedPanels(b, shape.k, shape.n);
    const block = new Float64Array(BLOCK_M * BLOCK_K);
    const patches = shape.conv ? new Int8Array(shape.m * shape.k) : undefined;
    const run = (): Int32Array => {
      const rows = shape.conv ? paddedPatches(a, shape.conv, patches) : a;
      return multiplied(rows, packed, shape, block);
    };
    return { run, result: run };
  },
};

/** Panels of eight columns, [panel][k][4]: column c beside column c + 4; zeros past n. */
function packedPanels(b: Int8Array, k: number, n: number): Float64Array {
  const panels = Math.ceil(n / (2 * PANEL));
  const packed = new Float64Array(panels * k * PANEL);
  for (let panel = 0; panel < panels; panel++) {
    for (let p = 0; p < k; p++) {
      for (let c = 0; c < PANEL; c++) {
        const column = panel * 2 * PANEL + c;
        const low = column < n ? b[p * n + column]! : 0;
        const high = column + PANEL < n ? b[p * n + column + PANEL]! : 0;
        packed[(panel * k + p) * PANEL + c] = low + high * HIGH;
      }
    }
  }
  return packed;
}

function multiplied(rows: Int8Array, packed: Float64Array, { m, k, n }: Shape, block: Float64Array): Int32Array {
  const out = new Int32Array(m * n);
  const sums = new Float64Array(2 * PANEL);
  const panels = Math.ceil(n / (2 * PANEL));
  for (let fromK = 0; fromK < k; fromK += BLOCK_K) {
    const depth = Math.min(BLOCK_K, k - fromK);
    for (let fromM = 0; fromM < m; fromM += BLOCK_M) {
      const height = Math.min(BLOCK_M, m - fromM);
      widen(rows, fromM * k + fromK, k, height, depth, block);
      for (let panel = 0; panel < panels; panel++) {
        const atB = (panel * k + fromK) * PANEL;
        const column = panel * 2 * PANEL;
        let row = 0;
        for (; row + 1 < height; row += 2) {
          twoRows(block, row * depth, packed, atB, depth, sums);
          addSums(sums, 0, out, (fromM + row) * n, column, n);
          addSums(sums, PANEL, out, (fromM + row + 1) * n, column, n);
        }
        if (row < height) {
          oneRow(block, row * depth, packed, atB, depth, sums);
          addSums(sums, 0, out, (fromM + row) * n, column, n);
        }
      }
    }
  }
  return out;
}

/** height x depth bytes to doubles, row after row. */
function widen(
  rows: Int8Array,
  from: number,
  stride: number,
  height: number,
  depth: number,
  block: Float64Array,
): void {
  for (let row = 0; row < height; row++) {
    for (let p = 0; p < depth; p++) block[row * depth + p] = rows[from + row * stride + p]!;
  }
}

function twoRows(a: Float64Array, at: number, b: Float64Array, atB: number, depth: number, sums: Float64Array): void {
  let s0 = 0;
  let s1 = 0;
  let s2 = 0;
  let s3 = 0;
  let t0 = 0;
  let t1 = 0;
  let t2 = 0;
  let t3 = 0;
  for (let p = 0, q = atB; p < depth; p++, q += PANEL) {
    const x = a[at + p]!;
    const y = a[at + depth + p]!;
    const b0 = b[q]!;
    const b1 = b[q + 1]!;
    const b2 = b[q + 2]!;
    const b3 = b[q + 3]!;
    s0 += x * b0;
    s1 += x * b1;
    s2 += x * b2;
    s3 += x * b3;
    t0 += y * b0;
    t1 += y * b1;
    t2 += y * b2;
    t3 += y * b3;
  }
  sums[0] = s0;
  sums[1] = s1;
  sums[2] = s2;
  sums[3] = s3;
  sums[4] = t0;
  sums[5] = t1;
  sums[6] = t2;
  sums[7] = t3;
}

function oneRow(a: Float64Array, at: number, b: Float64Array, atB: number, depth: number, sums: Float64Array): void {
  let s0 = 0;
  let s1 = 0;
  let s2 = 0;
  let s3 = 0;
  for (let p = 0, q = atB; p < depth; p++, q += PANEL) {
    const x = a[at + p]!;
    s0 += x * b[q]!;
    s1 += x * b[q + 1]!;
    s2 += x * b[q + 2]!;
    s3 += x * b[q + 3]!;
  }
  sums[0] = s0;
  sums[1] = s1;
  sums[2] = s2;
  sums[3] = s3;
}

/** Parts each double into its two sums and adds them where the columns exist. */
function addSums(sums: Float64Array, from: number, out: Int32Array, row: number, column: number, n: number): void {
  for (let c = 0; c < PANEL; c++) {
    const both = sums[from + c]!;
    const high = Math.round(both / HIGH);
    const low = column + c;
    if (low < n) out[row + low] = out[row + low]! + (both - high * HIGH);
    if (low + PANEL < n) out[row + low + PANEL] = out[row + low + PANEL]! + high;
  }
}
