/**
 * Random transactions of every type in random blocks, and what must hold whatever they are: no zhi appears or vanishes, no balance
 * is negative, the tree is that of the plain state, and whoever executes a block again from its witness gets the same header.
 */
import { type BuiltBlock, witnessFor } from '../../protocol/block/build.ts';
import { type BlockHeader, headerHash } from '../../protocol/block/header.ts';
import { validateBlock } from '../../protocol/block/validate.ts';
import { equalBytes } from '../../protocol/hash.ts';
import { updateTree } from '../../protocol/state/leaves.ts';
import { sameRoot, treeRoot } from '../../protocol/state/tree.ts';
import { type BlockHeight, SUPPLY_ZHI, type UnixMs } from '../../protocol/units.ts';
import { bookFaults } from '../support/books.ts';
import { TestChain } from '../support/chain.ts';
import { type Random, randomOf } from '../support/random.ts';
import { RandomWorld } from '../support/random-transactions.ts';
import { swapFaults } from '../support/swap-books.ts';

const BLOCK_OPERATIONS_MAX = 60;
/** Blocks from one re-execution to the next; and to the next look at the whole state, which takes longer the more there is. */
const VALIDATED_EVERY = 16;
const AUDITED_EVERY = 400;

export interface FuzzFigures {
  readonly operations: number;
  readonly blocks: number;
  readonly applied: number;
  readonly refusedEntries: number;
  readonly notTaken: number;
  readonly validated: number;
  readonly audited: number;
  readonly accounts: number;
  readonly orders: number;
}

/** What does not hold, and after how many operations: with the seed it happens again. */
export class FuzzFault extends Error {
  override name = 'FuzzFault';
}

type Counts = { -readonly [Name in keyof FuzzFigures]: number };

class LedgerFuzz {
  readonly #world: RandomWorld;
  readonly #chain: TestChain;
  readonly #random: Random;
  readonly #seed: number;
  readonly counts: Counts = {
    operations: 0,
    blocks: 0,
    applied: 0,
    refusedEntries: 0,
    notTaken: 0,
    validated: 0,
    audited: 0,
    accounts: 0,
    orders: 0,
  };
  #previous: BlockHeader | undefined;

  constructor(seed: number) {
    this.#seed = seed;
    this.#world = new RandomWorld(seed);
    this.#chain = new TestChain(this.#world.network);
    this.#random = randomOf(seed ^ 0x5eed);
  }

  #expect(holds: boolean, what: string): void {
    if (!holds) throw new FuzzFault(`seed ${this.#seed}, after ${this.counts.operations} operations: ${what}`);
  }

  async start(): Promise<void> {
    await this.#seal(this.#world.funding(this.#chain.state), this.#chain.parent.timeMs + 1n);
  }

  async block(operationsMax: number): Promise<void> {
    const size = Math.min(operationsMax, 1 + Math.floor(this.#random() * BLOCK_OPERATIONS_MAX));
    const { state, parent } = this.#chain;
    const timeMs = (parent.timeMs + this.#world.stepMs()) as UnixMs;
    const height = (parent.height + 1n) as BlockHeight;
    const transactions = Array.from({ length: size }, () => this.#world.next({ state, height, timeMs }));
    await this.#seal(transactions, timeMs);
  }

  async #seal(transactions: readonly Uint8Array[], timeMs: bigint): Promise<void> {
    const built = this.#chain.build(transactions, timeMs);
    this.counts.operations += transactions.length;
    this.counts.notTaken += built.refused.length;
    this.#world.take(built);
    if (built.transactions.length === 0) return;
    this.#checkBlock(built);
    if (this.counts.blocks % VALIDATED_EVERY === 0) await this.#validate(built);
    this.#chain.take(built);
    this.#previous = built.block.header;
    this.counts.blocks++;
    if (this.counts.blocks % AUDITED_EVERY === 0) this.audit();
  }

  #checkBlock({ transactions, block: { header }, tree, state }: BuiltBlock): void {
    for (const { postings, outcome } of transactions) {
      this.#expect(postings.reduce((sum, { deltaZhi }) => sum + deltaZhi, 0n) === 0n, 'postings do not sum to zero');
      const refused = outcome.entries.filter((code) => code !== 0).length;
      this.counts.refusedEntries += refused;
      this.counts.applied += outcome.entries.length - refused;
    }
    this.#expect(treeRoot(tree).sum === SUPPLY_ZHI, `the state sums to ${treeRoot(tree).sum}`);
    this.#expect(header.supplyZhi === SUPPLY_ZHI, `the header says ${header.supplyZhi}`);
    for (const { value } of state.accounts()) this.#expect(value.balanceZhi >= 0n, `a balance of ${value.balanceZhi}`);
  }

  async #validate(built: BuiltBlock): Promise<void> {
    const { genesis, hash: genesisHash } = this.#chain.network;
    const witness = witnessFor(built, this.#chain);
    const again = { genesis, genesisHash, previous: this.#previous, block: built.block, witness, verify: () => true };
    const result = await validateBlock(again);
    this.#expect(result.ok, result.ok ? '' : `executed again: ${result.code} ${result.evidence}`);
    if (!result.ok) return;
    this.#expect(
      equalBytes(headerHash(result.value), headerHash(built.block.header)),
      'executed again, it has another header',
    );
    this.counts.validated++;
  }

  /** All of the state, as plain maps. */
  audit(): void {
    const { state, tree } = this.#chain;
    this.#expect(sameRoot(treeRoot(updateTree(undefined, state)), treeRoot(tree)), 'the tree is not the state’s');
    const faults = [...bookFaults(state), ...swapFaults(state, this.#chain.network.genesis)];
    this.#expect(faults.length === 0, faults.join('; '));
    this.counts.accounts = state.accounts().length;
    this.counts.orders = state.orders().length;
    this.counts.audited++;
  }

  /** How often each type of transaction had which outcome. */
  get seen(): ReadonlyMap<string, number> {
    return this.#world.seen;
  }
}

export interface FuzzRun extends FuzzFigures {
  readonly seen: ReadonlyMap<string, number>;
}

/** Throws FuzzFault. */
export async function fuzzLedger(
  seed: number,
  operations: number,
  onBlock: (operations: number) => void = () => {},
): Promise<FuzzRun> {
  const fuzz = new LedgerFuzz(seed);
  await fuzz.start();
  while (fuzz.counts.operations < operations) {
    await fuzz.block(operations - fuzz.counts.operations);
    onBlock(fuzz.counts.operations);
  }
  fuzz.audit();
  return { ...fuzz.counts, seen: fuzz.seen };
}
