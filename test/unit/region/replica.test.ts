/** The replica over a real ledger and a real store: the plain chain's blocks, whatever crashes, and nothing on what was changed. */
import type { DatabaseSync } from 'node:sqlite';
import fc from 'fast-check';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { buildOn } from '../../../durable-objects/region/sequencer/build-on.ts';
import { loadReplica } from '../../../durable-objects/region/sequencer/load-replica.ts';
import { ForeignValueError, KEPT_BOUNDS, type Replica } from '../../../durable-objects/region/sequencer/replica.ts';
import { accountPlace } from '../../../durable-objects/region/sequencer/state-place.ts';
import { DamagedTreeError } from '../../../durable-objects/region/sequencer/tree-page.ts';
import { TreeStore } from '../../../durable-objects/region/sequencer/tree-store.ts';
import { type Ledger, ledgerOver } from '../../../ledger/ledger.ts';
import { type BuiltBlock, candidatesOf, witnessFor } from '../../../protocol/block/build.ts';
import { encodeCertificate } from '../../../protocol/block/certificate.ts';
import { encodeHeader } from '../../../protocol/block/header.ts';
import type { Hash } from '../../../protocol/hash.ts';
import { initialState } from '../../../protocol/state/initial.ts';
import { accountLeafKey } from '../../../protocol/state/leaves.ts';
import { proveKey } from '../../../protocol/state/proof.ts';
import type { UnixMs } from '../../../protocol/units.ts';
import { certifyBuilt, TestChain } from '../../support/chain.ts';
import { testNetwork } from '../../support/network.ts';
import { CrashError, type ObjectStorage, objectStorage } from '../../support/object-storage.ts';
import { openOrder, steps } from '../../support/order-life.ts';
import { lifeAction, lifeTransaction } from '../../support/order-lives.ts';
import { migratedDatabase, sqliteStore } from '../../support/sqlite-store.ts';

const network = testNetwork();
const accounts = initialState(network.genesis).accounts();

/** How far the object's storage follows D1: all the way, not at all, or until it dies after so many statements. */
type Follow = 'whole' | 'not' | number;

/** One proposer with its databases; `chain` is the same chain in plain memory. */
class World {
  readonly db: DatabaseSync = migratedDatabase();
  readonly ledger: Ledger = ledgerOver(sqliteStore(this.db));
  readonly storage: ObjectStorage = objectStorage();
  readonly chain = new TestChain(network);
  store = new TreeStore(this.storage);
  bounds = KEPT_BOUNDS;

  async start(): Promise<this> {
    await this.ledger.start(network.bytes, accounts);
    return this;
  }

  /** One byte of a row's column, such as a hash has. */
  damage(table: string, column: string, which: 'first' | 'last' = 'first'): void {
    const order = which === 'first' ? 'ASC' : 'DESC';
    const row = this.storage.db
      .prepare(`SELECT rowid AS id, ${column} AS bytes FROM ${table} ORDER BY 1 ${order}`)
      .get() as {
      id: number;
      bytes: Uint8Array;
    };
    const at = Math.min(50, row.bytes.length - 1);
    const damaged = row.bytes.map((byte, i) => (i === at ? byte ^ 1 : byte));
    this.storage.db.prepare(`UPDATE ${table} SET ${column} = ? WHERE rowid = ?`).run(damaged, row.id);
  }

  async load(): Promise<Replica> {
    this.store = new TreeStore(this.storage);
    return loadReplica(this.ledger, this.store, network.genesis, undefined, this.bounds);
  }

  build(replica: Replica, transactions: readonly Uint8Array[], nowMs: bigint): Promise<BuiltBlock | undefined> {
    const { genesis, hash: genesisHash } = network;
    const candidates = candidatesOf(transactions, genesisHash, true);
    return buildOn(replica, { genesis, genesisHash, nowMs: nowMs as UnixMs, proposerSeat: 0, candidates });
  }

  /** Into D1 alone: the object dies before its own storage follows. */
  async commit(built: BuiltBlock): Promise<Parameters<Replica['advance']>[1]> {
    const certified = await certifyBuilt(network, built);
    expect(await this.ledger.commit(certified, built)).toBe('committed');
    const certificate = encodeCertificate(certified.certificate);
    return { header: encodeHeader(built.block.header), certificate };
  }

