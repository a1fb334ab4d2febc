/**
 * A witness: the part of the state tree that a block's transactions read and write, with the values at its leaves. All the
 * rest is stubs, so it costs about the paths to what was touched. For a tree and a set of keys there is one witness.
 */
import { bytes32, bytesMax, type Codec, CodecError, decode, encode, oneOf, option, u8, u64 } from '../codec.ts';
import { equalBytes, type Hash } from '../hash.ts';
import { type OrderRecord, orderRecordCodec } from '../order/record.ts';
import { type Account, accountCodec } from './account.ts';
import { accountLeafKey, orderLeafKey, recordLeafKey } from './leaves.ts';
import type { StateNode, StateTree } from './node.ts';
import type { StateView } from './overlay.ts';
import type { TouchedKeys } from './reads.ts';
import { RECORD_BYTES_MAX, RECORD_KINDS, type RecordKind } from './record.ts';
import { bitAt } from './tree.ts';

/** Below what an RPC message may hold (32 MiB). 1 MiB of settlements, 12,000, in a tree of 2^20 leaves take some 13 MiB. */
export const WITNESS_BYTES_MAX = 24 << 20;

export type WitnessNode =
  /** A subtree in which no key was touched. */
  | { readonly kind: 'stub'; readonly hash: Hash; readonly sum: bigint }
  | { readonly kind: 'branch'; readonly bit: number; readonly left: WitnessNode; readonly right: WitnessNode }
  /** The leaf to which a key leads that is not there. */
  | { readonly kind: 'neighbour'; readonly key: Hash; readonly valueHash: Hash; readonly sum: bigint }
  | { readonly kind: 'account'; readonly key: Uint8Array; readonly value: Account }
  | { readonly kind: 'order'; readonly id: Uint8Array; readonly value: OrderRecord }
  | { readonly kind: 'record'; readonly record: RecordKind; readonly key: Uint8Array; readonly value: Uint8Array };
/** Undefined for the empty tree. */
export type Witness = WitnessNode | undefined;

const KINDS = [
  'stub',
  'branch',
  'neighbour',
  'account',
  'order',
  'record',
] as const satisfies readonly WitnessNode['kind'][];

const recordKind = oneOf(RECORD_KINDS);
const recordValue = bytesMax(RECORD_BYTES_MAX);

type Reader = Parameters<Codec<unknown>['read']>[0];

/** Bits rise on the way down, which bounds the depth. */
function readNode(reader: Reader, above: number): WitnessNode {
  const kind = KINDS[u8.read(reader)];
  switch (kind) {
    case 'stub':
      return { kind, hash: bytes32.read(reader), sum: u64.read(reader) };
    case 'branch': {
      const bit = u8.read(reader);
      if (bit <= above) throw new CodecError(`a branch at bit ${bit} below one at bit ${above}`);
      const left = readNode(reader, bit);
      const right = readNode(reader, bit);
      if (left.kind === 'stub' && right.kind === 'stub') throw new CodecError('two stubs where one would do');
      return { kind, bit, left, right };
    }
    case 'neighbour':
      return { kind, key: bytes32.read(reader), valueHash: bytes32.read(reader), sum: u64.read(reader) };
    case 'account':
      return { kind, key: bytes32.read(reader), value: accountCodec.read(reader) };
    case 'order':
      return { kind, id: bytes32.read(reader), value: orderRecordCodec.read(reader) };
    case 'record':
      return { kind, record: recordKind.read(reader), key: bytes32.read(reader), value: recordValue.read(reader) };
    default:
      throw new CodecError('a node of an unknown kind');
  }
}

const nodeCodec: Codec<WitnessNode> = {
  write(writer, node) {
    u8.write(writer, KINDS.indexOf(node.kind));
    switch (node.kind) {
      case 'stub':
        bytes32.write(writer, node.hash);
        return u64.write(writer, node.sum);
      case 'branch':
        u8.write(writer, node.bit);
        nodeCodec.write(writer, node.left);
        return nodeCodec.write(writer, node.right);
      case 'neighbour':
        bytes32.write(writer, node.key);
        bytes32.write(writer, node.valueHash);
        return u64.write(writer, node.sum);
      case 'account':
        bytes32.write(writer, node.key);
        return accountCodec.write(writer, node.value);
      case 'order':
        bytes32.write(writer, node.id);
        return orderRecordCodec.write(writer, node.value);
      case 'record':
        recordKind.write(writer, node.record);
        bytes32.write(writer, node.key);
        return recordValue.write(writer, node.value);
    }
  },
  read: (reader) => readNode(reader, -1),
};
const witnessCodec = option(nodeCodec);

export const encodeWitness = (witness: Witness): Uint8Array => encode(witnessCodec, witness);
/** Throws CodecError on anything but canonical bytes. Whether a node is spare shows when the block is executed. */
export function decodeWitness(bytes: Uint8Array): Witness {
  if (bytes.length > WITNESS_BYTES_MAX) throw new CodecError(`${bytes.length} bytes, at most ${WITNESS_BYTES_MAX}`);
  return decode(witnessCodec, bytes);
}

type ValueNode = Extract<WitnessNode, { kind: 'account' | 'order' | 'record' }>;
interface TouchedLeaf {
  readonly leafKey: Hash;
  /** Undefined for a key that is not in the tree. */
  readonly node: ValueNode | undefined;
}

/** `tree` and `state` are those before the block. Throws when they differ in what was touched. */
export function witnessOf(tree: StateTree, state: StateView, touched: TouchedKeys): Witness {
  const accounts = touched.accounts.map((key): TouchedLeaf => {
    const value = state.account(key);
    return { leafKey: accountLeafKey(key), node: value && { kind: 'account', key, value } };
  });
  const orders = touched.orders.map((id): TouchedLeaf => {
    const value = state.order(id);
    return { leafKey: orderLeafKey(id), node: value && { kind: 'order', id, value } };
  });
  const records = touched.records.map(({ kind, key }): TouchedLeaf => {
    const value = state.record(kind, key);
    return { leafKey: recordLeafKey(kind, key), node: value && { kind: 'record', record: kind, key, value } };
  });
  const leaves = [...accounts, ...orders, ...records];
  if (tree) return open(tree, leaves);
  if (leaves.some(({ node }) => node)) throw new Error('a state without its tree');
  return undefined;
}

function open(node: StateNode, touched: readonly TouchedLeaf[]): WitnessNode {
  if (touched.length === 0 || node.kind === 'stub') {
    if (touched.length > 0) throw new Error('a touched key below a stub');
    return { kind: 'stub', hash: node.hash, sum: node.sum };
  }
  if (node.kind === 'branch') {
    const low: TouchedLeaf[] = [];
    const high: TouchedLeaf[] = [];
    for (const one of touched) (bitAt(one.leafKey, node.bit) === 0 ? low : high).push(one);
    return { kind: 'branch', bit: node.bit, left: open(node.left, low), right: open(node.right, high) };
  }
  const own = touched.find(({ leafKey }) => equalBytes(leafKey, node.key));
  if (touched.some((one) => (one.node !== undefined) !== (one === own)))
    throw new Error('the tree differs from the state');
  return own?.node ?? { kind: 'neighbour', key: node.key, valueHash: node.valueHash, sum: node.sum };
}
