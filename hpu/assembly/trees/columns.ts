// Values of a column become codes that order as the values do, so that every later comparison is one of small integers. Up to
// `codesMax` distinct values are told apart exactly; more share codes by equal shares of the rows.

/** Code of a missing cell in u16 columns; u8 columns use the number of codes instead. */
export const MISSING_WIDE: u32 = 0xffff;

/** Bits of a finite f32 as a u32 in the order of the values; -0 counts as 0, NaN comes last. */
// @ts-ignore: decorator
@inline
function sortKey(x: f32): u32 {
  if (x != x) return 0xffffffff;
  const bits = reinterpret<u32>(x + 0);
  return bits & 0x80000000 ? ~bits : bits | 0x80000000;
}

// @ts-ignore: decorator
@inline
function valueOf(key: u32): f32 {
  return reinterpret<f32>(key & 0x80000000 ? key & 0x7fffffff : ~key);
}

const COUNTS: usize = memory.data(256 * 4, 16);

/**
 * Sorts `count` items (u64) by `bytes` of their bytes from byte `first`, least significant first and stable; `spare` is as long.
 * Returns where the sorted items are: `items` or `spare`.
 */
export function radixSort(items: usize, spare: usize, count: u32, first: u32, bytes: u32): usize {
  for (let b: u32 = 0; b < bytes; b++) {
    const shift = <u64>((first + b) << 3);
    memory.fill(COUNTS, 0, 1024);
    const end = items + (<usize>count << 3);
    for (let p = items; p < end; p += 8) {
      const c = COUNTS + (<usize>((load<u64>(p) >> shift) & 255) << 2);
      store<u32>(c, load<u32>(c) + 1);
    }
    // A byte that all share orders nothing.
    if (load<u32>(COUNTS + (<usize>((load<u64>(items) >> shift) & 255) << 2)) == count) continue;
    let sum: u32 = 0;
    for (let c = COUNTS; c < COUNTS + 1024; c += 4) {
      const own = load<u32>(c);
      store<u32>(c, sum);
      sum += own;
    }
    for (let p = items; p < end; p += 8) {
      const item = load<u64>(p);
      const c = COUNTS + (<usize>((item >> shift) & 255) << 2);
      const at = load<u32>(c);
      store<u32>(c, at + 1);
      store<u64>(spare + (<usize>at << 3), item);
    }
    const swap = items;
    items = spare;
    spare = swap;
  }
  return items;
}

/** Items from i on with the key of item i. */
// @ts-ignore: decorator
@inline
function run(sorted: usize, i: u32, present: u32): u32 {
  const key = load<u32>(sorted + (<usize>i << 3), 4);
  let end = i + 1;
  while (end < present && load<u32>(sorted + (<usize>end << 3), 4) == key) end++;
  return end - i;
}

/**
 * Codes a column. `values`: f32[rows], NaN where missing; `items`, `spare`: u64[rows] each; `codes`: u16[rows] if `wide`, else
 * u8[rows]; `lows`, `highs`: the smallest and largest value of each code, f32[codesMax]. Returns the number of codes, 0 to
 * codesMax; a missing cell gets MISSING_WIDE or, in u8, that number.
 */
export function codeColumn(
  values: usize, rows: u32, items: usize, spare: usize, codes: usize, lows: usize, highs: usize, codesMax: u32, wide: bool,
): u32 {
  for (let r: u32 = 0; r < rows; r++) {
    store<u64>(items + (<usize>r << 3), (<u64>sortKey(load<f32>(values + (<usize>r << 2))) << 32) | <u64>r);
  }
  const sorted = radixSort(items, spare, rows, 4, 4);
  let present: u32 = 0;
  let distinct: u32 = 0;
  let last: u32 = 0xffffffff;
  for (; present < rows; present++) {
    const key = load<u32>(sorted + (<usize>present << 3), 4);
    if (key == 0xffffffff) break;
    if (key != last) distinct++;
    last = key;
  }
  const exact = distinct <= codesMax;
  // A value with a code's share of the rows or more gets a code to itself; the others share the rest.
  let lightRows = present;
  let lightCodes = codesMax;
  if (!exact) {
    for (let i: u32 = 0; i < present; ) {
      const count = run(sorted, i, present);
      if (<u64>count * <u64>codesMax >= <u64>present) {
        lightRows -= count;
        lightCodes--;
      }
      i += count;
    }
  }
  let code: u32 = 0;
  let inCode: u32 = 0;
  let alone = false;
  for (let i: u32 = 0; i < present; ) {
    const key = load<u32>(sorted + (<usize>i << 3), 4);
    const count = run(sorted, i, present);
    const end = i + count;
    const heavy = !exact && <u64>count * <u64>codesMax >= <u64>present;
    // A code is full once it holds its equal share of the light rows that were left when it began; the last one takes the rest.
    const full = heavy || alone || <u64>inCode * <u64>lightCodes >= <u64>lightRows;
    if (inCode > 0 && (exact || (full && code + 1 < codesMax))) {
      if (!alone) {
        lightRows -= inCode;
        lightCodes = max<u32>(1, lightCodes - 1);
      }
      code++;
      inCode = 0;
    }
    alone = heavy;
    if (inCode == 0) store<f32>(lows + (<usize>code << 2), valueOf(key));
    store<f32>(highs + (<usize>code << 2), valueOf(key));
    inCode += count;
    for (; i < end; i++) {
      const row = <usize>load<u32>(sorted + (<usize>i << 3));
      if (wide) store<u16>(codes + (row << 1), <u16>code);
      else store<u8>(codes + row, <u8>code);
    }
  }
  const total = present > 0 ? code + 1 : 0;
  for (let i = present; i < rows; i++) {
    const row = <usize>load<u32>(sorted + (<usize>i << 3));
    if (wide) store<u16>(codes + (row << 1), <u16>MISSING_WIDE);
    else store<u8>(codes + row, <u8>total);
  }
  return total;
}
