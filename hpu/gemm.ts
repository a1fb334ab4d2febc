/** The d16 int8 product on one instance of gemm.wasm: packing, streaming through bounded memory, resident weights. */
import { type Arena, aligned } from './arena.ts';
import { requireLength, requireProduct } from './shape.ts';

type GemmExports = {
  packB(b: number, k: number, n: number, out: number): void;
  packA(a: number, m: number, k: number, out: number): void;
  packRow(row: number, k: number, out: number): void;
  gemmD16(a: number, b: number, c: number, mPanels: number, kp: number, nPanels: number): void;
  gemvD16(a: number, b: number, c: number, kp: number, nPanels: number): void;
  compact(c: number, m: number, ld: number, n: number): void;
};

const PANEL_COLUMNS = 8;
const PANEL_ROWS = 4;
/** Weights that stay in kernel memory between calls. When full, all are forgotten and copied again at their next use. */
export const RESIDENT_BYTES = 4 << 20;
/** Packed weights of one column group, when they are not resident. */
const GROUP_BYTES_MAX = 8 << 20;
const GROUP_COLUMNS_MAX = 1 << 14;
/** A, packed A and C of one group of rows. One row panel at K_MAX and GROUP_COLUMNS_MAX needs 1.9 MB. */
const ROWS_BYTES_MAX = 8 << 20;
/** Scratch of one call; every layout below stays inside it. */
export const SCRATCH_BYTES_MAX = GROUP_BYTES_MAX + ROWS_BYTES_MAX + (1 << 16);

/** Weights (k x n) in the kernel's layout; keep it and multiply many times. The bytes are never written again. */
export type PackedWeights = { readonly k: number; readonly n: number; readonly panels: Uint8Array };

const pairs = (k: number): number => (k + 1) >> 1;
const panelBytes = (k: number): number => pairs(k) * PANEL_COLUMNS * 4;

/** Columns, a multiple of 8, whose packed weights fit `bytes`: at least one panel (2 MiB at K_MAX). */
function groupColumns(k: number, bytes: number): number {
  return Math.min(GROUP_COLUMNS_MAX, Math.max(1, Math.floor(bytes / Math.max(1, panelBytes(k)))) * PANEL_COLUMNS);
}

export class Gemm {
  readonly #wasm: GemmExports;
  readonly #arena: Arena;
  readonly #residentBase: number;
  readonly #resident = new WeakMap<PackedWeights, { at: number; generation: number }>();
  #residentNext = 0;
  #generation = 0;

  /** `residentBase`: RESIDENT_BYTES of kernel memory that end where the arena begins. */
  constructor(instance: WebAssembly.Instance, residentBase: number, arena: Arena) {
    this.#wasm = instance.exports as unknown as GemmExports;
    this.#residentBase = residentBase;
    this.#arena = arena;
  }

