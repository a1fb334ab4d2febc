/** Trees as they are grown: their nodes in preorder, kind by kind, in arrays that double when they are full. */
import { type ByteReader, ByteWriter } from '../../bytes.ts';

/** Kind of a node. MISSING_LEFT is added to SPLIT or SUBSET where missing cells go left. */
export const KIND = { leaf: 0, split: 1, subset: 3 } as const;
export const MISSING_LEFT = 1;
/** A subset of codes as bits, least significant first. */
export const SUBSET_BYTES = 32;

type Numbers = Uint8Array | Uint16Array | Uint32Array | Float32Array;

class Growing<T extends Numbers> {
  #values: T;
  length = 0;
  readonly #make: (length: number) => T;

  constructor(make: (length: number) => T) {
    this.#make = make;
    this.#values = make(64);
  }

  push(value: number): void {
    if (this.length === this.#values.length) {
      const larger = this.#make(2 * this.length);
      larger.set(this.#values);
      this.#values = larger;
    }
    this.#values[this.length++] = value;
  }

  get values(): T {
    return this.#values.subarray(0, this.length) as T;
  }
}

/** All the trees' nodes in preorder, split by what they hold. */
export interface Nodes {
  readonly kinds: Uint8Array;
  /** Of splits and subsets. */
  readonly columns: Uint16Array;
  /** Of splits. */
  readonly thresholds: Float32Array;
  /** Of subsets, SUBSET_BYTES each: codes that go left. */
  readonly subsets: Uint8Array;
  /** Of leaves: values, or for shares a class, or the number of classes plus a row of `tables`. */
  readonly values: Float32Array;
  readonly leaves: Uint32Array;
  /** Rows of class counts of leaves with more than one class. */
  readonly tables: Uint16Array;
}

export class GrownNodes {
  readonly #kinds = new Growing((n) => new Uint8Array(n));
  readonly #columns = new Growing((n) => new Uint16Array(n));
  readonly #thresholds = new Growing((n) => new Float32Array(n));
  readonly #subsets = new Growing((n) => new Uint8Array(n));
  readonly #values = new Growing((n) => new Float32Array(n));
  readonly #leaves = new Growing((n) => new Uint32Array(n));
  readonly #tables = new Growing((n) => new Uint16Array(n));

  constructor(from?: Nodes) {
    if (!from) return;
    for (const x of from.kinds) this.#kinds.push(x);
    for (const x of from.columns) this.#columns.push(x);
    for (const x of from.thresholds) this.#thresholds.push(x);
    for (const x of from.subsets) this.#subsets.push(x);
    for (const x of from.values) this.#values.push(x);
    for (const x of from.leaves) this.#leaves.push(x);
    for (const x of from.tables) this.#tables.push(x);
  }

  split(column: number, threshold: number, missingLeft: boolean): void {
    this.#kinds.push(KIND.split + (missingLeft ? MISSING_LEFT : 0));
    this.#columns.push(column);
    this.#thresholds.push(threshold);
  }

  subset(column: number, codes: Uint8Array, missingLeft: boolean): void {
    this.#kinds.push(KIND.subset + (missingLeft ? MISSING_LEFT : 0));
    this.#columns.push(column);
    for (const byte of codes) this.#subsets.push(byte);
  }

  valueLeaf(value: number): void {
    this.#kinds.push(KIND.leaf);
    this.#values.push(value);
  }

  /** Counts of each class, at least one of them positive. If they sum to less than `least`, the most frequent class alone is kept. */
  classLeaf(counts: Uint32Array, least = 1): void {
    this.#kinds.push(KIND.leaf);
    const isSmall = least > 2 && counts.reduce((sum, count) => sum + count, 0) < least;
    const only = isSmall ? mostFrequent(counts) : onlyClass(counts);
    if (only >= 0) {
      this.#leaves.push(only);
      return;
    }
    this.#leaves.push(counts.length + this.#tables.length / counts.length);
    // Counts above 16 bits keep their upper ones: shares change by less than 2^-15.
    const shift = Math.max(0, 16 - Math.clz32(counts.reduce((top, count) => Math.max(top, count), 0)));
    for (const count of counts) this.#tables.push(count >>> shift);
  }

