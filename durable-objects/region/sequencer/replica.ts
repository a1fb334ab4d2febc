/**
 * The proposer's copy of the state: accounts, orders and the tree over them, loaded from D1's leaves when the object starts and
 * advanced by each final block. It is never trusted over D1: its root must equal the tip's, or the object does not propose.
 */
import { bytesToHex } from '@noble/hashes/utils.js';
import { type Ledger, PAGE_ROWS_MAX } from '../../../ledger/ledger.ts';
import { decodeHeader } from '../../../protocol/block/header.ts';
import type { Parent } from '../../../protocol/block/link.ts';
import { equalBytes } from '../../../protocol/hash.ts';
import type { OrderRecord } from '../../../protocol/order/record.ts';
import type { Account } from '../../../protocol/state/account.ts';
import { updateTree } from '../../../protocol/state/leaves.ts';
import type { Overlay, StateView } from '../../../protocol/state/overlay.ts';
import { type StateTree, treeRoot } from '../../../protocol/state/tree.ts';
import type { UnixMs } from '../../../protocol/units.ts';
import type { Network } from '../context.ts';
import type { CertifiedHeader } from '../peer.ts';

export class Replica implements StateView {
  readonly #accounts = new Map<string, Account>();
  readonly #orders = new Map<string, OrderRecord>();
  tree: StateTree;
  parent: Parent;
  /** Header and certificate of the parent, for a seat that missed it; null on top of genesis. */
  parentProof: CertifiedHeader | null = null;

  private constructor(parent: Parent) {
    this.parent = parent;
  }

  account(key: Uint8Array): Account | undefined {
    return this.#accounts.get(bytesToHex(key));
  }

  order(id: Uint8Array): OrderRecord | undefined {
    return this.#orders.get(bytesToHex(id));
  }

  take(state: Pick<Overlay, 'accounts' | 'orders'>): void {
    for (const { key, value } of state.accounts()) this.#accounts.set(bytesToHex(key), value);
    for (const { key, value } of state.orders()) this.#orders.set(bytesToHex(key), value);
  }

  static async load(ledger: Ledger, network: Network): Promise<Replica> {
    const tip = await ledger.tip();
    if (!tip) throw new Error('the ledger has no tip');
    const replica = new Replica({
      hash: tip.hash,
      height: tip.height as Parent['height'],
      timeMs: tip.timeMs as UnixMs,
    });
    await replica.#loadAccounts(ledger);
    await replica.#loadOrders(ledger);
    if (tip.height === 0n) {
      replica.parent = { ...replica.parent, timeMs: network.genesis.createdMs };
      return replica;
    }
    const stored = await ledger.block(tip.height);
    if (!stored || !equalBytes(treeRoot(replica.tree).hash, decodeHeader(stored.header).stateRoot)) {
      throw new Error('the leaves in D1 do not have the root of the last final block');
    }
    replica.parentProof = { header: stored.header, certificate: stored.certificate };
    return replica;
  }

  async #loadAccounts(ledger: Ledger): Promise<void> {
    let after: Uint8Array | undefined;
    for (;;) {
      const page = await ledger.accountPage(after, PAGE_ROWS_MAX);
      this.#fill({ accounts: () => page, orders: () => [] });
      after = page.at(-1)?.key;
      if (page.length < PAGE_ROWS_MAX) return;
    }
  }

  async #loadOrders(ledger: Ledger): Promise<void> {
    let after: Uint8Array | undefined;
    for (;;) {
      const page = await ledger.orderPage(after, PAGE_ROWS_MAX);
      this.#fill({ accounts: () => [], orders: () => page });
      after = page.at(-1)?.key;
      if (page.length < PAGE_ROWS_MAX) return;
    }
  }

  #fill(leaves: Pick<Overlay, 'accounts' | 'orders'>): void {
    this.take(leaves);
    this.tree = updateTree(this.tree, leaves);
  }
}
