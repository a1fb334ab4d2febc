/** Dots of matrix rows with two vectors of residues modulo 2^31 - 1, on one instance of freivalds.wasm. */
import { Arena, aligned } from '../arena.ts';
import { KernelFault, requireDimension, requireLength, requireProduct } from '../shape.ts';
import { type WordSplit, wordSplit } from './word-split.ts';

export const RESIDUE_PRIME = 0x7fffffff;
/** Bytes of a challenge, from which both vectors are drawn (hpu/reference/challenge.ts). */
export const CHALLENGE_BYTES = 32;

/** Two vectors of residues, each below the prime. */
export type ResiduePair = readonly [Uint32Array, Uint32Array];
/** Two vectors of `count` residues in the kernel's form, 8 bytes an entry. */
export type Limbs = { readonly count: number; readonly bytes: Uint8Array };

/** m x k by k x n. */
export type ProductShape = { readonly m: number; readonly k: number; readonly n: number };

export type ResidueDots = {
  /** Both vectors of a 32-byte challenge, equal to those of hpu/reference/challenge.ts. */
  challenge(challenge: Uint8Array, count: number): Limbs;
  /** Residues, each below the prime, in the kernel's form. */
  limbs(vectors: ResiduePair): Limbs;
  /** Row-major int8 matrix (rows x by.count) times both vectors, modulo the prime. */
  bytes(matrix: Int8Array, rows: number, by: Limbs): ResiduePair;
  /**
   * Row-major int32 matrix (rows x by.count) times both vectors, modulo the prime; undefined when an entry is beyond what a
   * product over `depth` can hold, -depth * 128 * 127 to depth * 128 * 128, by 2^15 or more.
   */
  words(matrix: Int32Array, rows: number, by: Limbs, depth: number): ResiduePair | undefined;
  /** Whether `bytes(a, rows, u)` equals `words(c, rows, r, u.count)`; in blocks of rows, up to the first that differs. */
  agree(a: Int8Array, u: Limbs, c: Int32Array, r: Limbs, rows: number): boolean;
  /** `agree` for u = b r, where b is k x n, and for r given or the vectors of a 32-byte challenge. */
  agreeThrough(a: Int8Array, b: Int8Array, c: Int32Array, shape: ProductShape, r: Limbs | Uint8Array): boolean;
  memoryBytes(): number;
};

type DotWords = (
  at: number,
  rows: number,
  columns: number,
  flush: number,
  limbs: number,
  out: number,
  plane: number,
) => number;

type ResidueExports = {
  memory: WebAssembly.Memory;
  heapBase(): number;
  expand(key: number, nonce: number, count: number, out: number): void;
  split(x: number, y: number, count: number, out: number): void;
  equal(x: number, y: number, count: number): number;
  dotBytes(at: number, rows: number, columns: number, limbs: number, out: number, plane: number): void;
} & Record<'dotWords11' | 'dotWords12' | 'dotWords13' | 'dotWords15', DotWords>;

/** Matrix bytes in kernel memory at once, but at least two rows: they stay in a core's cache from the copy to the dots. */
const BLOCK_BYTES = 1 << 18;
/** Two vectors' limbs, residues and rows: at most 32 bytes a column, so that 262,000 columns fit. */
const SCRATCH_BYTES_MAX = 8 << 20;
const LANES = 8;
const LIMB_BYTES = 8;
/** A row's last vector loads may reach past the last entry. */
const SLACK_BYTES = 32;
/** `expand` writes what two blocks of the stream give. */
const EXPAND_SLACK_BYTES = 128;

const limbBytes = (count: number): number => Math.ceil(count / LANES) * LANES * LIMB_BYTES;

/** Limbs that do not have the length of their count would be read beyond their end. */
function requireLimbs({ count, bytes }: Limbs): void {
  requireDimension('count', count);
  requireLength('limbs', bytes.length, limbBytes(count));
}

/** Rows of a block, an even number when there are more than two, as the kernel takes int8 rows two at a time. */
const blockRows = (rows: number, rowBytes: number): number =>
  Math.min(rows, Math.max(1, Math.floor(BLOCK_BYTES / (2 * Math.max(1, rowBytes)))) * 2);