  packWeights(b: Int8Array, k: number, n: number): PackedWeights {
    requireProduct(1, k, n);
    requireLength('b', b.length, k * n);
    const panels = new Uint8Array(Math.ceil(n / PANEL_COLUMNS) * panelBytes(k));
    const width = groupColumns(k, ROWS_BYTES_MAX >> 1);
    for (let from = 0; from < n && k > 0; from += width) {
      const columns = Math.min(width, n - from);
      const strip = columns === n ? b : stripOf(b, k, n, from, columns);
      this.#arena.reset();
      const raw = this.#arena.put(strip);
      const bytes = Math.ceil(columns / PANEL_COLUMNS) * panelBytes(k);
      const packed = this.#arena.take(bytes);
      this.#wasm.packB(raw, k, columns, packed);
      panels.set(this.#arena.bytes(packed, bytes), (from / PANEL_COLUMNS) * panelBytes(k));
    }
    return { k, n, panels };
  }

  /** c = a b, row-major m x n. */
  multiply(a: Int8Array, weights: PackedWeights, m: number): Int32Array {
    const { k, n, panels } = weights;
    requireProduct(m, k, n);
    requireLength('a', a.length, m * k);
    const c = new Int32Array(m * n);
    if (c.length === 0 || k === 0) return c;
    const whole = panels.length <= RESIDENT_BYTES && n <= GROUP_COLUMNS_MAX;
    const width = whole ? n : groupColumns(k, GROUP_BYTES_MAX);
    for (let from = 0; from < n; from += width) {
      this.#arena.reset();
      const columns = Math.min(width, n - from);
      const at = whole ? this.#residentAt(weights) : this.#arena.put(panelsOf(weights, from, columns));
      this.#multiplyGroup(a, m, k, at, { c, n, from, columns });
    }
    return c;
  }

  #residentAt(weights: PackedWeights): number {
    const known = this.#resident.get(weights);
    if (known && known.generation === this.#generation) return known.at;
    const bytes = aligned(weights.panels.length);
    if (this.#residentNext + bytes > RESIDENT_BYTES) {
      this.#generation++;
      this.#residentNext = 0;
    }
    const at = this.#residentBase + this.#residentNext;
    this.#arena.take(0); // grows the memory beyond the resident area at the first use
    this.#arena.bytes(at, weights.panels.length).set(weights.panels);
    this.#residentNext += bytes;
    this.#resident.set(weights, { at, generation: this.#generation });
    return at;
  }

  #multiplyGroup(
    a: Int8Array,
    m: number,
    k: number,
    weightsAt: number,
    to: { c: Int32Array; n: number; from: number; columns: number },
  ): void {
    const kp = pairs(k);
    const nPanels = Math.ceil(to.columns / PANEL_COLUMNS);
    const rowBytes = k + kp * 4 + nPanels * PANEL_COLUMNS * 4;
    const rowsMax = Math.max(1, Math.floor(ROWS_BYTES_MAX / (rowBytes * PANEL_ROWS))) * PANEL_ROWS;
    const rows = Math.min(rowsMax, Math.ceil(m / PANEL_ROWS) * PANEL_ROWS);
    const raw = this.#arena.take(rows * k);
    const packed = this.#arena.take(rows * kp * 4);
    const out = this.#arena.take(rows * nPanels * PANEL_COLUMNS * 4);
    for (let row = 0; row < m; row += rows) {
      const count = Math.min(rows, m - row);
      this.#arena.bytes(raw, count * k).set(asBytes(a, row * k, count * k));
      this.#multiplyRows(raw, packed, weightsAt, out, count, k, nPanels);
      this.#wasm.compact(out, count, nPanels * PANEL_COLUMNS, to.columns);
      const result = this.#arena.int32(out, count * to.columns);
      if (to.columns === to.n) to.c.set(result, row * to.n);
      else scatter(result, to, row, count);
    }
  }

  /** A last single row goes through the row kernel; two or three share a padded panel. */
  #multiplyRows(raw: number, packed: number, b: number, out: number, count: number, k: number, nPanels: number): void {
    const kp = pairs(k);
    const single = count % PANEL_ROWS === 1;
    const panelled = single ? count - 1 : count;
    if (panelled > 0) {
      this.#wasm.packA(raw, panelled, k, packed);
      this.#wasm.gemmD16(packed, b, out, Math.ceil(panelled / PANEL_ROWS), kp, nPanels);
    }
    if (single) {
      this.#wasm.packRow(raw + panelled * k, k, packed);
      this.#wasm.gemvD16(packed, b, out + panelled * nPanels * PANEL_COLUMNS * 4, kp, nPanels);
    }
  }
}

const asBytes = (a: Int8Array, from: number, count: number): Uint8Array =>
  new Uint8Array(a.buffer, a.byteOffset + from, count);

function panelsOf({ k, panels }: PackedWeights, from: number, columns: number): Uint8Array {
  const start = (from / PANEL_COLUMNS) * panelBytes(k);
  return panels.subarray(start, start + Math.ceil(columns / PANEL_COLUMNS) * panelBytes(k));
}

function stripOf(b: Int8Array, k: number, n: number, from: number, columns: number): Int8Array {
  const strip = new Int8Array(k * columns);
  for (let p = 0; p < k; p++) strip.set(b.subarray(p * n + from, p * n + from + columns), p * columns);
  return strip;
}

function scatter(
  part: Int32Array,
  to: { c: Int32Array; n: number; from: number; columns: number },
  row: number,
  count: number,
): void {
  for (let r = 0; r < count; r++) {
    to.c.set(part.subarray(r * to.columns, (r + 1) * to.columns), (row + r) * to.n + to.from);
  }
}
