// Trees of ExtraTrees and RandomForest (Geurts, Ernst and Wehenkel 2006; Breiman 2001), grown depth first, the left side first, so
// that nodes come out in preorder. One column of one node is the unit after which growing may stop.
//
// The same everywhere: class weights are integers, sums of values are f64 in the order of a node's rows, and that order, the order
// of columns and every random word follow from the key alone.
import { philoxBlock } from '../training/philox';
import { MISSING_WIDE } from './columns';
import {
  columnsOf, gainsOf, Grove, Growth, LEAF, MISSING_LEFT, nodesOf, NODE_BYTES, rowsOf, stackOf, STACK_BYTES, totalsOf,
} from './forest-state';
import { tryClasses } from './forest-classes';
import { tryValues } from './forest-values';

/** Third counter words of the random streams: a tree's columns and thresholds, and its rows. */
const PURPOSE_SPLITS: u32 = 1;
const PURPOSE_ROWS: u32 = 2;
const BLOCK: usize = memory.data(16, 16);

function nextWord(grove: Grove, growth: Growth): u32 {
  const lane = growth.words & 3;
  if (lane == 0) {
    philoxBlock(BLOCK, growth.words >> 2, growth.tree, PURPOSE_SPLITS, 0, grove.key0, grove.key1);
    growth.word0 = load<u32>(BLOCK);
    growth.word1 = load<u32>(BLOCK, 4);
    growth.word2 = load<u32>(BLOCK, 8);
    growth.word3 = load<u32>(BLOCK, 12);
  }
  growth.words++;
  return lane == 0 ? growth.word0 : lane == 1 ? growth.word1 : lane == 2 ? growth.word2 : growth.word3;
}

/** Sets a row's weight in its target. */
function weigh(grove: Grove, row: u32, weight: u32): void {
  if (grove.classes > 0) {
    store<u16>(grove.target + (<usize>row << 2), <u16>weight, 2);
  } else {
    const pair = grove.target + (<usize>row << 4);
    store<f64>(pair, load<f64>(grove.y + (<usize>row << 3)) * <f64>weight);
    store<f64>(pair, <f64>weight, 8);
  }
}

/**
 * Begins tree `tree`. `bootstrap`: rows are drawn with replacement, each row's weight being how often it was drawn (at most 65535,
 * which no draw of a table reaches); else every row weighs 1. Weights lie outside the Growth: weighRows makes them again.
 */
export function beginTree(grove: Grove, growth: Growth, tree: u32, bootstrap: bool): void {
  memory.fill(changetype<usize>(growth), 0, gainsOf(grove, growth) + (<usize>grove.cols << 3) - changetype<usize>(growth));
  growth.tree = tree;
  const columns = columnsOf(grove, growth);
  for (let c: u32 = 0; c < grove.cols; c++) store<u32>(columns + (<usize>c << 2), c);
  const rows = rowsOf(grove, growth);
  weighRows(grove, tree, bootstrap);
  let count: u32 = 0;
  for (let r: u32 = 0; r < grove.rows; r++) {
    if (bootstrap && load<u32>(grove.items + (<usize>r << 2)) == 0) continue;
    store<u32>(rows + (<usize>count << 2), r);
    count++;
  }
  growth.count = count;
  push(growth, 0, count, 0);
}

/** The weights of tree `tree`; leaves them as u32[rows] in `items` if they were drawn. */
export function weighRows(grove: Grove, tree: u32, bootstrap: bool): void {
  const weights = grove.items;
  if (bootstrap) {
    memory.fill(weights, 0, <usize>grove.rows << 2);
    for (let i: u32 = 0; i < grove.rows; i++) {
      if ((i & 3) == 0) philoxBlock(BLOCK, i >> 2, tree, PURPOSE_ROWS, 0, grove.key0, grove.key1);
      const row = <usize>((<u64>load<u32>(BLOCK + (<usize>(i & 3) << 2)) * <u64>grove.rows) >> 32);
      const at = weights + (row << 2);
      store<u32>(at, min<u32>(0xffff, load<u32>(at) + 1));
    }
  }
  for (let r: u32 = 0; r < grove.rows; r++) weigh(grove, r, bootstrap ? load<u32>(weights + (<usize>r << 2)) : 1);
}

function push(growth: Growth, start: u32, end: u32, depth: u32): void {
  const top = stackOf(growth) + <usize>growth.stack * STACK_BYTES;
  store<u32>(top, start);
  store<u32>(top, end, 4);
  store<u32>(top, depth, 8);
  growth.stack++;
}

/** Weighs the node's rows. Whether their targets differ. */
function totalClasses(grove: Grove, growth: Growth): bool {
  const totals = totalsOf(grove, growth);
  const rows = rowsOf(grove, growth);
  memory.fill(totals, 0, <usize>grove.classes << 2);
  let weight: u32 = 0;
  for (let i = growth.start; i < growth.end; i++) {
    const target = load<u32>(grove.target + (<usize>load<u32>(rows + (<usize>i << 2)) << 2));
    const at = totals + (<usize>(target & 0xffff) << 2);
    store<u32>(at, load<u32>(at) + (target >> 16));
    weight += target >> 16;
  }
  let squares: f64 = 0;
  let top: u32 = 0;
  for (let k: u32 = 0; k < grove.classes; k++) {
    const own = load<u32>(totals + (<usize>k << 2));
    top = max(top, own);
    squares += <f64>own * <f64>own;
  }
  growth.weight = <f64>weight;
  growth.nodeScore = squares / <f64>weight;
  return top < weight;
}

