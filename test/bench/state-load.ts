/**
 * Blocks of transfers on a state of many accounts, step by step, through the proposer's own store, over any SQLite: whoever times a
 * step asks for it from outside. Keys are drawn by the database, signatures taken as verified: neither is the store's work.
 */
import { buildOn } from '../../durable-objects/region/sequencer/build-on.ts';
import { fillTree } from '../../durable-objects/region/sequencer/fill-tree.ts';
import { FillingTreeError, loadReplica } from '../../durable-objects/region/sequencer/load-replica.ts';
import { readValues } from '../../durable-objects/region/sequencer/read-values.ts';
import { Replica } from '../../durable-objects/region/sequencer/replica.ts';
import { accountPlace, type StatePlace } from '../../durable-objects/region/sequencer/state-place.ts';
import { type StorageLike, TreeStore } from '../../durable-objects/region/sequencer/tree-store.ts';
import { type D1Like, d1Store } from '../../ledger/d1.ts';
import type { Keyed } from '../../ledger/effects.ts';
import { type Ledger, ledgerOver } from '../../ledger/ledger.ts';
import { SYSTEM_ACCOUNT } from '../../protocol/address.ts';
import { type BuiltBlock, candidatesOf, witnessFor } from '../../protocol/block/build.ts';
import { encodeCertificate } from '../../protocol/block/certificate.ts';
import { encodeHeader } from '../../protocol/block/header.ts';
import type { Parent } from '../../protocol/block/link.ts';
import type { Account } from '../../protocol/state/account.ts';
import { encodeTransaction } from '../../protocol/tx/envelope.ts';
import { feeOf } from '../../protocol/tx/fee.ts';
import { encodeTransfer } from '../../protocol/tx/transfer.ts';
import { txTypeNumber } from '../../protocol/tx/types.ts';
import type { BlockHeight, UnixMs, Zhi } from '../../protocol/units.ts';
import { certifyBuilt } from '../support/chain.ts';
import { testNetwork } from '../support/network.ts';

const network = testNetwork();
const BALANCE_ZHI = 1_000_000;
/** Rows of one INSERT: D1 gives a statement 30 s. */
const SEED_ROWS = 50_000;

export const STEPS = ['prepare', 'read', 'build', 'commit', 'advance'] as const;
export type Step = (typeof STEPS)[number];

export class StateLoad {
  readonly #db: D1Like;
  readonly #ledger: Ledger;
  readonly #store: TreeStore;
  readonly #storage: StorageLike;
  #replica: Replica | undefined;
  #transactions: Uint8Array[] = [];
  #places: StatePlace[] = [];
  #built: BuiltBlock | undefined;
  #proof: Parameters<Replica['advance']>[1] | undefined;

  constructor(db: D1Like, storage: StorageLike) {
    this.#db = db;
    this.#ledger = ledgerOver(d1Store(db));
    this.#storage = storage;
    this.#store = new TreeStore(storage);
  }

  async seed(accounts: number): Promise<void> {
    const system = Object.values(SYSTEM_ACCOUNT).map((key) => ({
      key,
      value: { balanceZhi: 0n as Zhi, nonce: 0n, homeRegion: 1 },
    }));
    await this.#ledger.start(network.bytes, system);
    for (let left = accounts; left > 0; left -= SEED_ROWS) {
      const rows = Math.min(left, SEED_ROWS);
      await this.#db
        .prepare(
          `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${rows})
           INSERT INTO account(key, balance, nonce, home_region, updated_height)
           SELECT randomblob(32), ${BALANCE_ZHI}, 0, 1, 0 FROM n`,
        )
        .bind()
        .raw();
    }
  }

  /** One load's share of the first tree. No header says its root yet: it is taken for the genesis's. */
  async fill(): Promise<Record<string, number>> {
    const start = { startedHeight: 0n, since: undefined, isWhole: true, after: undefined, root: undefined } as const;
    const { rows, root } = await fillTree(
      this.#ledger,
      this.#store,
      this.#store.fill() ?? { ...start, rows: 'accounts' },
    );
    if (rows !== 'end' || !root) return { isWhole: 0 };
    this.#store.writeMarked(new Map(), { height: 0n, block: network.hash, root });
    const parent: Parent = { hash: network.hash, height: 0n as BlockHeight, timeMs: network.genesis.createdMs };
    this.#replica = new Replica(this.#ledger, this.#store, parent, null);
    return { isWhole: 1 };
  }

