// The best split of a node from its histogram: gain G_l^2 / (H_l + l2) + G_r^2 / (H_r + l2) (Chen and Guestrin 2016, eq. 7), in
// f64 from exact integer sums, columns and codes in their order, the first among equals.
import { Booster, CATEGORICAL, COUNT_BITS, COUNT_MASK, MISSING_LEFT, Node, setOf } from './boost-state';
import { entriesOf } from './histogram';

/** Rows' worth of hessian that pull a category's mean to nothing when categories are put in order (as LightGBM's cat_smooth). */
const CATEGORY_SMOOTHING: f64 = 10;

/** Present categories in order: f64 keys and u8 codes (up to 256, the missing cells' among them). */
const KEYS: usize = memory.data(256 * 8, 16);
const ORDER: usize = memory.data(256, 16);

// @ts-ignore: decorator
@inline
function scoreOf(leftG: i64, leftH: i64, rightG: i64, rightH: i64, l2: v128): f64 {
  const g = f64x2.replace_lane(f64x2.splat(<f64>leftG), 1, <f64>rightG);
  const h = f64x2.replace_lane(f64x2.splat(<f64>(leftH >> COUNT_BITS)), 1, <f64>(rightH >> COUNT_BITS));
  const score = f64x2.div(f64x2.mul(g, g), f64x2.add(h, l2));
  return f64x2.extract_lane(score, 0) + f64x2.extract_lane(score, 1);
}

// @ts-ignore: decorator
@inline
function allowed(booster: Booster, hessian: i64): bool {
  return (hessian & COUNT_MASK) >= <i64>booster.minLeaf && <f64>(hessian >> COUNT_BITS) >= booster.minHessian;
}

/** Scans the cuts between codes of a column of numbers. `missing`: the pair that goes left from the start. Returns the best score. */
function scanNumbers(
  booster: Booster, node: Node, column: u32, entries: usize, codes: u32, missing: v128, flags: u32, best: f64,
): f64 {
  const l2 = f64x2.splat(booster.l2);
  const totalG = node.gradient;
  const totalH = node.hessian;
  const least = <i64>booster.minLeaf;
  let left = missing;
  for (let code: u32 = 0; code < codes; code++) {
    const own = v128.load(entries + (<usize>code << 4));
    if (i64x2.extract_lane(own, 1) == 0) continue;
    left = i64x2.add(left, own);
    const leftH = i64x2.extract_lane(left, 1);
    const rightH = totalH - leftH;
    if ((rightH & COUNT_MASK) < least) break;
    if ((leftH & COUNT_MASK) < least) continue;
    const leftG = i64x2.extract_lane(left, 0);
    const score = scoreOf(leftG, leftH, totalG - leftG, rightH, l2);
    if (score > best && allowed(booster, leftH) && allowed(booster, rightH)) {
      best = score;
      node.column = column;
      node.code = code;
      node.leftGradient = leftG;
      node.leftHessian = leftH;
      node.flags = flags;
    }
  }
  return best;
}

/** Orders the present categories by smoothed mean gradient, then code. Returns their number. */
function orderCategories(entries: usize, codes: u32, smoothing: f64): u32 {
  let count: u32 = 0;
  for (let code: u32 = 0; code <= codes; code++) {
    const pair = entries + (<usize>code << 4);
    const hessian = load<i64>(pair, 8);
    if (hessian == 0) continue;
    store<f64>(KEYS + (<usize>code << 3), <f64>load<i64>(pair) / (<f64>(hessian >> COUNT_BITS) + smoothing));
    store<u8>(ORDER + count, <u8>code);
    count++;
  }
  // Shell's sort (Ciura's gaps); the order is total, so any sort gives the same.
  for (let gap: u32 = 132; gap > 0; gap = gap > 57 ? 57 : gap > 23 ? 23 : gap > 10 ? 10 : gap > 4 ? 4 : gap > 1 ? 1 : 0) {
    for (let i = gap; i < count; i++) {
      const code = load<u8>(ORDER + i);
      const key = load<f64>(KEYS + (<usize>code << 3));
      let j = i;
      while (j >= gap) {
        const other = load<u8>(ORDER + j - gap);
        const otherKey = load<f64>(KEYS + (<usize>other << 3));
        if (otherKey < key || (otherKey == key && other < code)) break;
        store<u8>(ORDER + j, other);
        j -= gap;
      }
      store<u8>(ORDER + j, code);
    }
  }
  return count;
}