export function residueDots(module: WebAssembly.Module): ResidueDots {
  const wasm = new WebAssembly.Instance(module, {}).exports as unknown as ResidueExports;
  return new Dots(wasm);
}

/** Kernel memory for `block` rows of a matrix, with what a last load reads beyond them. */
type Area = { readonly at: number; readonly matrix: Int8Array | Int32Array; readonly columns: number };

class Dots implements ResidueDots {
  readonly #wasm: ResidueExports;
  readonly #arena: Arena;

  constructor(wasm: ResidueExports) {
    this.#wasm = wasm;
    this.#arena = new Arena(wasm.memory, aligned(wasm.heapBase()), SCRATCH_BYTES_MAX);
  }

  challenge(challenge: Uint8Array, count: number): Limbs {
    requireLength('challenge', challenge.length, CHALLENGE_BYTES);
    requireDimension('count', count);
    this.#arena.reset();
    return this.#copyLimbs(this.#draw(challenge, count), count);
  }

  limbs([x, y]: ResiduePair): Limbs {
    requireLength('second vector', y.length, x.length);
    requireResidues(x);
    requireResidues(y);
    this.#arena.reset();
    const [xAt, yAt] = [this.#arena.put(x), this.#arena.put(y)];
    return this.#copyLimbs(this.#split(xAt, yAt, x.length), x.length);
  }

  bytes(matrix: Int8Array, rows: number, by: Limbs): ResiduePair {
    requireDimension('rows', rows);
    requireLength('matrix', matrix.length, rows * by.count);
    requireLimbs(by);
    this.#arena.reset();
    return this.#copyPair(this.#bytes(matrix, rows, by.count, this.#arena.put(by.bytes)), rows);
  }

  words(matrix: Int32Array, rows: number, by: Limbs, depth: number): ResiduePair | undefined {
    requireDimension('rows', rows);
    requireLength('matrix', matrix.length, rows * by.count);
    requireLimbs(by);
    const split = wordSplit(depth);
    this.#arena.reset();
    const limbs = this.#arena.put(by.bytes);
    const block = blockRows(rows, by.count * 4);
    const out = this.#arena.take(rows * 8);
    const area = this.#area(matrix, by.count, block);
    for (let from = 0; from < rows; from += block) {
      const count = Math.min(block, rows - from);
      this.#load(area, from, count);
      if (!this.#dotWords(area, count, split, limbs, out + from * 4, rows * 4)) return undefined;
    }
    return this.#copyPair(out, rows);
  }

  agree(a: Int8Array, u: Limbs, c: Int32Array, r: Limbs, rows: number): boolean {
    requireDimension('rows', rows);
    requireLength('a', a.length, rows * u.count);
    requireLength('c', c.length, rows * r.count);
    requireLimbs(u);
    requireLimbs(r);
    const split = wordSplit(u.count);
    this.#arena.reset();
    const [uAt, rAt] = [this.#arena.put(u.bytes), this.#arena.put(r.bytes)];
    return this.#agree(a, uAt, c, rAt, { m: rows, k: u.count, n: r.count }, split);
  }

  agreeThrough(a: Int8Array, b: Int8Array, c: Int32Array, shape: ProductShape, r: Limbs | Uint8Array): boolean {
    const { m, k, n } = shape;
    requireProduct(m, k, n);
    requireLength('a', a.length, m * k);
    requireLength('b', b.length, k * n);
    requireLength('c', c.length, m * n);
    const given = r instanceof Uint8Array ? undefined : r;
    if (given) {
      requireLength('r', given.count, n);
      requireLimbs(given);
    } else requireLength('challenge', (r as Uint8Array).length, CHALLENGE_BYTES);
    const split = wordSplit(k);
    this.#arena.reset();
    const rAt = given ? this.#arena.put(given.bytes) : this.#draw(r as Uint8Array, n);
    const dots = this.#bytes(b, k, n, rAt);
    return this.#agree(a, this.#split(dots, dots + k * 4, k), c, rAt, shape, split);
  }

  memoryBytes(): number {
    return this.#wasm.memory.buffer.byteLength;
  }

  /** Address of the limbs of a challenge's vectors. */
  #draw(challenge: Uint8Array, count: number): number {
    const key = this.#arena.put(challenge);
    const x = this.#arena.take(count * 4 + EXPAND_SLACK_BYTES);
    const y = this.#arena.take(count * 4 + EXPAND_SLACK_BYTES);
    this.#wasm.expand(key, 0, count, x);
    this.#wasm.expand(key, 1, count, y);
    return this.#split(x, y, count);
  }

  /** Address of the limbs of two vectors of residues. */
  #split(x: number, y: number, count: number): number {
    const out = this.#arena.take(limbBytes(count));
    this.#arena.take(SLACK_BYTES); // `split` reads whole groups of eight
    this.#wasm.split(x, y, count, out);
    return out;
  }

  /** Address of the dots of all rows: `rows` u32 with the first vector, then with the second. */
  #bytes(matrix: Int8Array, rows: number, columns: number, limbsAt: number): number {
    const block = blockRows(rows, columns);
    const out = this.#arena.take(rows * 8);
    const area = this.#area(matrix, columns, block);
    for (let from = 0; from < rows; from += block) {
      const count = Math.min(block, rows - from);
      this.#load(area, from, count);
      this.#wasm.dotBytes(area.at, count, columns, limbsAt, out + from * 4, rows * 4);
    }
    return out;
  }