  /** The object's storage is gone. */
  lose(): void {
    this.#replica = undefined;
    this.#store.clear();
  }

  /** As the proposer loads it, after its storage was lost or a restart. */
  async load(): Promise<Record<string, number>> {
    try {
      this.#replica = await loadReplica(this.#ledger, this.#store, network.genesis);
      return { isLoaded: 1 };
    } catch (error) {
      if (error instanceof FillingTreeError) return { isLoaded: 0 };
      throw error;
    }
  }

  /** Figures of the step that cost no clock. */
  async step(step: Step, transfers: number): Promise<Record<string, number>> {
    switch (step) {
      case 'prepare':
        return this.#prepare(transfers);
      case 'read':
        return { values: (await readValues(this.#ledger, this.#places)).length };
      case 'build':
        return this.#build();
      case 'commit':
        return this.#commit();
      case 'advance':
        return this.#advance();
    }
  }

  get #loaded(): Replica {
    if (!this.#replica) throw new Error('fill first');
    return this.#replica;
  }

  async #prepare(transfers: number): Promise<Record<string, number>> {
    // In the order of their keys; in the tree, whose keys are hashes, they lie anywhere.
    const from = new Uint8Array(32).map(() => Math.floor(Math.random() * 128));
    const found: Keyed<Account>[] = [];
    for (let after: Uint8Array = from; found.length < 2 * transfers; after = found.at(-1)?.key ?? after) {
      const page = await this.#ledger.accountPage(after, 1000);
      found.push(...page.filter(({ value }) => value.balanceZhi > 10_000n));
      if (page.length < 1000) break;
    }
    const senders = found.slice(0, Math.min(transfers, Math.floor(found.length / 2)));
    this.#transactions = senders.map(({ key: sender, value: { nonce } }, i) =>
      encodeTransaction({
        version: 1,
        chain: network.hash.slice(0, 8),
        type: txTypeNumber('transfer'),
        sender,
        nonce,
        expiryHeight: 10_000n as BlockHeight,
        feeZhi: feeOf('transfer', network.genesis.baseFeeZhi),
        body: encodeTransfer({
          to: found[senders.length + i]?.key ?? sender,
          amountZhi: 1n as Zhi,
          homeRegion: 1,
        }),
        signature: new Uint8Array(64),
      }),
    );
    this.#places = found.slice(0, 2 * senders.length).map(({ key }) => accountPlace(key));
    return { transfers: this.#transactions.length };
  }

  async #build(): Promise<Record<string, number>> {
    const { genesis, hash: genesisHash } = network;
    const candidates = candidatesOf(this.#transactions, genesisHash, true);
    const nowMs = (this.#loaded.parent.timeMs + 1n) as UnixMs;
    const built = await buildOn(this.#loaded, { genesis, genesisHash, nowMs, proposerSeat: 0, candidates });
    if (built?.transactions.length !== candidates.length) throw new Error('a transfer was refused');
    this.#built = built;
    return { witnessBytes: witnessFor(built, { state: this.#loaded, tree: this.#loaded.tree }).length };
  }

  async #commit(): Promise<Record<string, number>> {
    const built = this.#block;
    const certified = await certifyBuilt(network, built);
    if ((await this.#ledger.commit(certified, built)) !== 'committed') throw new Error('not committed');
    this.#proof = {
      header: encodeHeader(built.block.header),
      certificate: encodeCertificate(certified.certificate),
    };
    return {};
  }

  #advance(): Record<string, number> {
    if (!this.#proof) throw new Error('commit first');
    this.#loaded.advance(this.#block, this.#proof);
    return {};
  }

  get #block(): BuiltBlock {
    if (!this.#built) throw new Error('build first');
    return this.#built;
  }

  size(): Record<string, number> {
    for (const row of this.#storage.sql.exec('SELECT COUNT(*) AS pages, SUM(length(nodes)) AS bytes FROM tree_page')) {
      return { pages: Number(row.pages), bytes: Number(row.bytes) };
    }
    return {};
  }
}