  /** Of values for leaves, as encodeNodes writes them. */
  get bytes(): number {
    const [splits, subsets] = [this.#thresholds.length * 4, this.#subsets.length];
    return this.#kinds.length + this.#columns.length * 2 + splits + subsets + this.#values.length * 4;
  }

  get nodes(): Nodes {
    return {
      kinds: this.#kinds.values,
      columns: this.#columns.values,
      thresholds: this.#thresholds.values,
      subsets: this.#subsets.values,
      values: this.#values.values,
      leaves: this.#leaves.values,
      tables: this.#tables.values,
    };
  }
}

/** The first of the classes with the largest count. */
function mostFrequent(counts: Uint32Array): number {
  let most = 0;
  for (let k = 1; k < counts.length; k++) if ((counts[k] as number) > (counts[most] as number)) most = k;
  return most;
}

/** The class that alone has a count; -1 if several have. */
function onlyClass(counts: Uint32Array): number {
  let only = -1;
  for (let k = 0; k < counts.length; k++) {
    if (counts[k] === 0) continue;
    if (only >= 0) return -1;
    only = k;
  }
  return only;
}

/** Little-endian: the seven lengths as u32, then the arrays, leaves as u16 if all of them fit. Nothing may follow. */
export function encodeNodes(nodes: Nodes): Uint8Array {
  const { kinds, columns, thresholds, subsets, values, leaves, tables } = nodes;
  const wide = isWide(leaves);
  const bytes =
    28 +
    kinds.length +
    columns.length * 2 +
    thresholds.length * 4 +
    subsets.length +
    values.length * 4 +
    leaves.length * (wide ? 4 : 2) +
    tables.length * 2;
  const writer = new ByteWriter(bytes)
    .u32(kinds.length, columns.length, thresholds.length, subsets.length, values.length, leaves.length, tables.length)
    .bytes(kinds)
    .bytes(u16Bytes(columns))
    .f32s(thresholds)
    .bytes(subsets)
    .f32s(values);
  if (wide) writer.i32s(new Int32Array(leaves.buffer, leaves.byteOffset, leaves.length));
  else writer.bytes(u16Bytes(leaves));
  return writer.bytes(u16Bytes(tables)).finish();
}

const isWide = (leaves: Uint32Array): boolean => leaves.some((leaf) => leaf > 0xffff);

/** Little-endian, as every host that JavaScript has (hpu/arena.ts). */
const u16Bytes = (values: Uint16Array | Uint32Array): Uint8Array => new Uint8Array(Uint16Array.from(values).buffer);
const u16s = (reader: ByteReader, count: number): Uint16Array => new Uint16Array(reader.bytes(count * 2).buffer);

/** What `encodeNodes` wrote; throws a RangeError on other lengths. Their sense is checked by `nodesFault`. */
export function decodeNodes(reader: ByteReader): Nodes {
  const [kinds, columns, thresholds, subsets, values, leaves, tables] = Array.from({ length: 7 }, () =>
    reader.u32(),
  ) as [number, number, number, number, number, number, number];
  const narrow = kinds + columns * 2 + thresholds * 4 + subsets + values * 4 + leaves * 2 + tables * 2;
  const wide = reader.left !== narrow;
  if (reader.left !== narrow + (wide ? leaves * 2 : 0)) throw new RangeError(`${reader.left} bytes of nodes`);
  const nodes = {
    kinds: reader.bytes(kinds),
    columns: u16s(reader, columns),
    thresholds: reader.f32s(thresholds),
    subsets: reader.bytes(subsets),
    values: reader.f32s(values),
    leaves: wide ? new Uint32Array(reader.i32s(leaves).buffer) : Uint32Array.from(u16s(reader, leaves)),
    tables: u16s(reader, tables),
  };
  if (wide !== isWide(nodes.leaves)) throw new RangeError('leaves are not in their shortest form');
  return nodes;
}

/** The nodes of the first `trees` trees. Trees have values for leaves. */
export function firstTrees(nodes: Nodes, trees: number): Nodes {
  let [open, count, end] = [0, 0, 0];
  let [leaves, splits, subsets] = [0, 0, 0];
  for (; end < nodes.kinds.length; end++) {
    if (open === 0) {
      if (count === trees) break;
      count++;
      open = 1;
    }
    const kind = nodes.kinds[end] as number;
    if (kind === KIND.leaf) leaves++;
    else if (kind >= KIND.subset) subsets++;
    else splits++;
    open += kind === KIND.leaf ? -1 : 1;
  }
  return {
    kinds: nodes.kinds.subarray(0, end),
    columns: nodes.columns.subarray(0, splits + subsets),
    thresholds: nodes.thresholds.subarray(0, splits),
    subsets: nodes.subsets.subarray(0, subsets * SUBSET_BYTES),
    values: nodes.values.subarray(0, leaves),
    leaves: nodes.leaves,
    tables: nodes.tables,
  };
}
