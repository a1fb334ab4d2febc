// What splits of classes and of values share: the span of a column within a node, its sorted items, thresholds, and the best so far.
import { MISSING_WIDE, radixSort } from './columns';
import { Grove, Growth, rowsOf } from './forest-state';

/** Nodes up to this size are sorted by insertion. */
const INSERTION_MAX: u32 = 32;

/** Of the last `span`: they live no longer than one column of one node. */
let low: u32 = 0;
let high: u32 = 0;
let missing: u32 = 0;
let threshold: f32 = 0;

/** Smallest and largest code of the node's rows, and rows that have none. False if the column can't split the node. */
export function span(grove: Grove, growth: Growth, column: u32): bool {
  const codes = grove.codes + ((<usize>column * <usize>grove.rows) << 1);
  const rows = rowsOf(grove, growth);
  const from = rows + (<usize>growth.start << 2);
  const to = rows + (<usize>growth.end << 2);
  // In locals: a global would go through memory at each row.
  let least: u32 = MISSING_WIDE;
  let most: u32 = 0;
  let none: u32 = 0;
  if (load<u8>(grove.traits + column) & 1) {
    for (let p = from; p < to; p += 4) {
      const code = <u32>load<u16>(codes + (<usize>load<u32>(p) << 1));
      const gone = code == MISSING_WIDE;
      none += <u32>gone;
      least = min(least, code);
      most = max(most, gone ? 0 : code);
    }
  } else {
    for (let p = from; p < to; p += 4) {
      const code = <u32>load<u16>(codes + (<usize>load<u32>(p) << 1));
      least = min(least, code);
      most = max(most, code);
    }
  }
  low = least;
  high = most;
  missing = none;
  return none > 0 ? most >= least : most > least;
}

export function spanLow(): u32 {
  return low;
}

export function spanHigh(): u32 {
  return high;
}

export function spanMissing(): u32 {
  return missing;
}

// @ts-ignore: decorator
@inline
function highOf(grove: Grove, column: u32, code: u32): f32 {
  return load<f32>(grove.highs + (<usize>(load<u32>(grove.offsets + (<usize>column << 2)) + code) << 2));
}

/**
 * A threshold t with value(code) <= t < value(next), next being the next code present: halfway, as scikit-learn has it. Where a
 * code stands for several values, its largest, for the values between two codes are not known then.
 */
export function cutAt(grove: Grove, column: u32, code: u32, next: u32): f32 {
  const a = highOf(grove, column, code);
  if (load<u8>(grove.traits + column) & 2) return a;
  const b = highOf(grove, column, next);
  const middle = <f32>((<f64>a + <f64>b) * 0.5);
  return middle < b && middle >= a ? middle : a;
}

/**
 * The last code below `high` whose value is at most `drawn`; `low` always is. Begins at a guess, which for evenly spread values is
 * near: halving the whole span would miss the cache at most of its probes.
 */
function lastUpTo(grove: Grove, column: u32, drawn: f32, guess: u32): u32 {
  let from = low;
  let to = high;
  if (guess > from && guess < to) {
    let reach: u32 = 1;
    if (highOf(grove, column, guess) <= drawn) {
      from = guess;
      while (to - from > reach && highOf(grove, column, from + reach) <= drawn) {
        from += reach;
        reach <<= 1;
      }
      to = min(to, from + reach);
    } else {
      to = guess;
      while (to - from > reach && highOf(grove, column, to - reach) > drawn) {
        to -= reach;
        reach <<= 1;
      }
      from = max(from, to - min(reach, to));
    }
  }
  while (to - from > 1) {
    const middle = (from + to) >> 1;
    if (highOf(grove, column, middle) <= drawn) from = middle;
    else to = middle;
  }
  return from;
}

/** Draws a threshold uniformly between the node's smallest and largest value: the code that it keeps left, and all below. */
export function drawCut(grove: Grove, column: u32, word: u32): u32 {
  // Only missing cells are to be parted from the rest.
  if (low == high) {
    threshold = f32.MAX_VALUE;
    return high;
  }
  const a = <f64>highOf(grove, column, low);
  const b = <f64>highOf(grove, column, high);
  const share = <f64>word * 2.3283064365386963e-10;
  const drawn = <f32>(a + (b - a) * share);
  const from = lastUpTo(grove, column, drawn, low + <u32>(share * <f64>(high - low)));
  const exact = !(load<u8>(grove.traits + column) & 2) && drawn < highOf(grove, column, from + 1) && drawn >= highOf(grove, column, from);
  threshold = exact ? drawn : highOf(grove, column, from);
  return from;
}

export function drawnThreshold(): f32 {
  return threshold;
}

/** Keeps the better of two splits, the earlier among equals. The caller sets the threshold of a better one. */
export function offer(growth: Growth, column: u32, code: u32, score: f64, missingLeft: bool): bool {
  if (growth.found && !(score > growth.score)) return false;
  growth.found = 1;
  growth.score = score;
  growth.feature = column;
  growth.code = code;
  growth.missingLeft = <u32>missingLeft;
  return true;
}

/**
 * The node's present rows as items code << 32 | (row or the row's target) in the order of codes, at `grove.items`. Returns how many.
 */
export function sortNode(grove: Grove, growth: Growth, codes: usize, byRow: bool): u32 {
  const rows = rowsOf(grove, growth);
  let items = grove.items;
  let count: u32 = 0;
  for (let i = growth.start; i < growth.end; i++) {
    const row = <usize>load<u32>(rows + (<usize>i << 2));
    const code = <u32>load<u16>(codes + (row << 1));
    if (code == MISSING_WIDE) continue;
    const low32 = byRow ? <u32>row : load<u32>(grove.target + (row << 2));
    store<u64>(items + (<usize>count << 3), (<u64>(code - low) << 32) | <u64>low32);
    count++;
  }
  growth.sorted += <f64>count;
  if (count <= INSERTION_MAX) {
    insertionSort(items, count);
  } else {
    const sorted = radixSort(items, grove.spare, count, 4, high - low < 256 ? 1 : 2);
    if (sorted != items) {
      grove.spare = items;
      grove.items = sorted;
      items = sorted;
    }
  }
  // Codes were counted from `low` to spare a pass over their upper byte.
  for (let i: u32 = 0; i < count; i++) {
    const at = items + (<usize>i << 3);
    store<u32>(at, load<u32>(at, 4) + low, 4);
  }
  return count;
}

/** Stable, by the upper half of the items. */
function insertionSort(items: usize, count: u32): void {
  const end = items + (<usize>count << 3);
  for (let p = items + 8; p < end; p += 8) {
    const item = load<u64>(p);
    const key = <u32>(item >> 32);
    let q = p;
    while (q > items && load<u32>(q - 8, 4) > key) {
      store<u64>(q, load<u64>(q - 8));
      q -= 8;
    }
    store<u64>(q, item);
  }
}