/**
 * A categorical column: categories in the order of their mean gradient, and a cut of that order (Fisher 1958; as LightGBM). Missing
 * cells are a category of their own. Categories that the node lacks go the way of missing cells.
 */
function scanCategories(booster: Booster, node: Node, column: u32, entries: usize, codes: u32, best: f64): f64 {
  const rows = node.hessian & COUNT_MASK;
  const rowHessian = <f64>(node.hessian >> COUNT_BITS) / <f64>rows;
  const count = orderCategories(entries, codes, CATEGORY_SMOOTHING * rowHessian);
  const l2 = f64x2.splat(booster.l2 + booster.categoryL2 * rowHessian);
  let left = i64x2.splat(0);
  let cut: u32 = 0;
  for (let i: u32 = 0; i + 1 < count; i++) {
    left = i64x2.add(left, v128.load(entries + (<usize>load<u8>(ORDER + i) << 4)));
    const leftG = i64x2.extract_lane(left, 0);
    const leftH = i64x2.extract_lane(left, 1);
    const rightH = node.hessian - leftH;
    const score = scoreOf(leftG, leftH, node.gradient - leftG, rightH, l2);
    if (score > best && allowed(booster, leftH) && allowed(booster, rightH)) {
      best = score;
      cut = i + 1;
      node.leftGradient = leftG;
      node.leftHessian = leftH;
    }
  }
  if (cut > 0) keepSet(node, column, codes, cut, count);
  return best;
}

function keepSet(node: Node, column: u32, codes: u32, cut: u32, count: u32): void {
  let missingLeft = (node.leftHessian & COUNT_MASK) * 2 > (node.hessian & COUNT_MASK);
  for (let i: u32 = 0; i < count; i++) {
    if (<u32>load<u8>(ORDER + i) == codes) missingLeft = i < cut;
  }
  const set = setOf(node);
  memory.fill(set, missingLeft ? 255 : 0, 32);
  for (let i: u32 = 0; i < count; i++) {
    const code = load<u8>(ORDER + i);
    const at = set + (code >> 3);
    const bit = <u8>(1 << (code & 7));
    store<u8>(at, i < cut ? load<u8>(at) | bit : load<u8>(at) & ~bit);
  }
  node.column = column;
  node.code = codes;
  node.flags = CATEGORICAL | (missingLeft ? MISSING_LEFT : 0);
}

/** Finds the node's best split; its gain stays 0 if none gains enough. */
export function findSplit(booster: Booster, node: Node, histogram: usize): void {
  const l2 = f64x2.splat(booster.l2);
  const own = scoreOf(node.gradient, node.hessian, 0, 0, f64x2.replace_lane(l2, 1, 1));
  const least = own + booster.gainMin / booster.gainUnit;
  let best = least;
  for (let i: u32 = 0; i < booster.used; i++) {
    const column = load<u32>(booster.columns + (<usize>i << 2));
    const first = booster.offsets + (<usize>column << 2);
    const codes = load<u32>(first, 4) - load<u32>(first) - 1;
    const entries = entriesOf(booster, histogram, <usize>column);
    booster.scanned += <f64>(codes + 1);
    if (load<u8>(booster.categorical + column)) {
      best = scanCategories(booster, node, column, entries, codes, best);
      continue;
    }
    const missing = v128.load(entries + (<usize>codes << 4));
    best = scanNumbers(booster, node, column, entries, codes, i64x2.splat(0), 0, best);
    if (i64x2.extract_lane(missing, 1) != 0) {
      best = scanNumbers(booster, node, column, entries, codes, missing, MISSING_LEFT, best);
    }
  }
  node.gain = best > least ? (best - own) * booster.gainUnit : 0;
  if (node.gain == 0 || node.flags & CATEGORICAL) return;
  // Where the node had no missing cell in that column, one goes the way of most rows.
  const missing = load<i64>(
    entriesOf(booster, histogram, <usize>node.column) + (<usize>missingCode(booster, node.column) << 4), 8,
  );
  if (missing == 0 && (node.leftHessian & COUNT_MASK) * 2 > (node.hessian & COUNT_MASK)) node.flags = MISSING_LEFT;
}

/** Code of a missing cell: one past the column's last. */
export function missingCode(booster: Booster, column: u32): u32 {
  const first = booster.offsets + (<usize>column << 2);
  return load<u32>(first, 4) - load<u32>(first) - 1;
}