  /** The plain chain and the replica come to the same block, and to the same witness of it. */
  async seal(replica: Replica, transactions: readonly Uint8Array[], follow: Follow = 'whole'): Promise<void> {
    const nowMs = this.chain.parent.timeMs + 1_000n;
    const plain = this.chain.build(transactions, nowMs);
    const built = await this.build(replica, transactions, nowMs);
    if (!built) throw new Error('nothing was built');
    expect(encodeHeader(built.block.header)).toEqual(encodeHeader(plain.block.header));
    const before = { state: this.chain.state, tree: this.chain.tree };
    expect(witnessFor(built, { state: replica, tree: replica.tree })).toEqual(witnessFor(plain, before));
    this.chain.take(plain);
    const proof = await this.commit(built);
    if (follow === 'whole') replica.advance(built, proof);
    else if (follow !== 'not') this.#dieFollowing(() => replica.advance(built, proof), follow);
  }

  /** At the statement after so many, or after all of them: the store is at the block before, or at this one. */
  #dieFollowing(advance: () => void, statements: number): void {
    const before = this.store.mark();
    this.storage.crashAfter(statements);
    expect(advance).toThrow(CrashError);
    this.storage.crashAfter(Number.POSITIVE_INFINITY);
    expect(new TreeStore(this.storage).mark()).toEqual(before);
  }
}

let world: World;
const someone = network.key('someone');
const pay = (amount: bigint, to = someone) => world.chain.fund(to, amount);

beforeEach(async () => {
  world = await new World().start();
});

