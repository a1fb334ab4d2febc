// Grows one boosted tree, best leaf first (Shi 2007, as LightGBM and scikit-learn's HistGradientBoosting): with a bound on depth
// and none on leaves it is the same tree as one grown by levels. One leaf's split is the unit after which growing may stop.
import {
  Booster, CATEGORICAL, COUNT_BITS, COUNT_MASK, MISSING_LEFT, Node, nodeAt, NODE_BYTES, setOf,
} from './boost-state';
import { findSplit, missingCode } from './boost-split';
import { buildHistogram, subtractHistogram } from './histogram';

/** Of each code of the column that splits: 1 if it goes left. */
const SIDES: usize = memory.data(256, 16);

/** Newton steps are cut to this: without a penalty the hessian of a pure leaf is next to nothing. */
const STEP_MAX: f64 = 64;

function histogramOf(booster: Booster, slot: i32): usize {
  return booster.pool + <usize>(slot + 1) * booster.histogramBytes;
}

function takeSlot(booster: Booster): i32 {
  if (booster.freeCount == 0) return -1;
  booster.freeCount--;
  return load<i32>(booster.free + (<usize>booster.freeCount << 2));
}

function freeSlot(booster: Booster, node: Node): void {
  if (node.slot < 0) return;
  store<i32>(booster.free + (<usize>booster.freeCount << 2), node.slot);
  booster.freeCount++;
  node.slot = -1;
}

function makeNode(booster: Booster, start: u32, end: u32, depth: u32, gradient: i64, hessian: i64): Node {
  const node = nodeAt(booster, booster.nodeCount);
  memory.fill(changetype<usize>(node), 0, NODE_BYTES);
  booster.nodeCount++;
  node.start = start;
  node.end = end;
  node.depth = depth;
  node.slot = -1;
  node.gradient = gradient;
  node.hessian = hessian;
  const step = (<f64>gradient / (<f64>(hessian >> COUNT_BITS) + booster.l2)) * booster.leafUnit;
  node.value = <f32>(-booster.rate * min<f64>(STEP_MAX, max<f64>(-STEP_MAX, step)));
  return node;
}

function mayGrow(booster: Booster, node: Node): bool {
  return (
    node.depth < booster.maxDepth &&
    booster.leaves < booster.maxLeaves &&
    (node.hessian & COUNT_MASK) >= 2 * <i64>booster.minLeaf
  );
}

/** Searches the node's split in its histogram, which a node without a split gives back. */
function search(booster: Booster, node: Node, histogram: usize): void {
  findSplit(booster, node, histogram);
  if (node.gain == 0) freeSlot(booster, node);
}

/** The root with its histogram and split. */
export function beginBoost(booster: Booster): void {
  booster.nodeCount = 0;
  booster.leaves = 1;
  booster.updates = 0;
  booster.scanned = 0;
  booster.moved = 0;
  booster.freeCount = booster.slots;
  for (let s: u32 = 0; s < booster.slots; s++) store<u32>(booster.free + (<usize>s << 2), booster.slots - 1 - s);
  let sum = i64x2.splat(0);
  for (let r: u32 = 0; r < booster.rows; r++) {
    store<u32>(booster.order + (<usize>r << 2), r);
    sum = i64x2.add(sum, v128.load(booster.pairs + (<usize>r << 4)));
  }
  const root = makeNode(booster, 0, booster.rows, 0, i64x2.extract_lane(sum, 0), i64x2.extract_lane(sum, 1));
  if (!mayGrow(booster, root)) return;
  root.slot = takeSlot(booster);
  const histogram = histogramOf(booster, root.slot);
  buildHistogram(booster, 0, booster.rows, histogram);
  search(booster, root, histogram);
}

function markSides(booster: Booster, node: Node): void {
  const codes = missingCode(booster, node.column);
  const set = setOf(node);
  for (let code: u32 = 0; code < codes; code++) {
    const goes = node.flags & CATEGORICAL ? (load<u8>(set + (code >> 3)) >> <u8>(code & 7)) & 1 : <u8>(code <= node.code);
    store<u8>(SIDES + code, goes);
  }
  store<u8>(SIDES + codes, node.flags & MISSING_LEFT ? 1 : 0);
}

