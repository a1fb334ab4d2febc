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
import type { Leaf, Root } from '../../../protocol/state/node.ts';

const TAGS = ['leaf', 'branch', 'page'] as const;

const LEAF_BYTES = 73;
const BRANCH_HEAD_BYTES = 46;
const PAGE_BYTES = 47;
/** Where a branch has the length of its left side. */
const LEFT_AT = 42;

/** What one part of a page begins with. `left` and `right` are parts too. */
export type Part =
  | { readonly kind: 'leaf'; readonly key: Uint8Array; readonly valueHash: Hash; readonly sum: bigint }
  | {
      readonly kind: 'branch';
      readonly bit: number;
      readonly hash: Hash;
      readonly sum: bigint;
      readonly left: Uint8Array;
      readonly right: Uint8Array;
    }
  | { readonly kind: 'page'; readonly page: number; readonly hash: Hash; readonly sum: bigint };

/** Bytes that no writer of pages makes, or nodes that do not hash to what the tree says. The pages are then made anew. */
export class DamagedTreeError extends Error {
  override name = 'DamagedTreeError';
}

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

export function readPart(bytes: Uint8Array): Part {
  const kind = TAGS[bytes[0] ?? -1];
  const view = viewOf(bytes);
  if (kind === 'leaf' && bytes.length === LEAF_BYTES) {
    return { kind, key: bytes.slice(1, 33), valueHash: bytes.slice(33, 65), sum: view.getBigUint64(65) };
  }
  if (kind === 'page' && bytes.length === PAGE_BYTES) {
    const page = view.getUint16(1) * 2 ** 32 + view.getUint32(3);
    return { kind, page, hash: bytes.slice(7, 39), sum: view.getBigUint64(39) };
  }
  const rightAt = bytes.length > BRANCH_HEAD_BYTES ? BRANCH_HEAD_BYTES + view.getUint32(LEFT_AT) : 0;
  if (kind !== 'branch' || rightAt === 0 || rightAt >= bytes.length)
    throw new DamagedTreeError('not the bytes of a page');
  return {
    kind,
    bit: bytes[1] as number,
    hash: bytes.slice(2, 34),
    sum: view.getBigUint64(34),
    left: bytes.subarray(BRANCH_HEAD_BYTES, rightAt),
    right: bytes.subarray(rightAt),
  };
}

/** Leaves in a part, counted no further than `limit`; a page below counts as more than that. */
export function leavesIn(bytes: Uint8Array, limit: number): number {
  const part = readPart(bytes);
  if (part.kind === 'page') return limit;
  if (part.kind === 'leaf') return 1;
  const left = leavesIn(part.left, limit);
  return left >= limit ? limit : Math.min(limit, left + leavesIn(part.right, limit));
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
  part(bytes: Uint8Array): void {
    const at = this.#take(bytes.length);
    this.#bytes.set(bytes, at);
  }

  /** The page; the next one begins empty. */
  done(): Uint8Array {
    const page = this.#bytes.slice(0, this.#length);
    this.#length = 0;
    return page;
  }
}
