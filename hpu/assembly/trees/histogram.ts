// Histograms of gradient pairs: i64x2 an entry. Gradients are fixed-point integers, so a sum is the same in any order and a
// sibling's histogram is exactly its parent's less the other child's.
import { Booster } from './boost-state';

/** Adds `count` rows of column `column` to its entries at `to`. `rows` 0: rows 0 to count - 1. */
function addColumn(codes: usize, to: usize, rows: usize, pairs: usize, count: u32): void {
  for (let i: u32 = 0; i < count; i++) {
    const row = rows ? <usize>load<u32>(rows + (<usize>i << 2)) : <usize>i;
    const at = to + (<usize>load<u8>(codes + row) << 4);
    v128.store(at, i64x2.add(v128.load(at), v128.load(pairs + (<usize>i << 4))));
  }
}

/** Four columns at once: a row's index and pair are loaded once, and consecutive additions meet different entries. */
function addColumns4(
  c0: usize, c1: usize, c2: usize, c3: usize, t0: usize, t1: usize, t2: usize, t3: usize, rows: usize, pairs: usize,
  count: u32,
): void {
  for (let i: u32 = 0; i < count; i++) {
    const row = rows ? <usize>load<u32>(rows + (<usize>i << 2)) : <usize>i;
    const pair = v128.load(pairs + (<usize>i << 4));
    const a0 = t0 + (<usize>load<u8>(c0 + row) << 4);
    const a1 = t1 + (<usize>load<u8>(c1 + row) << 4);
    const a2 = t2 + (<usize>load<u8>(c2 + row) << 4);
    const a3 = t3 + (<usize>load<u8>(c3 + row) << 4);
    v128.store(a0, i64x2.add(v128.load(a0), pair));
    v128.store(a1, i64x2.add(v128.load(a1), pair));
    v128.store(a2, i64x2.add(v128.load(a2), pair));
    v128.store(a3, i64x2.add(v128.load(a3), pair));
  }
}

/** Histogram of the rows at `order[start..end)` over the tree's columns, at `to`. */
export function buildHistogram(booster: Booster, start: u32, end: u32, to: usize): void {
  const count = end - start;
  const whole = count == booster.rows;
  const rows: usize = whole ? 0 : booster.order + (<usize>start << 2);
  let pairs = booster.pairs;
  memory.fill(to, 0, booster.histogramBytes);
  if (!whole) {
    for (let i: u32 = 0; i < count; i++) {
      const row = <usize>load<u32>(rows + (<usize>i << 2));
      v128.store(booster.ordered + (<usize>i << 4), v128.load(booster.pairs + (row << 4)));
    }
    pairs = booster.ordered;
  }
  const size = <usize>booster.rows;
  let at = booster.columns;
  const last = at + (<usize>booster.used << 2);
  for (; at + 16 <= last; at += 16) {
    const c0 = <usize>load<u32>(at);
    const c1 = <usize>load<u32>(at, 4);
    const c2 = <usize>load<u32>(at, 8);
    const c3 = <usize>load<u32>(at, 12);
    addColumns4(
      booster.codes + c0 * size, booster.codes + c1 * size, booster.codes + c2 * size, booster.codes + c3 * size,
      entriesOf(booster, to, c0), entriesOf(booster, to, c1), entriesOf(booster, to, c2), entriesOf(booster, to, c3),
      rows, pairs, count,
    );
  }
  for (; at < last; at += 4) {
    const c = <usize>load<u32>(at);
    addColumn(booster.codes + c * size, entriesOf(booster, to, c), rows, pairs, count);
  }
  booster.updates += <f64>count * <f64>booster.used;
}

// @ts-ignore: decorator
@inline
export function entriesOf(booster: Booster, histogram: usize, column: usize): usize {
  return histogram + (<usize>load<u32>(booster.offsets + (column << 2)) << 4);
}

/** parent -= child. */
export function subtractHistogram(parent: usize, child: usize, bytes: usize): void {
  for (let i: usize = 0; i < bytes; i += 16) {
    v128.store(parent + i, i64x2.sub(v128.load(parent + i), v128.load(child + i)));
  }
}