/** Parts the node's rows, keeping their order on both sides; returns where the right side begins. */
function partition(booster: Booster, node: Node): u32 {
  markSides(booster, node);
  const codes = booster.codes + <usize>node.column * <usize>booster.rows;
  let to = booster.order + (<usize>node.start << 2);
  let right = booster.spare;
  const end = booster.order + (<usize>node.end << 2);
  for (let p = to; p < end; p += 4) {
    const row = load<u32>(p);
    const goes = <usize>load<u8>(SIDES + <usize>load<u8>(codes + row));
    store<u32>(to, row);
    store<u32>(right, row);
    to += goes << 2;
    right += (1 - goes) << 2;
  }
  memory.copy(to, booster.spare, right - booster.spare);
  booster.moved += <f64>(node.end - node.start);
  return <u32>((to - booster.order) >> 2);
}

/** Histograms of the children: the smaller from its rows, the larger as what is left of the parent's. */
function searchChildren(booster: Booster, node: Node, left: Node, right: Node): void {
  const leftSmaller = left.end - left.start <= right.end - right.start;
  const small = leftSmaller ? left : right;
  const large = leftSmaller ? right : left;
  const growSmall = mayGrow(booster, small);
  const growLarge = mayGrow(booster, large);
  if (!growSmall && !growLarge) {
    freeSlot(booster, node);
    return;
  }
  if (!growLarge) freeSlot(booster, node);
  // Without a free slot the histogram lives in the scratch place, as long as this call.
  if (growSmall) small.slot = takeSlot(booster);
  const smallHistogram = histogramOf(booster, small.slot);
  const parentSlot = node.slot;
  if (growSmall || parentSlot >= 0) buildHistogram(booster, small.start, small.end, smallHistogram);
  if (growLarge) {
    node.slot = -1;
    large.slot = parentSlot;
    if (parentSlot >= 0) subtractHistogram(histogramOf(booster, parentSlot), smallHistogram, booster.histogramBytes);
  }
  if (growSmall) search(booster, small, smallHistogram);
  if (!growLarge) return;
  const largeHistogram = histogramOf(booster, large.slot);
  if (parentSlot < 0) buildHistogram(booster, large.start, large.end, largeHistogram);
  search(booster, large, largeHistogram);
}

function splitLeaf(booster: Booster, node: Node): void {
  const middle = partition(booster, node);
  node.child = booster.nodeCount;
  booster.leaves++;
  const left = makeNode(booster, node.start, middle, node.depth + 1, node.leftGradient, node.leftHessian);
  const right = makeNode(
    booster, middle, node.end, node.depth + 1, node.gradient - node.leftGradient, node.hessian - node.leftHessian,
  );
  searchChildren(booster, node, left, right);
}

/** Splits the best leaf. Whether the tree is done instead. */
export function growBoost(booster: Booster): bool {
  if (booster.leaves >= booster.maxLeaves) return true;
  let best: u32 = 0;
  let gain: f64 = 0;
  for (let i: u32 = 0; i < booster.nodeCount; i++) {
    const node = nodeAt(booster, i);
    if (node.child || node.gain <= gain) continue;
    gain = node.gain;
    best = i;
  }
  if (gain == 0) return true;
  splitLeaf(booster, nodeAt(booster, best));
  return false;
}

/** margin[row] += the value of its leaf, in f32 as a prediction adds it. */
export function addLeaves(booster: Booster, margins: usize): void {
  for (let i: u32 = 0; i < booster.nodeCount; i++) {
    const node = nodeAt(booster, i);
    if (node.child) continue;
    const value = node.value;
    const end = booster.order + (<usize>node.end << 2);
    for (let p = booster.order + (<usize>node.start << 2); p < end; p += 4) {
      const at = margins + (<usize>load<u32>(p) << 2);
      store<f32>(at, load<f32>(at) + value);
    }
  }
}
