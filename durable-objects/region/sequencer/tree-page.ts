/**
 * The bytes of a page: one part of the state tree, its nodes in preorder. Below a node may stand another page, which the node
 * names. A branch carries its own hash, so that a part that nobody asks for is neither read nor hashed; whoever opens a branch
 * hashes its two sides again and compares.
 *
 *   leaf    0, key 32, value hash 32, sum u64
 *   branch  1, bit u8, hash 32, sum u64, bytes of the left side u32, left side, right side
 *   page    2, page number u48, hash 32, sum u64
 *
 * Nothing in a page says where it stands: a part moves into another page byte by byte. Big endian throughout.
 */
import type { Hash } from '../../../protocol/hash.ts';
import { type Leaf, leaf, type Root } from '../../../protocol/state/node.ts';

const TAGS = ['leaf', 'branch', 'page'] as const;

const LEAF_BYTES = 73;
const BRANCH_HEAD_BYTES = 46;
const PAGE_BYTES = 47;
/** Where a branch has the length of its left side. */
const LEFT_AT = 42;

/** Bytes that no writer of pages makes, or nodes that do not hash to what the tree says. The pages are then made anew. */
export class DamagedTreeError extends Error {
  override name = 'DamagedTreeError';
}

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/**
 * A page that was read. A part of it is named by where it begins and ends; what it says is taken out of the bytes when it is asked for,
 * since most parts are neither changed nor looked into. Hashes and keys are views: they keep the page in memory.
 */
export class Page {
  readonly bytes: Uint8Array;
  readonly #view: DataView;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.#view = viewOf(bytes);
  }

  /** What the part is. Throws DamagedTreeError where it can't be one; what else is asked of a part relies on that. */
  kindOf(at: number, end: number): (typeof TAGS)[number] {
    const kind = at < end ? TAGS[this.bytes[at] as number] : undefined;
    const length = end - at;
    if (kind === 'leaf' && length === LEAF_BYTES) return kind;
    if (kind === 'page' && length === PAGE_BYTES) return kind;
    if (kind === 'branch' && length > BRANCH_HEAD_BYTES) {
      const right = this.rightOf(at);
      if (right > this.leftOf(at) && right < end) return kind;
    }
    throw new DamagedTreeError('not the bytes of a page');
  }

  leaf(at: number): Leaf {
    const { bytes } = this;
    return leaf(bytes.subarray(at + 1, at + 33), bytes.subarray(at + 33, at + 65), this.#view.getBigUint64(at + 65));
  }

  /** Of a branch. */
  bitOf(at: number): number {
    return this.bytes[at + 1] as number;
  }

  /** Where a branch's left side begins. */
  leftOf(at: number): number {
    return at + BRANCH_HEAD_BYTES;
  }

  /** Where its left side ends and its right one begins. */
  rightOf(at: number): number {
    return this.leftOf(at) + this.#view.getUint32(at + LEFT_AT);
  }

  /** Of a branch, or of what stands in the page that is named. */
  hashOf(at: number): Hash {
    const from = at + (this.#isReference(at) ? 7 : 2);
    return this.bytes.subarray(from, from + 32);
  }

  sumOf(at: number): bigint {
    return this.#view.getBigUint64(at + (this.#isReference(at) ? 39 : 34));
  }

  /** The page that is named here. */
  numberOf(at: number): number {
    return this.#view.getUint16(at + 1) * 2 ** 32 + this.#view.getUint32(at + 3);
  }

  #isReference(at: number): boolean {
    return this.bytes[at] === TAGS.indexOf('page');
  }

  /** Leaves in a part, counted no further than `limit`; a page below counts as more than that. */
  leavesIn(at: number, end: number, limit: number, above = -1): number {
    const kind = this.kindOf(at, end);
    if (kind === 'page') return limit;
    if (kind === 'leaf') return 1;
    const bit = this.bitOf(at);
    if (bit <= above) throw new DamagedTreeError(`a branch at bit ${bit} below one at bit ${above}`);
    const right = this.rightOf(at);
    const left = this.leavesIn(this.leftOf(at), right, limit, bit);
    return left >= limit ? limit : Math.min(limit, left + this.leavesIn(right, end, limit, bit));
  }
}

/** Writes the nodes of one page after another. */
export class PageWriter {
  #bytes = new Uint8Array(1024);
  #view = viewOf(this.#bytes);
  #length = 0;

  #take(count: number): number {
    const at = this.#length;
    this.#length += count;
    if (this.#length > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(this.#length, 2 * this.#bytes.length));
      grown.set(this.#bytes);
      this.#bytes = grown;
      this.#view = viewOf(grown);
    }
    return at;
  }

  leaf({ key, valueHash, sum }: Leaf): void {
    const at = this.#take(LEAF_BYTES);
    this.#bytes[at] = 0;
    this.#bytes.set(key, at + 1);
    this.#bytes.set(valueHash, at + 33);
    this.#view.setBigUint64(at + 65, sum);
  }

  page(page: number, { hash, sum }: Root): void {
    const at = this.#take(PAGE_BYTES);
    this.#bytes[at] = 2;
    this.#view.setUint16(at + 1, Math.floor(page / 2 ** 32));
    this.#view.setUint32(at + 3, page % 2 ** 32);
    this.#bytes.set(hash, at + 7);
    this.#view.setBigUint64(at + 39, sum);
  }

  branch(bit: number, { hash, sum }: Root, left: () => void, right: () => void): void {
    const at = this.#take(BRANCH_HEAD_BYTES);
    this.#bytes[at] = 1;
    this.#bytes[at + 1] = bit;
    this.#bytes.set(hash, at + 2);
    this.#view.setBigUint64(at + 34, sum);
    left();
    this.#view.setUint32(at + LEFT_AT, this.#length - at - BRANCH_HEAD_BYTES);
    right();
  }

  /** A part as another page had it. */
  part({ bytes }: Page, from: number, end: number): void {
    const at = this.#take(end - from);
    this.#bytes.set(bytes.subarray(from, end), at);
  }

  /** The page; the next one begins empty. */
  done(): Uint8Array {
    const page = this.#bytes.slice(0, this.#length);
    this.#length = 0;
    return page;
  }
}
