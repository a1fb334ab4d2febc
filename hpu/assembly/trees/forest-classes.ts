// Splits of a node by the Gini impurity. Minimising it is maximising sum_k l_k^2 / l + sum_k r_k^2 / r over the weights l, r of
// both sides; the sums of squares are exact integers, kept up to date as rows pass from right to left:
// (l + w)^2 = l^2 + w (2 l + w) and (r - w)^2 = r^2 - w (2 r - w).
import { MISSING_WIDE } from './columns';
import { cutAt, drawCut, drawnThreshold, offer, sortNode, span, spanHigh, spanLow, spanMissing } from './forest-split';
import { Grove, Growth, rowsOf, totalsOf } from './forest-state';

/** left = missing rows' classes if they go left, else nothing; right = the rest. Returns the weight on the left. */
function startSides(grove: Grove, growth: Growth, missingLeft: bool): u32 {
  const k4 = <usize>grove.classes << 2;
  const totals = totalsOf(grove, growth);
  const left = grove.sides;
  const right = left + k4;
  const missing = right + k4;
  let weight: u32 = 0;
  for (let k: usize = 0; k < k4; k += 4) {
    const own = missingLeft ? load<u32>(missing + k) : 0;
    store<u32>(left + k, own);
    store<u32>(right + k, load<u32>(totals + k) - own);
    weight += own;
  }
  return weight;
}

function squaresOf(at: usize, classes: u32): f64 {
  let sum: f64 = 0;
  for (let k: u32 = 0; k < classes; k++) {
    const own = <f64>load<u32>(at + (<usize>k << 2));
    sum += own * own;
  }
  return sum;
}

function tallyMissing(grove: Grove, growth: Growth, codes: usize): void {
  const rows = rowsOf(grove, growth);
  const missing = grove.sides + (<usize>grove.classes << 3);
  memory.fill(missing, 0, <usize>grove.classes << 2);
  for (let i = growth.start; i < growth.end; i++) {
    const row = <usize>load<u32>(rows + (<usize>i << 2));
    if (<u32>load<u16>(codes + (row << 1)) != MISSING_WIDE) continue;
    const target = load<u32>(grove.target + (row << 2));
    const at = missing + (<usize>(target & 0xffff) << 2);
    store<u32>(at, load<u32>(at) + (target >> 16));
  }
}

/** Tallies by code and class, u32[codes][classes]: for nodes with many rows to a code. */
function scanTallies(grove: Grove, growth: Growth, column: u32, range: u32, low: u32, missingLeft: bool): void {
  const classes = grove.classes;
  const left = grove.sides;
  const right = left + (<usize>classes << 2);
  let weight = <i64>startSides(grove, growth, missingLeft);
  const total = <i64>growth.weight;
  let squaresLeft = <i64>squaresOf(left, classes);
  let squaresRight = <i64>squaresOf(right, classes);
  let at = grove.tallies;
  let better = false;
  for (let code = low; code < low + range; code++) {
    const before = weight;
    for (let k: usize = 0; k < <usize>classes << 2; k += 4) {
      const w = <i64>load<u32>(at);
      at += 4;
      if (w == 0) continue;
      const l = <i64>load<u32>(left + k);
      const r = <i64>load<u32>(right + k);
      squaresLeft += w * (2 * l + w);
      squaresRight -= w * (2 * r - w);
      store<u32>(left + k, <u32>(l + w));
      store<u32>(right + k, <u32>(r - w));
      weight += w;
    }
    if (weight == before) continue;
    // The best cut so far lies below this code, which is now known to be the next one present.
    if (better) {
      growth.threshold = cutAt(grove, column, growth.code, code);
      better = false;
    }
    const rest = total - weight;
    if (weight < <i64>grove.minLeaf || rest < <i64>grove.minLeaf) continue;
    const score = <f64>squaresLeft / <f64>weight + <f64>squaresRight / <f64>rest;
    better = offer(growth, column, code, score, missingLeft);
  }
  // Nothing present lies above: the cut parts present from missing.
  if (better) growth.threshold = <f32>f32.MAX_VALUE;
}

/** Sorted items, code << 32 | weight << 16 | label: for nodes with more codes than rows. */
function scanSorted(grove: Grove, growth: Growth, column: u32, items: usize, count: u32, missingLeft: bool): void {
  const classes = grove.classes;
  const left = grove.sides;
  const right = left + (<usize>classes << 2);
  let weight = <i64>startSides(grove, growth, missingLeft);
  const total = <i64>growth.weight;
  let squaresLeft = <i64>squaresOf(left, classes);
  let squaresRight = <i64>squaresOf(right, classes);
  const end = items + (<usize>count << 3);
  for (let p = items; p < end; p += 8) {
    const target = load<u32>(p);
    const code = load<u32>(p, 4);
    const k = <usize>(target & 0xffff) << 2;
    const w = <i64>(target >> 16);
    const l = <i64>load<u32>(left + k);
    const r = <i64>load<u32>(right + k);
    squaresLeft += w * (2 * l + w);
    squaresRight -= w * (2 * r - w);
    store<u32>(left + k, <u32>(l + w));
    store<u32>(right + k, <u32>(r - w));
    weight += w;
    const last = p + 8 == end;
    const next = last ? code : load<u32>(p, 12);
    if (next == code && !last) continue;
    const rest = total - weight;
    if (weight < <i64>grove.minLeaf || rest < <i64>grove.minLeaf) continue;
    const score = <f64>squaresLeft / <f64>weight + <f64>squaresRight / <f64>rest;
    if (offer(growth, column, code, score, missingLeft)) {
      growth.threshold = last ? <f32>f32.MAX_VALUE : cutAt(grove, column, code, next);
    }
  }
}