describe('a replica', () => {
  it('builds the blocks of the plain chain, orders and refusals among them', async () => {
    const replica = await world.load();
    const demander = network.key('demander');
    await world.seal(replica, [pay(5_000_000n, demander), pay(7n)]);
    const { id, bytes } = openOrder(world.chain, demander);
    await world.seal(replica, [bytes]);
    for (const step of [steps.match, steps.work, steps.verdict, steps.settle]) {
      await world.seal(replica, [step(world.chain, id), pay(1n, network.key(`new ${step.name}`))]);
    }
    // Settled twice: taken, and its entry refused.
    await world.seal(replica, [steps.settle(world.chain, id)]);
  });

  it('is read from its store after a restart, page for page, and from D1 when the store is lost', async () => {
    await world.seal(await world.load(), [pay(1n)]);
    const filled = vi.spyOn(world.ledger, 'accountPage');
    const again = await world.load();
    expect(filled).not.toHaveBeenCalled();
    expect(again.parentProof).toBeTruthy();
    await world.seal(again, [pay(2n)]);
    world.storage.db.exec('DELETE FROM tree_page; DELETE FROM tree_mark');
    const rebuilt = await world.load();
    expect(filled).toHaveBeenCalled();
    await world.seal(rebuilt, [pay(3n)]);
  });

  it('that died between D1 and its own storage follows with what changed, and reads no more than that', async () => {
    const first = await world.load();
    await world.seal(first, [pay(1n)]);
    await world.seal(first, [pay(2n, network.key('another'))], 'not');
    const clear = vi.spyOn(TreeStore.prototype, 'clear');
    const page = vi.spyOn(world.ledger, 'accountPage');
    await world.seal(await world.load(), [pay(3n)]);
    expect(clear).not.toHaveBeenCalled();
    const rows = await Promise.all(page.mock.results.map(({ value }) => value as ReturnType<Ledger['accountPage']>));
    // The faucet, the fees' account and the new one.
    expect(rows.flat()).toHaveLength(3);
    vi.restoreAllMocks();
  });

  it('refuses to build on a value that D1 holds and the root does not, and builds again once it is put right', async () => {
    await world.seal(await world.load(), [pay(1_000n)]);
    const set = world.db.prepare('UPDATE account SET balance = balance + ? WHERE key = ?');
    set.run(5n, someone.key);
    const replica = await world.load();
    await expect(world.build(replica, [pay(1n)], 0n)).rejects.toThrow(ForeignValueError);
    world.chain.forgetUnsealed();
    // Nor does a new tree help: the leaves are not those of the header.
    world.store.clear();
    await expect(world.load()).rejects.toThrow('do not have the root');
    set.run(-5n, someone.key);
    await world.seal(await world.load(), [pay(1n)]);
  });

  it('refuses a row that was taken away, and one that was put in', async () => {
    await world.seal(await world.load(), [pay(1_000n)]);
    const stranger = network.key('stranger');
    world.db
      .prepare('INSERT INTO account(key, balance, nonce, home_region, updated_height) VALUES(?, 0, 0, 0, 1)')
      .run(stranger.key);
    await expect((await world.load()).prefetch([accountPlace(stranger.key)])).rejects.toThrow(ForeignValueError);
    world.db.prepare('DELETE FROM account WHERE key = ?').run(someone.key);
    await expect((await world.load()).prefetch([accountPlace(someone.key)])).rejects.toThrow(ForeignValueError);
  });

  it('finds a page that was changed under it, and makes all of them anew', async () => {
    await world.seal(await world.load(), [pay(1n)]);
    await world.load();
    world.damage('tree_page', 'nodes');
    const replica = await world.load();
    await expect(world.build(replica, [pay(2n)], 0n)).rejects.toThrow(DamagedTreeError);
    world.chain.forgetUnsealed();
    await world.seal(await world.load(), [pay(2n)]);
  });

  it.each([
    ['a page', 'tree_page', 'nodes', 'first'],
    ['a leaf ahead of the pages', 'tree_ahead', 'leaves', 'last'],
    ['the root that leaves stand on', 'tree_ahead', 'before_root', 'first'],
  ] as const)('that finds %s changed when it is loaded makes all pages anew', async (_, table, column, which) => {
    const replica = await world.load();
    for (const amount of [1n, 2n]) await world.seal(replica, [pay(amount)]);
    world.damage(table, column, which);
    const page = vi.spyOn(world.ledger, 'accountPage');
    await world.seal(await world.load(), [pay(3n)]);
    expect(page).toHaveBeenCalled();
  });

  it('writes pages every so many blocks, and in between what each block wrote', async () => {
    const replica = await world.load();
    const rows = (table: string) => world.storage.db.prepare(`SELECT count(*) AS n FROM ${table}`).get()?.n;
    const pages = () => world.storage.db.prepare('SELECT nodes FROM tree_page ORDER BY page').all();
    const before = pages();
    for (let blocks = 1; blocks <= KEPT_BOUNDS.blocks; blocks++) {
      await world.seal(replica, [pay(1n, network.key(`payee ${blocks}`))]);
      expect(rows('tree_ahead')).toBe(blocks);
    }
    expect(pages()).toEqual(before);
    await world.seal(replica, [pay(1n)]);
    expect(rows('tree_ahead')).toBe(0);
    expect(pages()).not.toEqual(before);
    await world.seal(replica, [pay(1n)]);
    // A restart leaves nothing ahead.
    await world.seal(await world.load(), [pay(2n)]);
    expect(rows('tree_ahead')).toBe(1);
  });

  it('proves from the state after the parent while a block is built on it, and after the block was given up', async () => {
    const replica = await world.load();
    await world.seal(replica, [pay(9n)]);
    const key = accountLeafKey(someone.key);
    const proof = proveKey(world.chain.tree, key);
    await world.build(replica, [pay(1n)], world.chain.parent.timeMs + 1_000n);
    world.chain.forgetUnsealed();
    expect(replica.prove(key)).toEqual(proof);
    await world.seal(replica, [pay(2n)]);
    expect(replica.prove(key)).toEqual(proveKey(world.chain.tree, key));
  });

  it('proves presence and absence against the header’s root', async () => {
    const replica = await world.load();
    await world.seal(replica, [pay(9n)]);
    replica.begin();
    for (const name of ['someone', 'nobody']) {
      const key = accountLeafKey(network.key(name).key);
      await replica.prefetch([accountPlace(network.key(name).key)]);
      replica.account(network.key(name).key);
      expect(proveKey(replica.tree, key)).toEqual(proveKey(world.chain.tree, key));
    }
  });

  it('reads on until nothing is missing: what a rule finds leads it further', async () => {
    const demander = network.key('demander');
    await world.seal(await world.load(), [pay(5_000_000n, demander)]);
    const { id, bytes } = openOrder(world.chain, demander);
    await world.seal(await world.load(), [bytes]);
    // A replica that knows nothing yet: the order leads to its demander, and the settlement to the provider.
    for (const step of [steps.match, steps.work, steps.verdict, steps.settle]) {
      await world.seal(await world.load(), [step(world.chain, id)]);
    }
  });
});

