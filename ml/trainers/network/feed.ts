/** Brings rows to a pass: which rows, in what order, moved. */
import type { Matrix } from '../trainer.ts';
import type { NetworkKernel } from './kernel.ts';
import { WORDS_AT_ONCE } from './params.ts';
import type { Passes } from './passes.ts';

/** Fourth part of a random stream's name; blocks of one stream are STREAM_STEP apart. */
export const PURPOSE = { weights: 1, order: 2, shift: 3, dropout: 4 } as const;
export const STREAM_STEP = 16;

/** Below this many columns a loop copies a row faster than a call. */
const FEW_COLUMNS = 24;

/** Rows `order[from]` to `order[from + count]` of a table; those from `from` on without an order. */
export function loadRows(
  kernel: NetworkKernel,
  passes: Passes,
  { x, cols }: Matrix,
  order: Uint32Array | null,
  from: number,
  count: number,
): void {
  const ld = passes.inputFloats;
  const to = kernel.arena.float32(passes.input, count * ld);
  for (let i = 0; i < count; i++) {
    const at = (order ? (order[from + i] as number) : from + i) * cols;
    if (cols < FEW_COLUMNS) for (let c = 0; c < cols; c++) to[i * ld + c] = x[at + c] as number;
    else to.set(x.subarray(at, at + cols), i * ld);
  }
}

/** As loadRows, of images; `shift` pixels each way at most, by `words`, one a row. */
export function loadImages(
  passes: Passes,
  { x, cols }: Matrix,
  order: Uint32Array | null,
  from: number,
  count: number,
  shift: number,
  words: Uint32Array,
): void {
  const side = 2 * shift + 1;
  for (let i = 0; i < count; i++) {
    const at = (order ? (order[from + i] as number) : from + i) * cols;
    const word = shift > 0 ? (words[i] as number) : 0;
    const dy = (((word & 0xffff) * side) >>> 16) - shift;
    const dx = (((word >>> 16) * side) >>> 16) - shift;
    passes.setImage(i, x.subarray(at, at + cols), shift > 0 ? dy : 0, shift > 0 ? dx : 0);
  }
}

/** Visits `count` random words of a stream, as many at once as `at` holds. Each block is a stream of its own. */
export function eachWords(
  { wasm }: NetworkKernel,
  at: number,
  count: number,
  stream: number,
  purpose: number,
  key: readonly [number, number],
  visit: (from: number, count: number) => void,
): void {
  for (let from = 0; from < count; from += WORDS_AT_ONCE) {
    const size = Math.min(WORDS_AT_ONCE, count - from);
    const block = purpose + STREAM_STEP * (from / WORDS_AT_ONCE);
    wasm.randomWords(at, size, stream, block, ...key);
    visit(from, size);
  }
}

/** The order of an epoch: Fisher-Yates from the front, index floor(word * (i + 1) / 2^32). */
export function orderOf(
  kernel: NetworkKernel,
  at: number,
  rows: number,
  epoch: number,
  key: readonly [number, number],
): Uint32Array {
  const order = new Uint32Array(rows);
  eachWords(kernel, at, rows, epoch, PURPOSE.order, key, (from, count) => {
    const words = new Uint32Array(kernel.arena.bytes(at, count * 4).slice().buffer);
    for (let i = from; i < from + count; i++) {
      const j = Math.floor(((words[i - from] as number) * (i + 1)) / 2 ** 32);
      order[i] = order[j] as number;
      order[j] = i;
    }
  });
  return order;
}