function searchSplit(grove: Grove, growth: Growth, column: u32, codes: usize): void {
  const rows = rowsOf(grove, growth);
  const low = spanLow();
  const range = spanHigh() - low + 1;
  const count = growth.end - growth.start;
  const some = spanMissing() > 0;
  if (<u64>range * <u64>grove.classes <= <u64>min<u32>(4 * count, grove.tallyMax * 4)) {
    memory.fill(grove.tallies, 0, (<usize>range * <usize>grove.classes) << 2);
    for (let i = growth.start; i < growth.end; i++) {
      const row = <usize>load<u32>(rows + (<usize>i << 2));
      const code = <u32>load<u16>(codes + (row << 1));
      if (code == MISSING_WIDE) continue;
      const target = load<u32>(grove.target + (row << 2));
      const at = grove.tallies + ((<usize>(code - low) * <usize>grove.classes + <usize>(target & 0xffff)) << 2);
      store<u32>(at, load<u32>(at) + (target >> 16));
    }
    growth.scanned += <f64>range * <f64>grove.classes;
    scanTallies(grove, growth, column, range, low, false);
    if (some) scanTallies(grove, growth, column, range, low, true);
    return;
  }
  const present = sortNode(grove, growth, codes, false);
  scanSorted(grove, growth, column, grove.items, present, false);
  if (some) scanSorted(grove, growth, column, grove.items, present, true);
}

/** Both sides of a drawn threshold; missing cells go to the better one. */
function drawSplit(grove: Grove, growth: Growth, column: u32, codes: usize, word: u32): void {
  const rows = rowsOf(grove, growth);
  const classes = grove.classes;
  const left = grove.sides;
  const right = left + (<usize>classes << 2);
  const cut = drawCut(grove, column, word);
  memory.fill(left, 0, <usize>classes << 3);
  // The sides' tallies lie one after the other, so that the side is an offset and no branch. Missing codes are above every cut.
  for (let i = growth.start; i < growth.end; i++) {
    const row = <usize>load<u32>(rows + (<usize>i << 2));
    const code = <u32>load<u16>(codes + (row << 1));
    const target = load<u32>(grove.target + (row << 2));
    const at = left + (<usize>((target & 0xffff) + (code > cut ? classes : 0)) << 2);
    store<u32>(at, load<u32>(at) + (target >> 16));
  }
  offerSides(grove, growth, column, cut, false);
  if (spanMissing() == 0) return;
  const missing = right + (<usize>classes << 2);
  for (let k: usize = 0; k < <usize>classes << 2; k += 4) {
    store<u32>(left + k, load<u32>(left + k) + load<u32>(missing + k));
    store<u32>(right + k, load<u32>(right + k) - load<u32>(missing + k));
  }
  offerSides(grove, growth, column, cut, true);
}

function offerSides(grove: Grove, growth: Growth, column: u32, cut: u32, missingLeft: bool): void {
  const left = grove.sides;
  let weight: f64 = 0;
  let squaresLeft: f64 = 0;
  let squaresRight: f64 = 0;
  const size = <usize>grove.classes << 2;
  for (let k: usize = 0; k < size; k += 4) {
    const l = <f64>load<u32>(left + k);
    const r = <f64>load<u32>(left + size + k);
    weight += l;
    squaresLeft += l * l;
    squaresRight += r * r;
  }
  const rest = growth.weight - weight;
  if (weight < <f64>grove.minLeaf || rest < <f64>grove.minLeaf) return;
  const score = squaresLeft / weight + squaresRight / rest;
  if (offer(growth, column, cut, score, missingLeft)) growth.threshold = drawnThreshold();
}

/** Tries a column; a column that is constant in the node gives no split. `word` draws the threshold where thresholds are drawn. */
export function tryClasses(grove: Grove, growth: Growth, column: u32, word: u32): void {
  const codes = grove.codes + ((<usize>column * <usize>grove.rows) << 1);
  if (!span(grove, growth, column)) return;
  if (spanMissing() > 0) tallyMissing(grove, growth, codes);
  if (grove.drawn) drawSplit(grove, growth, column, codes, word);
  else searchSplit(grove, growth, column, codes);
}
