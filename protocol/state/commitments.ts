/**
 * The commitment tree: append-only, binary, Poseidon, of fixed depth, so that a leaf can't be passed off as an inner node and a
 * circuit opens it with one template. An empty leaf is 0. Only commitments that a circuit opens belong here.
 *
 * The state keeps the frontier alone: the roots of the full subtrees to the left of the next leaf. An append costs one hash on
 * average; the root, 32 hashes, is made once a block.
 */
import { bytes32, type Decoded, struct, u64, vec } from '../codec.ts';
import { type Hash, ZERO_HASH } from '../hash.ts';
import { fieldBytes, fieldElement, poseidon2 } from '../poseidon.ts';
import type { Overlay } from './overlay.ts';
import { ONLY_KEY, type RecordView, recordTable } from './record.ts';

export const COMMITMENT_DEPTH = 32;

const frontierCodec = struct({
  count: u64,
  /** One for each bit that is set in `count`, the lowest first: the subtree of so many leaves. */
  peaks: vec(bytes32, COMMITMENT_DEPTH),
});
export type Frontier = Decoded<typeof frontierCodec>;
const frontiers = recordTable('commitments', frontierCodec);

export const NO_COMMITMENTS: Frontier = { count: 0n, peaks: [] };

export const frontierOf = (state: RecordView): Frontier => frontiers.read(state, ONLY_KEY) ?? NO_COMMITMENTS;

/** Whether 32 bytes can be a leaf: an element of the field, and not the one that stands for nothing. */
export const isCommitment = (bytes: Uint8Array): boolean => (fieldElement(bytes) ?? 0n) !== 0n;

function element(bytes: Uint8Array): bigint {
  const value = fieldElement(bytes);
  if (value === undefined) throw new Error('not an element of the field');
  return value;
}

/** `zeros[level]`: the root of a subtree of that height without a leaf. */
const zeros: bigint[] = [0n];
function zeroAt(level: number): bigint {
  for (let i = zeros.length; i <= level; i++) zeros.push(poseidon2(zeros[i - 1] as bigint, zeros[i - 1] as bigint));
  return zeros[level] as bigint;
}

export function appended({ count, peaks }: Frontier, commitment: Uint8Array): Frontier {
  if (!isCommitment(commitment)) throw new Error('not a commitment');
  if (count + 1n >= 1n << BigInt(COMMITMENT_DEPTH)) throw new RangeError('the commitment tree is full');
  const rest = [...peaks];
  let carry = element(commitment);
  for (let below = count; (below & 1n) === 1n; below >>= 1n) {
    carry = poseidon2(element(rest.shift() as Uint8Array), carry);
  }
  return { count: count + 1n, peaks: [fieldBytes(carry), ...rest] };
}

let lastRoot: { readonly frontier: Frontier; readonly root: Hash } | undefined;

function sameFrontier(a: Frontier, b: Frontier): boolean {
  return a.count === b.count && a.peaks.every((peak, i) => peak.every((byte, at) => byte === b.peaks[i]?.[at]));
}

/** All zero while there is no commitment. The last one is remembered: most blocks append none. */
export function commitmentRoot(frontier: Frontier): Hash {
  if (frontier.count === 0n) return ZERO_HASH;
  if (lastRoot && sameFrontier(lastRoot.frontier, frontier)) return lastRoot.root;
  const peaks = [...frontier.peaks];
  let node = zeroAt(0);
  for (let level = 0; level < COMMITMENT_DEPTH; level++) {
    const isFull = ((frontier.count >> BigInt(level)) & 1n) === 1n;
    node = isFull ? poseidon2(element(peaks.shift() as Uint8Array), node) : poseidon2(node, zeroAt(level));
  }
  const root = fieldBytes(node);
  lastRoot = { frontier, root };
  return root;
}

/** Appends a commitment to the state's tree, and returns its index there. */
export function appendCommitment(state: Overlay, commitment: Uint8Array): bigint {
  const frontier = frontierOf(state);
  frontiers.write(state, ONLY_KEY, appended(frontier, commitment));
  return frontier.count;
}

/** Siblings of leaf `index`, leaf side first, in the tree of all commitments so far. */
export function commitmentPath(commitments: readonly Uint8Array[], index: number): Hash[] {
  if (!Number.isInteger(index) || index < 0 || index >= commitments.length) throw new RangeError(`no leaf ${index}`);
  const path: Hash[] = [];
  let nodes = commitments.map(element);
  let at = index;
  for (let level = 0; level < COMMITMENT_DEPTH; level++) {
    const zero = zeroAt(level);
    path.push(fieldBytes(nodes[at ^ 1] ?? zero));
    nodes = Array.from({ length: Math.ceil(nodes.length / 2) }, (_, i) =>
      poseidon2(nodes[2 * i] as bigint, nodes[2 * i + 1] ?? zero),
    );
    at >>= 1;
  }
  return path;
}

/** Whether `commitment` is leaf `index` of the tree with this root. */
export function verifyCommitment(commitment: Uint8Array, index: bigint, path: readonly Hash[], root: Hash): boolean {
  if (!isCommitment(commitment) || path.length !== COMMITMENT_DEPTH) return false;
  if (index < 0n || index >> BigInt(COMMITMENT_DEPTH) !== 0n) return false;
  let node = element(commitment);
  for (const [level, bytes] of path.entries()) {
    const sibling = fieldElement(bytes);
    if (sibling === undefined) return false;
    node = ((index >> BigInt(level)) & 1n) === 1n ? poseidon2(sibling, node) : poseidon2(node, sibling);
  }
  return fieldElement(root) === node;
}
