/**
 * The right edge of an append-only Merkle tree (RFC 6962 section 2.1): the roots of the full subtrees that its leaves fall into.
 * With it a tree grows and names its root without its leaves: one hash a leaf on average, and at most 63 for the root.
 *
 * The log of headers: leaf `i` is the canonical bytes of the header at height `i + 1` (the genesis has no header), so a tree of
 * `n` leaves is the chain up to height `n`.
 */
import { bytes32, type Codec, CodecError, struct, u64, vec } from '../codec.ts';
import type { Hash } from '../hash.ts';
import { nodeHash } from '../merkle.ts';
import { sha256 } from '../sha256.ts';

/** Sizes stay below 2^63, as C2SP's formats want them. */
export const SIZE_BITS = 63;

export interface LogFrontier {
  /** Leaves. */
  readonly size: bigint;
  /** One for each bit that is set in `size`, the lowest first: the root of the full subtree of so many leaves. */
  readonly peaks: readonly Hash[];
}

export const EMPTY_LOG: LogFrontier = { size: 0n, peaks: [] };

/** Of a header's height; the log has no leaf for height 0. */
export const leafIndexOf = (height: bigint): bigint => height - 1n;

/** `leaf` is a leaf hash: merkle.ts' `leafHash` of the entry. */
export function withLeaf({ size, peaks }: LogFrontier, leaf: Hash): LogFrontier {
  if (size >> BigInt(SIZE_BITS) !== 0n) throw new RangeError('the log is full');
  const rest = [...peaks];
  let carry = leaf;
  for (let below = size; (below & 1n) === 1n; below >>= 1n) carry = nodeHash(rest.shift() as Hash, carry);
  return { size: size + 1n, peaks: [carry, ...rest] };
}

/** The Merkle tree hash; that of the empty tree is the hash of nothing. */
export function logRoot({ peaks }: LogFrontier): Hash {
  const [first, ...rest] = peaks;
  if (!first) return sha256();
  return rest.reduce((right, left) => nodeHash(left, right), first);
}

function setBits(n: bigint): number {
  let count = 0;
  for (let rest = n; rest > 0n; rest >>= 1n) count += Number(rest & 1n);
  return count;
}

const shape = struct({ size: u64, peaks: vec(bytes32, SIZE_BITS) });

/** Refuses a frontier whose peaks are not as many as its size wants. */
export const logFrontierCodec: Codec<LogFrontier> = {
  write: (writer, { size, peaks }) => shape.write(writer, { size, peaks: [...peaks] }),
  read(reader) {
    const frontier = shape.read(reader);
    if (frontier.size >> BigInt(SIZE_BITS) !== 0n || setBits(frontier.size) !== frontier.peaks.length) {
      throw new CodecError('no frontier of such a size');
    }
    return frontier;
  },
};