function totalValues(grove: Grove, growth: Growth): bool {
  const rows = rowsOf(grove, growth);
  const first = load<f64>(grove.y + (<usize>load<u32>(rows + (<usize>growth.start << 2)) << 3));
  let pair = i64x2.splat(0);
  let same = true;
  for (let i = growth.start; i < growth.end; i++) {
    const row = <usize>load<u32>(rows + (<usize>i << 2));
    pair = f64x2.add(pair, v128.load(grove.target + (row << 4)));
    same = same && load<f64>(grove.y + (row << 3)) == first;
  }
  growth.sum = f64x2.extract_lane(pair, 0);
  growth.weight = f64x2.extract_lane(pair, 1);
  growth.nodeScore = (growth.sum * growth.sum) / growth.weight;
  return !same;
}

/** Takes the next node off the stack. A leaf is written at once. */
function nextNode(grove: Grove, growth: Growth): void {
  growth.stack--;
  const top = stackOf(growth) + <usize>growth.stack * STACK_BYTES;
  growth.start = load<u32>(top);
  growth.end = load<u32>(top, 4);
  growth.depth = load<u32>(top, 8);
  growth.tried = 0;
  growth.found = 0;
  growth.score = -1;
  const mixed = grove.classes > 0 ? totalClasses(grove, growth) : totalValues(grove, growth);
  growth.cells += <f64>(growth.end - growth.start);
  const least = <f64>grove.minLeaf * 2;
  growth.busy = mixed && growth.depth < grove.maxDepth && growth.weight >= least ? 1 : 0;
  if (!growth.busy) writeLeaf(grove, growth);
}

function writeLeaf(grove: Grove, growth: Growth): void {
  const node = nodesOf(grove, growth) + <usize>growth.nodes * NODE_BYTES;
  store<u32>(node, LEAF);
  store<u32>(node, growth.start, 4);
  store<u32>(node, growth.end, 8);
  growth.nodes++;
  growth.busy = 0;
}

/** Draws a column that this node has not tried, and tries it. */
function tryNext(grove: Grove, growth: Growth): void {
  const columns = columnsOf(grove, growth);
  const left = grove.cols - growth.tried;
  const pick = growth.tried + <u32>((<u64>nextWord(grove, growth) * <u64>left) >> 32);
  const a = columns + (<usize>growth.tried << 2);
  const b = columns + (<usize>pick << 2);
  const column = load<u32>(b);
  store<u32>(b, load<u32>(a));
  store<u32>(a, column);
  growth.tried++;
  const word = grove.drawn ? nextWord(grove, growth) : 0;
  growth.cells += <f64>(growth.end - growth.start);
  if (grove.classes > 0) tryClasses(grove, growth, column, word);
  else tryValues(grove, growth, column, word);
}

/** Splits the node by the best that was found: rows keep their order on both sides. */
function split(grove: Grove, growth: Growth): void {
  const column = growth.feature;
  const codes = grove.codes + ((<usize>column * <usize>grove.rows) << 1);
  const rows = rowsOf(grove, growth);
  const right = grove.items;
  let l: u32 = growth.start;
  let r: u32 = 0;
  for (let i = growth.start; i < growth.end; i++) {
    const row = load<u32>(rows + (<usize>i << 2));
    const code = <u32>load<u16>(codes + (<usize>row << 1));
    const goes: u32 = code == MISSING_WIDE ? growth.missingLeft : <u32>(code <= growth.code);
    store<u32>(rows + (<usize>l << 2), row);
    store<u32>(right + (<usize>r << 2), row);
    l += goes;
    r += 1 - goes;
  }
  memory.copy(rows + (<usize>l << 2), right, <usize>r << 2);
  growth.moved += <f64>(growth.end - growth.start);
  const node = nodesOf(grove, growth) + <usize>growth.nodes * NODE_BYTES;
  // Where training met no missing cell, one goes the way of most rows.
  const missingLeft = load<u8>(grove.traits + column) & 1 ? growth.missingLeft : <u32>(l - growth.start > r);
  store<u32>(node, column | (missingLeft ? MISSING_LEFT : 0));
  store<f32>(node, growth.threshold, 4);
  store<u32>(node, 0, 8);
  growth.nodes++;
  const gain = gainsOf(grove, growth) + (<usize>column << 3);
  store<f64>(gain, load<f64>(gain) + max<f64>(0, growth.score - growth.nodeScore));
  growth.busy = 0;
  push(growth, l, growth.end, growth.depth + 1);
  push(growth, growth.start, l, growth.depth + 1);
}

/**
 * Grows on until `operations` cells have been looked at or moved since the call, or the tree is done: then true. The sum of the
 * work so far is in the Growth.
 */
export function growTree(grove: Grove, growth: Growth, operations: f64): bool {
  const until = growth.cells + growth.moved + operations;
  while (growth.cells + growth.moved < until) {
    if (growth.busy) {
      const enough = growth.tried >= grove.candidates && growth.found;
      if (enough || growth.tried == grove.cols) {
        if (growth.found) split(grove, growth);
        else writeLeaf(grove, growth);
      } else {
        tryNext(grove, growth);
      }
    } else if (growth.stack > 0) {
      nextNode(grove, growth);
    } else {
      return true;
    }
  }
  return growth.busy == 0 && growth.stack == 0;
}
