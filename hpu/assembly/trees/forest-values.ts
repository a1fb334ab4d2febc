// Splits of a node by squared error. Minimising it is maximising S_l^2 / l + S_r^2 / r over the weighted sums S and the weights
// of both sides; targets are centred and scaled to at most 1, so nothing overflows and little cancels.
import { MISSING_WIDE } from './columns';
import { cutAt, drawCut, drawnThreshold, offer, sortNode, span, spanHigh, spanLow, spanMissing } from './forest-split';
import { Grove, Growth, rowsOf } from './forest-state';

/** Pair (sum, weight) of the rows without a cell. */
function missingPair(grove: Grove, growth: Growth, codes: usize): v128 {
  const rows = rowsOf(grove, growth);
  let pair = i64x2.splat(0);
  for (let i = growth.start; i < growth.end; i++) {
    const row = <usize>load<u32>(rows + (<usize>i << 2));
    if (<u32>load<u16>(codes + (row << 1)) == MISSING_WIDE) pair = f64x2.add(pair, v128.load(grove.target + (row << 4)));
  }
  return pair;
}

/** Offers the cut with `left` (sum, weight) on its left. Whether it is the best so far. */
// @ts-ignore: decorator
@inline
function offerPair(grove: Grove, growth: Growth, column: u32, code: u32, left: v128, missingLeft: bool): bool {
  const weight = f64x2.extract_lane(left, 1);
  const rest = growth.weight - weight;
  const least = <f64>grove.minLeaf;
  if (weight < least || rest < least) return false;
  const sum = f64x2.extract_lane(left, 0);
  const other = growth.sum - sum;
  return offer(growth, column, code, (sum * sum) / weight + (other * other) / rest, missingLeft);
}

/** Tallies by code, f64x2 (sum, weight). */
function scanTallies(grove: Grove, growth: Growth, column: u32, left: v128, missingLeft: bool): void {
  let at = grove.tallies;
  let better = false;
  for (let code = spanLow(); code <= spanHigh(); code++, at += 16) {
    const own = v128.load(at);
    if (f64x2.extract_lane(own, 1) == 0) continue;
    if (better) {
      growth.threshold = cutAt(grove, column, growth.code, code);
      better = false;
    }
    left = f64x2.add(left, own);
    better = offerPair(grove, growth, column, code, left, missingLeft);
  }
  if (better) growth.threshold = <f32>f32.MAX_VALUE;
}

/** Sorted items, code << 32 | row. */
function scanSorted(grove: Grove, growth: Growth, column: u32, count: u32, left: v128, missingLeft: bool): void {
  const end = grove.items + (<usize>count << 3);
  for (let p = grove.items; p < end; p += 8) {
    left = f64x2.add(left, v128.load(grove.target + (<usize>load<u32>(p) << 4)));
    const code = load<u32>(p, 4);
    const last = p + 8 == end;
    const next = last ? code : load<u32>(p, 12);
    if (next == code && !last) continue;
    if (offerPair(grove, growth, column, code, left, missingLeft)) {
      growth.threshold = last ? <f32>f32.MAX_VALUE : cutAt(grove, column, code, next);
    }
  }
}

function searchSplit(grove: Grove, growth: Growth, column: u32, codes: usize, missing: v128): void {
  const rows = rowsOf(grove, growth);
  const low = spanLow();
  const range = spanHigh() - low + 1;
  const none = i64x2.splat(0);
  const some = spanMissing() > 0;
  if (range <= min<u32>(growth.end - growth.start, grove.tallyMax)) {
    memory.fill(grove.tallies, 0, <usize>range << 4);
    for (let i = growth.start; i < growth.end; i++) {
      const row = <usize>load<u32>(rows + (<usize>i << 2));
      const code = <u32>load<u16>(codes + (row << 1));
      if (code == MISSING_WIDE) continue;
      const at = grove.tallies + (<usize>(code - low) << 4);
      v128.store(at, f64x2.add(v128.load(at), v128.load(grove.target + (row << 4))));
    }
    growth.scanned += <f64>range;
    scanTallies(grove, growth, column, none, false);
    if (some) scanTallies(grove, growth, column, missing, true);
    return;
  }
  const count = sortNode(grove, growth, codes, true);
  scanSorted(grove, growth, column, count, none, false);
  if (some) scanSorted(grove, growth, column, count, missing, true);
}

function drawSplit(grove: Grove, growth: Growth, column: u32, codes: usize, word: u32, missing: v128): void {
  const rows = rowsOf(grove, growth);
  const cut = drawCut(grove, column, word);
  let left = i64x2.splat(0);
  for (let i = growth.start; i < growth.end; i++) {
    const row = <usize>load<u32>(rows + (<usize>i << 2));
    const pair = v128.load(grove.target + (row << 4));
    // All ones where the row goes left; a masked-out pair adds +0.
    const mask = i64x2.splat(-(<i64>(<u32>load<u16>(codes + (row << 1)) <= cut)));
    left = f64x2.add(left, v128.and(pair, mask));
  }
  if (offerPair(grove, growth, column, cut, left, false)) growth.threshold = drawnThreshold();
  if (spanMissing() == 0) return;
  left = f64x2.add(left, missing);
  if (offerPair(grove, growth, column, cut, left, true)) growth.threshold = drawnThreshold();
}

/** Tries a column; see tryClasses. */
export function tryValues(grove: Grove, growth: Growth, column: u32, word: u32): void {
  const codes = grove.codes + ((<usize>column * <usize>grove.rows) << 1);
  if (!span(grove, growth, column)) return;
  const missing = spanMissing() > 0 ? missingPair(grove, growth, codes) : i64x2.splat(0);
  if (grove.drawn) drawSplit(grove, growth, column, codes, word, missing);
  else searchSplit(grove, growth, column, codes, missing);
}
