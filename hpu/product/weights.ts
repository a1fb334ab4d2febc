/** Weights in a kernel's layout: packed once a model, resident in kernel memory while there is room. */
import { aligned } from '../arena.ts';
import { KernelFault, requireLength, requireProduct } from '../shape.ts';
import {
  bPanelBytes,
  bytesOf,
  type ColumnGroup,
  type Entries,
  entryBytes,
  PANEL_COLUMNS,
  type ProductKernel,
  type ProductUnit,
  panelsOf,
  ROWS_BYTES_MAX,
  stepsOf,
} from './panels.ts';

/** Weights (k x n) of one kernel; keep them and multiply many times. The bytes are never written again. */
export type PackedWeights = {
  readonly kernel: ProductKernel;
  readonly k: number;
  readonly n: number;
  readonly panels: Uint8Array;
};

/** Weights that stay in kernel memory between calls. When full, all are forgotten and copied again at their next use. */
export const RESIDENT_BYTES = 4 << 20;
/** Packed weights of one column group, when they are not resident: a panel of f32 at K_MAX. Their sums fit beside them. */
const GROUP_BYTES_MAX = 4 << 20;
const GROUP_COLUMNS_MAX = 1 << 14;
/** Scratch of one call; every layout stays inside it. */
export const SCRATCH_BYTES_MAX = 2 * GROUP_BYTES_MAX + ROWS_BYTES_MAX + (1 << 16);

/** Weights that r16 takes: with 64 added they are 0 to 127, which a relaxed dot multiplies alike on every host. */
export const SEVEN_BIT_MIN = -64;
export const SEVEN_BIT_MAX = 63;

export const fitSevenBits = (b: Int8Array): boolean => b.every((w) => w >= SEVEN_BIT_MIN && w <= SEVEN_BIT_MAX);

/** Columns, a multiple of 8, whose packed weights fit `bytes`: at least one panel (4 MiB at K_MAX in f32). */
function groupColumns(kernel: ProductKernel, k: number, bytes: number): number {
  const panels = Math.floor(bytes / Math.max(1, bPanelBytes(kernel, k)));
  return Math.min(GROUP_COLUMNS_MAX, Math.max(1, panels) * PANEL_COLUMNS);
}

/** Columns `from` to `from + columns` of b, row-major. */
function stripOf(b: Uint8Array, rowBytes: number, from: number, bytes: number): Uint8Array {
  if (bytes === rowBytes) return b;
  const rows = b.length / rowBytes;
  const strip = new Uint8Array(rows * bytes);
  for (let p = 0; p < rows; p++) strip.set(b.subarray(p * rowBytes + from, p * rowBytes + from + bytes), p * bytes);
  return strip;
}

/** Packs b (k x n, row-major). Throws KernelFault 4 for a weight that the kernel can't take. */
export function packWeights({ kernel, wasm, arena }: ProductUnit, b: Entries, k: number, n: number): PackedWeights {
  requireProduct(1, k, n);
  requireLength('b', b.length, k * n);
  if (kernel === 'r16' && !fitSevenBits(b as Int8Array))
    throw new KernelFault(4, `a weight beyond ${SEVEN_BIT_MIN} to ${SEVEN_BIT_MAX}`);
  const panelBytes = bPanelBytes(kernel, k);
  const panels = new Uint8Array(panelsOf(n, PANEL_COLUMNS) * panelBytes);
  const entry = entryBytes(kernel);
  const width = groupColumns(kernel, k, ROWS_BYTES_MAX >> 1);
  for (let from = 0; from < n && k > 0; from += width) {
    const columns = Math.min(width, n - from);
    arena.reset();
    const raw = arena.put(stripOf(bytesOf(b), n * entry, from * entry, columns * entry));
    const bytes = panelsOf(columns, PANEL_COLUMNS) * panelBytes;
    const packed = arena.take(bytes);
    wasm.packB(raw, k, columns, packed);
    panels.set(arena.bytes(packed, bytes), (from / PANEL_COLUMNS) * panelBytes);
  }
  return { kernel, k, n, panels };
}

