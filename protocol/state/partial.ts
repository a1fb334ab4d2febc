/** The state as far as a witness shows it. */
import { equalBytes } from '../hash.ts';
import type { OrderRecord } from '../order/record.ts';
import type { Account } from './account.ts';
import { keyId } from './key-id.ts';
import { accountLeafKey, leavesOf, orderLeafKey, recordLeafKey, type StateValue } from './leaves.ts';
import { branch, hashTree, type Leaf, leaf, type Root, type StateNode, type StateTree, stub } from './node.ts';
import type { StateView } from './overlay.ts';
import type { RecordKind } from './record.ts';
import { bitAt, firstDifference, leafTowards, treeRoot, UncoveredKeyError } from './tree.ts';
import type { Witness, WitnessNode } from './witness.ts';

/**
 * Reads as a whole state does what the witness covers, absent keys included, and throws UncoveredKeyError for any other key.
 * `tree` takes the writes to covered keys and gives the root after them.
 */
export class PartialState implements StateView {
  readonly tree: StateTree;
  readonly #accounts = new Map<string, Account>();
  readonly #orders = new Map<string, OrderRecord>();
  readonly #records = new Map<string, Uint8Array>();
  /** Leaves that the witness shows and nothing has asked for yet: by key, or as the neighbour of an absent key. */
  readonly #unread = new Set<string>();
  readonly #absent = new Set<string>();

  constructor(witness: Witness) {
    this.tree = witness && this.#build(witness, leavesOf(valuesIn(witness)).values());
    hashTree(this.tree);
  }

  get root(): Root {
    return treeRoot(this.tree);
  }

  account(key: Uint8Array): Account | undefined {
    return this.#read(this.#accounts, keyId(key), () => accountLeafKey(key));
  }

  order(key: Uint8Array): OrderRecord | undefined {
    return this.#read(this.#orders, `order ${keyId(key)}`, () => orderLeafKey(key));
  }

  record(kind: RecordKind, key: Uint8Array): Uint8Array | undefined {
    return this.#read(this.#records, recordId(kind, key), () => recordLeafKey(kind, key));
  }

  /** Leaves that nobody read: a witness of which any is left over is not the block's. */
  get spare(): number {
    return this.#unread.size;
  }

  #read<T>(values: Map<string, T>, id: string, leafKey: () => Uint8Array): T | undefined {
    const value = values.get(id);
    if (value) this.#unread.delete(id);
    else this.#readAbsent(id, leafKey);
    return value;
  }

  #readAbsent(id: string, leafKey: () => Uint8Array): void {
    if (this.#absent.has(id)) return;
    const key = leafKey();
    const neighbour = leafTowards(this.tree, key);
    if (neighbour && equalBytes(neighbour.key, key)) throw new UncoveredKeyError('a key whose value is not shown');
    if (neighbour) this.#unread.delete(neighbourId(neighbour));
    this.#absent.add(id);
  }

  /** `leaves`: of the values that are shown, in the order of the witness. */
  #build(node: WitnessNode, leaves: Iterator<Leaf>): StateNode {
    switch (node.kind) {
      case 'stub':
        return stub(node);
      case 'branch': {
        const left = this.#build(node.left, leaves);
        const right = this.#build(node.right, leaves);
        if (!partsAt(node.bit, left.key, right.key)) {
          throw new UnsoundWitnessError('keys part at another bit than their branch says');
        }
        return branch(node.bit, left, right);
      }
      case 'neighbour': {
        const made = leaf(node.key, node.valueHash, node.sum);
        this.#unread.add(neighbourId(made));
        return made;
      }
      case 'account':
        this.#show(keyId(node.key), this.#accounts, node.value);
        break;
      case 'order':
        this.#show(`order ${keyId(node.id)}`, this.#orders, node.value);
        break;
      case 'record':
        this.#show(recordId(node.record, node.key), this.#records, node.value);
    }
    return leaves.next().value as Leaf;
  }

  #show<T>(id: string, values: Map<string, T>, value: T): void {
    values.set(id, value);
    this.#unread.add(id);
  }
}

/** What a witness shows the values of, from left to right. */
function valuesIn(node: WitnessNode, found: StateValue[] = []): StateValue[] {
  if (node.kind === 'branch') {
    valuesIn(node.left, found);
    valuesIn(node.right, found);
  } else if (node.kind !== 'stub' && node.kind !== 'neighbour') found.push(node);
  return found;
}

/** A tree that no sequence of writes makes. */
export class UnsoundWitnessError extends Error {
  override name = 'UnsoundWitnessError';
}

/** A key below a stub is not known, and says nothing. */
function partsAt(bit: number, low: Uint8Array | undefined, high: Uint8Array | undefined): boolean {
  if (low && bitAt(low, bit) !== 0) return false;
  if (high && bitAt(high, bit) !== 1) return false;
  return !low || !high || firstDifference(low, high) === bit;
}

const recordId = (kind: RecordKind, key: Uint8Array): string => `record ${kind} ${keyId(key)}`;

const neighbourId = ({ key }: Leaf): string => `neighbour ${keyId(key)}`;
