/** What the functions of this folder work on: the object's storage, by table, and the network that it belongs to. */
import { openLedger } from '../../ledger/d1.ts';
import type { Ledger } from '../../ledger/ledger.ts';
import { decodeGenesis, type Genesis, genesisHash } from '../../protocol/genesis.ts';
import type { Hash } from '../../protocol/hash.ts';
import { type Region as RegionName, regionNumber } from '../../protocol/regions.ts';
import type { StateView } from '../../protocol/state/overlay.ts';
import type { BlockContext } from '../../protocol/tx/rule.ts';
import type { BlockHeight, UnixMs } from '../../protocol/units.ts';
import { Accounts } from './accounts.ts';
import { ChainParameters } from './chain-parameters.ts';
import { DueTable } from './due.ts';
import { objectName, type RegionEnv } from './env.ts';
import { KeptKeys } from './kept-keys.ts';
import { Keyring } from './keyring.ts';
import { LedgerRecords } from './ledger-records.ts';
import { Mempool } from './mempool.ts';
import { Meta } from './meta.ts';
import { Orders } from './orders.ts';
import type { PeerRpcMethods } from './peer.ts';
import { RoleEntries } from './role-entries.ts';
import type { RegionRpc } from './rpc.ts';
import { createTables } from './schema.ts';
import { Watchers } from './watchers.ts';

export interface Network {
  readonly genesis: Genesis;
  readonly hash: Hash;
}

/** How long a consumer may be silent before its work is given to another. Chunks are of some 15 ms; a queue may be slow. */
const LEASE_MS = 30_000;

/**
 * An acknowledged order must be opened on the chain before its deadline: work is done on its word. As long as the margin of an
 * expiry (EXPIRY_MARGIN_BLOCKS); but a deadline is of the clock, so a stall of the chain uses it up.
 */
const DEADLINE_MARGIN_MS = 20_000;

/** An idle region hears of no blocks; it reads the tip again after this. */
const TIP_AGE_MS = 5_000;

/** What the sequencer asks of every region, its own included, and there without an RPC. */
export type SealingPort = Pick<PeerRpcMethods, 'pull' | 'vote' | 'takeFinal'>;

/** What one region's object asks of another's, beside the public RPC. */
export type PeerRpc = RegionRpc & PeerRpcMethods;

export class RegionContext {
  readonly ctx: DurableObjectState;
  readonly env: RegionEnv;
  readonly meta: Meta;
  readonly keyring: Keyring;
  readonly due: DueTable;
  readonly accounts: Accounts;
  readonly mempool: Mempool;
  readonly orders: Orders;
  readonly roleEntries: RoleEntries;
  readonly watchers: Watchers;
  readonly checkerKeys = new KeptKeys();
  /** For the consumer that takes a queued order's first lease. */
  readonly leaseKeys = new KeptKeys();
  /** Regions whose objects were seen to be of another isolate. */
  readonly otherIsolates = new Set<RegionName>();
  /** When a process of the provider's last gave word: forgotten with the object. */
  processHeardMs = 0;
  readonly ledger: Ledger;
  readonly records: LedgerRecords;
  readonly parameters: ChainParameters;
  /** Set once by the object that owns this context. */
  self!: SealingPort;
  #network: Network | undefined;
  #tipReadMs = 0;
  #tip: { height: bigint; timeMs: bigint } = { height: 0n, timeMs: 0n };

  constructor(ctx: DurableObjectState, env: RegionEnv) {
    this.ctx = ctx;
    this.env = env;
    const { sql } = ctx.storage;
    createTables(sql);
    this.ledger = openLedger(env.DB);
    this.records = new LedgerRecords(this.ledger);
    this.parameters = new ChainParameters(this.ledger);
    this.meta = new Meta(sql);
    this.keyring = new Keyring(this.meta);
    this.due = new DueTable(ctx.storage);
    this.accounts = new Accounts(sql, () => this.ledger);
    this.mempool = new Mempool(sql);
    this.orders = new Orders(sql);
    this.roleEntries = new RoleEntries(sql);
    this.watchers = new Watchers(ctx);
  }