type Crash = 'none' | 'before D1' | 'before the store' | 'in the store';
const crashes = fc.constantFrom<Crash>('none', 'none', 'before D1', 'before the store', 'in the store');

describe('a proposer that dies at any step', () => {
  it('comes back to exactly one final block, and goes on from it', async () => {
    const steps = fc.array(
      fc.record({ action: lifeAction, amount: fc.bigInt({ min: 1n, max: 9n }), crash: crashes, at: fc.nat(1) }),
      { minLength: 1, maxLength: 10 },
    );
    // The pages follow with every block, every other, whenever a few nodes are held, or only at a start.
    const bounds = fc.record({
      nodes: fc.constantFrom(0, 30, KEPT_BOUNDS.nodes),
      blocks: fc.constantFrom(0, 1, KEPT_BOUNDS.blocks),
      leaves: fc.constantFrom(3, KEPT_BOUNDS.leaves),
    });
    await fc.assert(
      fc.asyncProperty(steps, bounds, async (sequence, kept) => {
        world = await new World().start();
        world.bounds = kept;
        const ids: Hash[] = [];
        let replica = await world.load();
        await world.seal(replica, [pay(5_000_000n, network.key('demander'))]);
        for (const { action, amount, crash, at } of sequence) {
          const life = lifeTransaction(world.chain, ids, action);
          const transactions = [pay(amount, network.key(`payee ${action.order}`)), ...(life ? [life] : [])];
          if (crash === 'before D1') {
            await world.build(replica, transactions, world.chain.parent.timeMs + 1_000n);
            replica = await world.load();
          }
          const follow = crash === 'in the store' ? at : crash === 'before the store' ? 'not' : 'whole';
          await world.seal(replica, transactions, follow);
          if (crash !== 'none') replica = await world.load();
          expect(world.store.mark()).toMatchObject({ block: world.chain.parent.hash });
        }
        expect((await world.ledger.tip())?.hash).toEqual(world.chain.parent.hash);
      }),
      { numRuns: 25 },
    );
  });
});

describe('leaves ahead of the pages', () => {
  it('become pages at a start, at whichever statement the one before it died, and nothing is read from D1', async () => {
    let replica = await world.load();
    const page = vi.spyOn(world.ledger, 'accountPage');
    for (let statements = 0; ; statements++) {
      expect(statements).toBeLessThan(50);
      for (const name of ['one', 'two']) await world.seal(replica, [pay(1n, network.key(`${name} ${statements}`))]);
      world.storage.crashAfter(statements);
      const died = await world.load().then(
        () => false,
        (error: unknown) => error instanceof CrashError,
      );
      world.storage.crashAfter(Number.POSITIVE_INFINITY);
      replica = await world.load();
      expect(replica.parent.hash).toEqual(world.chain.parent.hash);
      if (!died) break;
    }
    expect(page).not.toHaveBeenCalled();
    vi.restoreAllMocks();
  });
});

describe('a store that is filled', () => {
  it('and dies on the way is filled anew, at whichever statement it died', async () => {
    await world.seal(await world.load(), [pay(1n)]);
    for (let statements = 0; ; statements++) {
      expect(statements).toBeLessThan(50);
      const storage = objectStorage();
      const store = new TreeStore(storage);
      storage.crashAfter(statements);
      const died = await loadReplica(world.ledger, store, network.genesis).then(
        () => false,
        (error: unknown) => error instanceof CrashError,
      );
      storage.crashAfter(Number.POSITIVE_INFINITY);
      // Marked with the tip, or with nothing: never with a tree that is half there.
      const mark = new TreeStore(storage).mark();
      if (mark) expect(mark.block).toEqual(world.chain.parent.hash);
      else expect(died).toBe(true);
      const replica = await loadReplica(world.ledger, new TreeStore(storage), network.genesis);
      expect(replica.parent.hash).toEqual(world.chain.parent.hash);
      if (!died) return;
    }
  });
});
