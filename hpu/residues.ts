/** Dots of matrix rows with two vectors of residues modulo 2^31 - 1, on one instance of freivalds.wasm. */
import { Arena, aligned } from './arena.ts';

export const RESIDUE_PRIME = 0x7fffffff;

type ResidueExports = {
  memory: WebAssembly.Memory;
  heapBase(): number;
  splitByte(r: number, count: number, padded: number, out: number): void;
  splitWord(r: number, count: number, padded: number, out: number): void;
  dotBytes(rows: number, count: number, columns: number, limbs: number, padded: number, out: number): void;
  dotWords(rows: number, count: number, columns: number, limbs: number, padded: number, out: number): void;
  withinMagnitude(at: number, count: number, bound: number): number;
};

/** Two vectors of residues, each below the prime. */
export type ResiduePair = readonly [Uint32Array, Uint32Array];

export type ResidueDots = {
  /** Row-major int8 matrix times both vectors, modulo the prime. */
  bytes(matrix: Int8Array, rows: number, vectors: ResiduePair): ResiduePair;
  /** Row-major int32 matrix times both vectors, modulo the prime; undefined when an entry is beyond +-magnitude. */
  words(matrix: Int32Array, rows: number, vectors: ResiduePair, magnitude: number): ResiduePair | undefined;
  memoryBytes(): number;
};

/** Matrix bytes in kernel memory at once; at least one row. */
const BLOCK_BYTES = 1 << 18;
/** Limbs of both vectors at K_MAX: 16 bytes an entry, and the residues themselves. */
const SCRATCH_BYTES_MAX = 8 << 20;
/** A vector load may reach past the last entry. */
const SLACK_BYTES = 16;
const LANES = 8;

export function residueDots(module: WebAssembly.Module): ResidueDots {
  const wasm = new WebAssembly.Instance(module, {}).exports as unknown as ResidueExports;
  const arena = new Arena(wasm.memory, aligned(wasm.heapBase()), SCRATCH_BYTES_MAX);

  function dots(
    matrix: Int8Array | Int32Array,
    rows: number,
    vectors: ResiduePair,
    split: ResidueExports['splitByte'],
    limbBytes: number,
    dot: ResidueExports['dotBytes'],
    admits: (at: number, entries: number) => boolean,
  ): ResiduePair | undefined {
    const width = matrix.BYTES_PER_ELEMENT;
    const columns = vectors[0].length;
    const result: ResiduePair = [new Uint32Array(rows), new Uint32Array(rows)];
    if (rows === 0 || columns === 0) return result;
    arena.reset();
    const padded = Math.ceil(columns / LANES) * LANES;
    const limbs = arena.take(2 * padded * limbBytes);
    vectors.forEach((vector, i) => {
      split(arena.put(vector), columns, padded, limbs + i * padded * limbBytes);
    });
    const block = Math.max(1, Math.min(rows, Math.floor(BLOCK_BYTES / (columns * width))));
    const at = arena.take(block * columns * width + SLACK_BYTES);
    const out = arena.take(block * 8);
    for (let from = 0; from < rows; from += block) {
      const count = Math.min(block, rows - from);
      const bytes = count * columns * width;
      arena.bytes(at, bytes).set(new Uint8Array(matrix.buffer, matrix.byteOffset + from * columns * width, bytes));
      if (!admits(at, count * columns)) return undefined;
      dot(at, count, columns, limbs, padded, out);
      result[0].set(arena.int32(out, count), from);
      result[1].set(arena.int32(out + count * 4, count), from);
    }
    return result;
  }

  return {
    bytes: (matrix, rows, vectors) =>
      dots(matrix, rows, vectors, wasm.splitByte, 6, wasm.dotBytes, () => true) as ResiduePair,
    words: (matrix, rows, vectors, magnitude) =>
      dots(matrix, rows, vectors, wasm.splitWord, 8, wasm.dotWords, (at, entries) =>
        Boolean(wasm.withinMagnitude(at, entries, magnitude)),
      ),
    memoryBytes: () => wasm.memory.buffer.byteLength,
  };
}
