/** The product on one instance: streams A and C through bounded memory past weights that stay. */

import { requireLength, requireProduct } from '../shape.ts';
import { multiplyPanels, type PanelAddresses, takeScratch } from './multiply-panels.ts';
import {
  aPanelBytes,
  bytesOf,
  type ColumnGroup,
  deliver,
  type Entries,
  entryBytes,
  PANEL_COLUMNS,
  PANEL_ROWS,
  type ProductUnit,
  panelsOf,
  ROWS_BYTES_MAX,
  rowsAtOnce,
  SLACK_BYTES,
  stepsOf,
} from './panels.ts';
import { type PackedWeights, requirePacked, type WeightStore } from './weights.ts';

/**
 * c = a b, row-major: a is m x k, c is m x n words (int32, or the bits of f32), written to `into` when it is given: making a new
 * array takes a quarter of the time of a 64^3 product.
 */
export function multiply(
  unit: ProductUnit,
  store: WeightStore,
  a: Entries,
  weights: PackedWeights,
  m: number,
  into?: Int32Array,
): Int32Array {
  const { k, n } = weights;
  requirePacked(unit, weights);
  requireProduct(m, k, n);
  requireLength('a', a.length, m * k);
  if (into) requireLength('into', into.length, m * n);
  if (m === 0 || n === 0 || k === 0) return into?.fill(0) ?? new Int32Array(m * n);
  const wideAt = m === 1 ? store.wideAt(weights) : undefined;
  if (wideAt !== undefined) return multiplyOneRow(unit, wideAt, a, weights, into);
  if (store.fits(weights) && m <= passRows(unit, k, n, m))
    return multiplyAtOnce(unit, store.residentAt(weights), a, m, weights, into);
  const c = into ?? new Int32Array(m * n);
  store.byColumns(weights, c, (at, group) => multiplyGroup(unit, bytesOf(a), m, k, at, group));
  return c;
}

/** Scratch of a row of A: as it comes, packed, and its row of C. */
const rowBytes = ({ kernel }: ProductUnit, k: number, columns: number): number =>
  k * entryBytes(kernel) + aPanelBytes(kernel, k) / PANEL_ROWS + panelsOf(columns, PANEL_COLUMNS) * PANEL_COLUMNS * 4;

/** What a pass takes at most where its rows are enough for the kernel: beyond, packed rows leave the caches before their use. */
const CACHED_BYTES = 2 << 20;
/** The kernel's block of rows (hpu/assembly/product): fewer read the weights more often. */
const BLOCK_ROWS = 128;

function passRows(unit: ProductUnit, k: number, columns: number, m: number): number {
  const bytes = rowBytes(unit, k, columns);
  const cached = Math.max(BLOCK_ROWS, rowsAtOnce(bytes, m, CACHED_BYTES));
  return Math.min(cached, rowsAtOnce(bytes, m, ROWS_BYTES_MAX));
}

/** Where all of it fits, and small products are counted in microseconds: as few views and copies as can be. */
function multiplyAtOnce(
  unit: ProductUnit,
  weightsAt: number,
  a: Entries,
  m: number,
  { k, n }: PackedWeights,
  into: Int32Array | undefined,
): Int32Array {
  const { kernel, arena, wasm } = unit;
  const nPanels = panelsOf(n, PANEL_COLUMNS);
  const mPanels = panelsOf(m, PANEL_ROWS);
  arena.reset();
  const raw = arena.take(a.byteLength + SLACK_BYTES);
  const packed = arena.take(mPanels * aPanelBytes(kernel, k) + SLACK_BYTES);
  const out = arena.take(mPanels * PANEL_ROWS * nPanels * PANEL_COLUMNS * 4);
  const scratch = takeScratch(unit, mPanels, stepsOf(kernel, k), nPanels);
  arena.fill(raw, bytesOf(a));
  multiplyRows(unit, { raw, packed, weightsAt, out, scratch }, m, k, nPanels);
  const ld = nPanels * PANEL_COLUMNS;
  if (ld !== n) wasm.compact(out, m, ld, n);
  return taken(unit, out, m * n, into);
}

function taken({ arena }: ProductUnit, out: number, count: number, into: Int32Array | undefined): Int32Array {
  if (!into) return new Int32Array(arena.copyOf(out, count * 4));
  into.set(arena.int32(out, count));
  return into;
}

/** By weights that the store has widened. */
function multiplyOneRow(
  unit: ProductUnit,
  weightsAt: number,
  a: Entries,
  { k, n }: PackedWeights,
  into: Int32Array | undefined,
): Int32Array {
  const { kernel, arena, wasm, wideRow } = unit;
  const nPanels = panelsOf(n, PANEL_COLUMNS);
  arena.reset();
  const raw = arena.take(a.byteLength + SLACK_BYTES);
  const packed = arena.take(aPanelBytes(kernel, k) + SLACK_BYTES);
  const out = arena.take(nPanels * PANEL_COLUMNS * 4);
  arena.fill(raw, bytesOf(a));
  wasm.packRow(raw, k, packed);
  wideRow?.multiplyRowWide(packed, weightsAt, out, stepsOf(kernel, k), nPanels);
  return taken(unit, out, n, into);
}

function multiplyGroup(
  unit: ProductUnit,
  a: Uint8Array,
  m: number,
  k: number,
  weightsAt: number,
  group: ColumnGroup,
): void {
  const { kernel, arena } = unit;
  const nPanels = panelsOf(group.columns, PANEL_COLUMNS);
  const panelBytes = aPanelBytes(kernel, k);
  const aBytes = k * entryBytes(kernel);
  const rows = passRows(unit, k, group.columns, m);
  const raw = arena.take(rows * aBytes + SLACK_BYTES);
  const packed = arena.take(panelsOf(rows, PANEL_ROWS) * panelBytes + SLACK_BYTES);
  const out = arena.take(rows * nPanels * PANEL_COLUMNS * 4);
  const scratch = takeScratch(unit, panelsOf(rows, PANEL_ROWS), stepsOf(kernel, k), nPanels);
  for (let row = 0; row < m; row += rows) {
    const count = Math.min(rows, m - row);
    arena.bytes(raw, count * aBytes).set(a.subarray(row * aBytes, (row + count) * aBytes));
    multiplyRows(unit, { raw, packed, weightsAt, out, scratch }, count, k, nPanels);
    deliver(unit, out, group, row, count);
  }
}

type Addresses = PanelAddresses & { readonly raw: number };

/** A last single row goes through the row kernel; two or three share a padded panel. */
function multiplyRows(unit: ProductUnit, at: Addresses, count: number, k: number, nPanels: number): void {
  const { kernel, wasm } = unit;
  const steps = stepsOf(kernel, k);
  const panelled = count % PANEL_ROWS === 1 ? count - 1 : count;
  if (panelled > 0) {
    wasm.packA(at.raw, panelled, k, at.packed);
    multiplyPanels(unit, at, panelsOf(panelled, PANEL_ROWS), steps, nPanels);
  }
  if (panelled < count) {
    wasm.packRow(at.raw + panelled * k * entryBytes(kernel), k, at.packed);
    wasm.multiplyRow(at.packed, at.weightsAt, at.out + panelled * nPanels * PANEL_COLUMNS * 4, steps, nPanels);
  }
}