  #agree(a: Int8Array, uAt: number, c: Int32Array, rAt: number, { m, k, n }: ProductShape, split: WordSplit): boolean {
    const block = blockRows(m, k + n * 4);
    const left = this.#arena.take(block * 8);
    const right = this.#arena.take(block * 8);
    const aArea = this.#area(a, k, block);
    const cArea = this.#area(c, n, block);
    for (let from = 0; from < m; from += block) {
      const count = Math.min(block, m - from);
      this.#load(aArea, from, count);
      this.#wasm.dotBytes(aArea.at, count, k, uAt, left, count * 4);
      this.#load(cArea, from, count);
      if (!this.#dotWords(cArea, count, split, rAt, right, count * 4)) return false;
      if (!this.#wasm.equal(left, right, 2 * count)) return false;
    }
    return true;
  }

  #area(matrix: Int8Array | Int32Array, columns: number, block: number): Area {
    return { at: this.#arena.take(block * columns * matrix.BYTES_PER_ELEMENT + SLACK_BYTES), matrix, columns };
  }

  #load({ at, matrix, columns }: Area, from: number, rows: number): void {
    const rowBytes = columns * matrix.BYTES_PER_ELEMENT;
    const bytes = rows * rowBytes;
    const source = new Uint8Array(matrix.buffer, matrix.byteOffset + from * rowBytes, bytes);
    this.#arena.bytes(at, bytes).set(source);
    // What is read beyond the last row must not count as too large an entry.
    if (columns % LANES !== 0) this.#arena.bytes(at + bytes, SLACK_BYTES).fill(0);
  }

  /** False when an entry is too large. */
  #dotWords(area: Area, rows: number, split: WordSplit, limbs: number, out: number, plane: number): boolean {
    const dot = this.#wasm[`dotWords${split.shift}`];
    return dot(area.at, rows, area.columns, split.flush, limbs, out, plane) <= split.upperMax;
  }

  #copyPair(at: number, count: number): ResiduePair {
    const copy = (from: number): Uint32Array => new Uint32Array(this.#wasm.memory.buffer, from, count).slice();
    return [copy(at), copy(at + count * 4)];
  }

  #copyLimbs(at: number, count: number): Limbs {
    return { count, bytes: this.#arena.bytes(at, limbBytes(count)).slice() };
  }
}

function requireResidues(vector: Uint32Array): void {
  for (const x of vector) if (x >= RESIDUE_PRIME) throw new KernelFault(4, `${x} is not a residue`);
}
