/** The product on one instance: streams A and C through bounded memory past weights that stay. */

import { requireLength, requireProduct } from '../shape.ts';
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
import type { PackedWeights, WeightStore } from './weights.ts';

/** c = a b, row-major: a is m x k, c is m x n words (int32, or the bits of f32). */
export function multiply(
  unit: ProductUnit,
  store: WeightStore,
  a: Entries,
  weights: PackedWeights,
  m: number,
): Int32Array {
  const { k, n } = weights;
  requireProduct(m, k, n);
  requireLength('a', a.length, m * k);
  const c = new Int32Array(m * n);
  if (c.length > 0 && k > 0) {
    store.byColumns(weights, c, (at, group) => multiplyGroup(unit, bytesOf(a), m, k, at, group));
  }
  return c;
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
  const rows = rowsAtOnce(aBytes + panelBytes / PANEL_ROWS + nPanels * PANEL_COLUMNS * 4, m, ROWS_BYTES_MAX);
  const raw = arena.take(rows * aBytes + SLACK_BYTES);
  const packed = arena.take(panelsOf(rows, PANEL_ROWS) * panelBytes + SLACK_BYTES);
  const out = arena.take(rows * nPanels * PANEL_COLUMNS * 4);
  for (let row = 0; row < m; row += rows) {
    const count = Math.min(rows, m - row);
    arena.bytes(raw, count * aBytes).set(a.subarray(row * aBytes, (row + count) * aBytes));
    multiplyRows(unit, { raw, packed, weightsAt, out }, count, k, nPanels);
    deliver(unit, out, group, row, count);
  }
}

type Addresses = { readonly raw: number; readonly packed: number; readonly weightsAt: number; readonly out: number };

/** A last single row goes through the row kernel; two or three share a padded panel. */
function multiplyRows({ kernel, wasm }: ProductUnit, at: Addresses, count: number, k: number, nPanels: number): void {
  const steps = stepsOf(kernel, k);
  const panelled = count % PANEL_ROWS === 1 ? count - 1 : count;
  if (panelled > 0) {
    wasm.packA(at.raw, panelled, k, at.packed);
    wasm.multiply(at.packed, at.weightsAt, at.out, panelsOf(panelled, PANEL_ROWS), steps, nPanels);
  }
  if (panelled < count) {
    wasm.packRow(at.raw + panelled * k * entryBytes(kernel), k, at.packed);
    wasm.multiplyRow(at.packed, at.weightsAt, at.out + panelled * nPanels * PANEL_COLUMNS * 4, steps, nPanels);
  }
}
