/**
 * Proofs against the root of the state tree: that a key has a value, that it has none, and what all balances sum to.
 *
 * One form serves presence and absence: the path to the leaf that a key's bits lead to. Each branch names the bit that it parts at,
 * so in the tree of an honest root a key is there if, and only if, that leaf is its own. A branch's hash does not name the bits
 * that are compressed away above it, so no proof can end at a branch: the leaf below it shows them.
 */
import { bytes32, type Decoded, decode, encode, option, struct, u8, u64, union, vec } from '../codec.ts';
import { equalBytes, type Hash, ZERO_HASH } from '../hash.ts';
import { branchHashOf, leafHashOf, type Root, type StateTree } from './node.ts';
import { bitAt, DEPTH_MAX, firstDifference, leafTowards } from './tree.ts';

const proofCodec = struct({
  /** From the root down: the bit of each branch, and the node that the key does not lead to. */
  path: vec(struct({ bit: u8, hash: bytes32, sum: u64 }), DEPTH_MAX),
  /** None in the empty tree alone. */
  leaf: option(struct({ key: bytes32, valueHash: bytes32, sum: u64 })),
});
export type StateProof = Decoded<typeof proofCodec>;
export const encodeStateProof = (proof: StateProof): Uint8Array => encode(proofCodec, proof);
export const decodeStateProof = (bytes: Uint8Array): StateProof => decode(proofCodec, bytes);

/** Of a leaf key's presence or absence, whichever it is. Throws UncoveredKeyError where a partial tree does not reach it. */
export function proveKey(tree: StateTree, key: Uint8Array): StateProof {
  const found = leafTowards(tree, key);
  if (!found) return { path: [], leaf: undefined };
  const path: StateProof['path'] = [];
  let node = tree;
  while (node?.kind === 'branch') {
    const towardsLeft = bitAt(key, node.bit) === 0;
    const { hash, sum } = towardsLeft ? node.right : node.left;
    path.push({ bit: node.bit, hash, sum });
    node = towardsLeft ? node.left : node.right;
  }
  const { valueHash, sum } = found;
  return { path, leaf: { key: found.key, valueHash, sum } };
}

/** Undefined where the proof does not hold against the root. */
export type KeyState =
  | { readonly kind: 'present'; readonly valueHash: Hash; readonly sum: bigint }
  | { readonly kind: 'absent' };

/** What the proof shows of `key` under the root, or undefined when it shows nothing. */
export function provenKey({ path, leaf }: StateProof, key: Uint8Array, root: Root): KeyState | undefined {
  if (!leaf) {
    const isEmpty = path.length === 0 && root.sum === 0n && equalBytes(root.hash, ZERO_HASH);
    return isEmpty ? { kind: 'absent' } : undefined;
  }
  const parts = firstDifference(leaf.key, key);
  let node: Root = { hash: leafHashOf(leaf.key, leaf.valueHash, leaf.sum), sum: leaf.sum };
  let below = DEPTH_MAX;
  for (const { bit, hash, sum } of path.toReversed()) {
    // Bits fall towards the root, and at each the leaf lies where the key leads.
    if (bit >= below || bitAt(leaf.key, bit) !== bitAt(key, bit)) return undefined;
    below = bit;
    const [left, right] = bitAt(key, bit) === 0 ? [node, { hash, sum }] : [{ hash, sum }, node];
    node = { hash: branchHashOf(bit, left, right), sum: left.sum + right.sum };
  }
  if (node.sum !== root.sum || !equalBytes(node.hash, root.hash)) return undefined;
  if (parts < DEPTH_MAX) return { kind: 'absent' };
  return { kind: 'present', valueHash: leaf.valueHash, sum: leaf.sum };
}

export function verifyInclusion(
  proof: StateProof,
  { key, valueHash, sum }: { readonly key: Uint8Array; readonly valueHash: Hash; readonly sum: bigint },
  root: Root,
): boolean {
  const found = provenKey(proof, key, root);
  return found?.kind === 'present' && found.sum === sum && equalBytes(found.valueHash, valueHash);
}

export const verifyExclusion = (proof: StateProof, key: Uint8Array, root: Root): boolean =>
  provenKey(proof, key, root)?.kind === 'absent';

const rootPart = struct({ hash: bytes32, sum: u64 });
/** The root node, opened: a root's hash is over the sums of its children. */
const supplyCodec = union({
  empty: struct({}),
  leaf: struct({ key: bytes32, valueHash: bytes32, sum: u64 }),
  branch: struct({ bit: u8, left: rootPart, right: rootPart }),
});
export type SupplyProof = Decoded<typeof supplyCodec>;
export const encodeSupplyProof = (proof: SupplyProof): Uint8Array => encode(supplyCodec, proof);
export const decodeSupplyProof = (bytes: Uint8Array): SupplyProof => decode(supplyCodec, bytes);

/** A stub does not know what its hash is over: then undefined. */
export function proveSupply(tree: StateTree): SupplyProof | undefined {
  if (!tree) return { kind: 'empty' };
  if (tree.kind === 'stub') return undefined;
  if (tree.kind === 'leaf') return { kind: 'leaf', key: tree.key, valueHash: tree.valueHash, sum: tree.sum };
  const part = ({ hash, sum }: Root): Root => ({ hash, sum });
  return { kind: 'branch', bit: tree.bit, left: part(tree.left), right: part(tree.right) };
}

/** The sum of all balances under a state root, from its hash alone; undefined when the proof is not of this root. */
export function provenSupply(proof: SupplyProof, rootHash: Hash): bigint | undefined {
  const { hash, sum } = openedRoot(proof);
  return equalBytes(hash, rootHash) ? sum : undefined;
}

function openedRoot(proof: SupplyProof): Root {
  if (proof.kind === 'empty') return { hash: ZERO_HASH, sum: 0n };
  if (proof.kind === 'leaf') return { hash: leafHashOf(proof.key, proof.valueHash, proof.sum), sum: proof.sum };
  const { bit, left, right } = proof;
  return { hash: branchHashOf(bit, left, right), sum: left.sum + right.sum };
}