  get isDevelopment(): boolean {
    return this.env.DEV === '1';
  }

  get leaseMs(): number {
    return this.isDevelopment && this.env.LEASE_MS ? Number(this.env.LEASE_MS) : LEASE_MS;
  }

  get deadlineMarginMs(): bigint {
    return BigInt((this.isDevelopment && this.env.DEADLINE_MARGIN_MS) || DEADLINE_MARGIN_MS);
  }

  /** The network, once it was founded. A stored copy spares a read of D1 at each wake. */
  async network(): Promise<Network> {
    if (this.#network) return this.#network;
    const bytes = this.meta.get('genesis') ?? (await this.ledger.genesis());
    if (!bytes) throw new Error('the network has not been founded');
    // Before the network is known to the other calls: without the tip they would take the chain for a new one.
    await this.#readTip();
    this.takeGenesis(bytes);
    return this.#network as unknown as Network;
  }

  /** For an intake: with a tip that is at most TIP_AGE_MS old, so that an expiry is judged by the chain's height. */
  async networkNow(now: number): Promise<Network> {
    const network = await this.network();
    if (now - this.#tipReadMs < TIP_AGE_MS) return network;
    this.#tipReadMs = now;
    await this.#readTip();
    return network;
  }

  async #readTip(): Promise<void> {
    const tip = await this.ledger.tip();
    if (!tip) return;
    this.takeTip(tip.height, tip.timeMs);
    await this.parameters.load(tip.height);
  }

  /** False for an object that no request has reached since the network was founded. */
  isFounded(): boolean {
    return this.#network !== undefined || this.meta.get('genesis') !== undefined;
  }

  takeGenesis(bytes: Uint8Array): void {
    const genesis = decodeGenesis(bytes);
    this.meta.put('genesis', bytes);
    this.#network = { genesis, hash: genesisHash(genesis) };
  }

  get tip(): { readonly height: bigint; readonly timeMs: bigint } {
    return this.#tip;
  }

  takeTip(height: bigint, timeMs: bigint): void {
    if (height > this.#tip.height) this.#tip = { height, timeMs };
  }

  /** The region's own number, from the object's name; it is given with the first call. */
  get region(): number {
    const name = this.ctx.id.name;
    if (!name) throw new Error('a region object without a name');
    return regionNumber(name.split('/')[0] as RegionName);
  }

  peer(region: RegionName): PeerRpc {
    const stub = this.env.REGION.get(this.env.REGION.idFromName(objectName(region)), { locationHint: region });
    return stub as unknown as PeerRpc;
  }

  /** The object that delivers to one webhook. */
  endpoint(id: string): { wake(height: bigint): Promise<void> } {
    return this.env.ENDPOINT.get(this.env.ENDPOINT.idFromString(id)) as unknown as {
      wake(height: bigint): Promise<void>;
    };
  }

  /** The rules' context for the next block, as far as this object can know it; at the prices that an intake asks. */
  ruleContext(network: Network, now: number): BlockContext {
    const timeMs = BigInt(now) > this.#tip.timeMs ? BigInt(now) : this.#tip.timeMs;
    return {
      genesis: network.genesis,
      genesisHash: network.hash,
      height: (this.#tip.height + 1n) as BlockHeight,
      timeMs: timeMs as UnixMs,
      parameters: this.parameters.forIntake(network.genesis, timeMs as UnixMs),
    };
  }

  /** Home accounts and home orders, with everything pending applied to the orders. The rules that it serves read no records. */
  stateView(): StateView {
    return {
      account: (key) => this.accounts.find(key),
      order: (id) => this.orders.find(id)?.record,
      record: () => {
        throw new Error('a region object holds no records');
      },
    };
  }

  transaction<T>(closure: () => T): T {
    try {
      return this.ctx.storage.transactionSync(closure);
    } catch (error) {
      this.orders.forget();
      this.due.forget();
      this.accounts.forget();
      throw error;
    }
  }
}