/** Throws KernelFault 4 for weights that were packed for another kernel, 3 for panels of another size than their shape. */
export function requirePacked({ kernel }: ProductUnit, weights: PackedWeights): void {
  const { k, n, panels } = weights;
  if (weights.kernel !== kernel) throw new KernelFault(4, `weights packed for ${weights.kernel}, not ${kernel}`);
  requireProduct(1, k, n);
  requireLength('panels', panels.length, panelsOf(n, PANEL_COLUMNS) * bPanelBytes(kernel, k));
}

/** Where weights are in kernel memory, until all are forgotten. */
type Resident = { readonly at: number; readonly generation: number };

/** Puts packed weights where the kernel reads them. */
export class WeightStore {
  readonly #unit: ProductUnit;
  readonly #base: number;
  readonly #panels = new WeakMap<PackedWeights, Resident>();
  /** The same weights as the wide row kernel reads them. */
  readonly #wide = new WeakMap<PackedWeights, Resident>();
  #next = 0;
  #generation = 0;

  /** `base`: RESIDENT_BYTES of kernel memory that end where the unit's arena begins. */
  constructor(unit: ProductUnit, base: number) {
    this.#unit = unit;
    this.#base = base;
  }

  /** Runs `work` for each group of columns whose weights fit, with their address; the arena holds nothing else then. */
  byColumns(weights: PackedWeights, c: Int32Array, work: (weightsAt: number, group: ColumnGroup) => void): void {
    const { kernel, k, n, panels } = weights;
    const { arena } = this.#unit;
    const whole = this.fits(weights);
    const width = whole ? n : groupColumns(kernel, k, GROUP_BYTES_MAX);
    const panelBytes = bPanelBytes(kernel, k);
    for (let from = 0; from < n; from += width) {
      const columns = Math.min(width, n - from);
      const start = (from / PANEL_COLUMNS) * panelBytes;
      const bytes = panels.subarray(start, start + panelsOf(columns, PANEL_COLUMNS) * panelBytes);
      arena.reset();
      work(whole ? this.residentAt(weights) : arena.put(bytes), { c, n, from, columns });
    }
  }

  /** Whether the weights can stay in kernel memory as a whole. */
  fits({ panels, n }: PackedWeights): boolean {
    return panels.length <= RESIDENT_BYTES && n <= GROUP_COLUMNS_MAX;
  }

  /** Address of weights that fit. */
  residentAt(weights: PackedWeights): number {
    const known = this.#known(this.#panels, weights);
    if (known !== undefined) return known;
    const { panels } = weights;
    const at = this.#keep(this.#panels, weights);
    this.#unit.arena.bytes(at, panels.length).set(panels);
    return at;
  }

  /** Address of the widened weights; undefined for a kernel that has none, or weights that do not fit twice. */
  wideAt(weights: PackedWeights): number | undefined {
    const known = this.#known(this.#wide, weights);
    if (known !== undefined) return known;
    const { wideRow } = this.#unit;
    const bytes = 2 * aligned(weights.panels.length);
    if (!wideRow || bytes > RESIDENT_BYTES) return undefined;
    if (this.#next + bytes > RESIDENT_BYTES) this.#forget();
    const from = this.residentAt(weights);
    const at = this.#keep(this.#wide, weights);
    wideRow.widen(from, stepsOf(weights.kernel, weights.k), panelsOf(weights.n, PANEL_COLUMNS), at);
    return at;
  }

  #known(layout: WeakMap<PackedWeights, Resident>, weights: PackedWeights): number | undefined {
    const known = layout.get(weights);
    return known?.generation === this.#generation ? known.at : undefined;
  }

  #keep(layout: WeakMap<PackedWeights, Resident>, weights: PackedWeights): number {
    const bytes = aligned(weights.panels.length);
    if (this.#next + bytes > RESIDENT_BYTES) this.#forget();
    const at = this.#base + this.#next;
    this.#unit.arena.take(0); // grows the memory beyond the resident area at the first use
    this.#next += bytes;
    layout.set(weights, { at, generation: this.#generation });
    return at;
  }

  #forget(): void {
    this.#generation++;
    this.#next = 0;
  }
}
