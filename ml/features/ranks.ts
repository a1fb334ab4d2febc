/** Order statistics: the values at given ranks, without sorting a long column. */

/** Shorter columns are sorted: counting has 2^16 counters to clear. */
const SORTED_MAX = 1 << 13;

/**
 * Values at `ranks` (0 the least) of `values`, none of which is NaN. `single`: every value is an f32. Those are found by counting
 * the high halves of their bits, then the low halves of those that share the one in question.
 */
export function valuesAt(values: Float64Array, ranks: readonly number[], single: boolean): number[] {
  if (!single || values.length <= SORTED_MAX) {
    const sorted = values.slice().sort();
    return ranks.map((rank) => sorted[rank] as number);
  }
  const keys = ascendingKeys(values);
  const high = new Uint32Array(1 << 16);
  for (let i = 0; i < keys.length; i++) {
    const at = (keys[i] as number) >>> 16;
    high[at] = (high[at] as number) + 1;
  }
  const found = new Map<number, number>();
  for (const rank of ranks) if (!found.has(rank)) found.set(rank, valueAt(keys, high, rank));
  return ranks.map((rank) => found.get(rank) as number);
}

const MINUS_ZERO = 0x80000000;

/** Bits of f32 as u32 in the order of the values: of negatives all bits are turned, of the others the sign. Both zeros are one. */
function ascendingKeys(values: Float64Array): Uint32Array {
  const keys = new Uint32Array(new Float32Array(values).buffer);
  for (let i = 0; i < keys.length; i++) {
    const bits = keys[i] as number;
    keys[i] = bits > MINUS_ZERO ? ~bits : bits | MINUS_ZERO;
  }
  return keys;
}

function valueAt(keys: Uint32Array, high: Uint32Array, rank: number): number {
  const [prefix, before] = placeOf(high, rank);
  const low = new Uint32Array(1 << 16);
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i] as number;
    if (key >>> 16 === prefix) low[key & 0xffff] = (low[key & 0xffff] as number) + 1;
  }
  const [suffix] = placeOf(low, rank - before);
  const key = (prefix << 16) | suffix;
  const bits = Uint32Array.of(key < 0 ? key & 0x7fffffff : ~key);
  return new Float32Array(bits.buffer)[0] as number;
}

/** Where the counts pass `rank`, and their sum before. */
function placeOf(counts: Uint32Array, rank: number): [place: number, before: number] {
  let before = 0;
  for (let place = 0; place < counts.length; place++) {
    const count = counts[place] as number;
    if (before + count > rank) return [place, before];
    before += count;
  }
  throw new RangeError(`no value at rank ${rank}`);
}
