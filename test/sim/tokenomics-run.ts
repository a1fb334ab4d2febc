/**
 * Decades of a network by the real transition: a block an epoch, each with the epoch's reward, claims of every grant once a day,
 * and transfers that burn their fees. After every block all balances are summed. At checkpoints the block is built and validated
 * from its witness, as a seat would. Signatures are not checked: no rule about money depends on them.
 */
import { SYSTEM_ACCOUNT, type SystemAccountName } from '../../protocol/address.ts';
import { buildBlock, candidatesOf, witnessFor } from '../../protocol/block/build.ts';
import { Execution } from '../../protocol/block/execute.ts';
import type { BlockHeader } from '../../protocol/block/header.ts';
import { parentOf } from '../../protocol/block/link.ts';
import { validateBlock } from '../../protocol/block/validate.ts';
import { APPLIED, codeOfNumber } from '../../protocol/errors.ts';
import { circulatingByYear, moneyTerms, type Reading, YEAR_MS } from '../../protocol/money/schedule.ts';
import { type Supply, supplyAfter, supplyFrom } from '../../protocol/money/supply.ts';
import { initialState } from '../../protocol/state/initial.ts';
import { updateTree } from '../../protocol/state/leaves.ts';
import type { Root, StateTree } from '../../protocol/state/node.ts';
import { Overlay } from '../../protocol/state/overlay.ts';
import { treeRoot } from '../../protocol/state/tree.ts';
import { transactionHash } from '../../protocol/tx/envelope.ts';
import { type BlockHeight, SUPPLY_ZHI, type UnixMs } from '../../protocol/units.ts';
import type { TestNetwork } from '../support/network.ts';
import { Random } from './random.ts';
import { type Made, MINERS, TokenomicsActs } from './tokenomics-acts.ts';
import { HOUR_MS, moneyNetwork } from './tokenomics-network.ts';

export interface TokenomicsOptions {
  /** Of an hour; a year has 8,766. */
  readonly epochs: number;
  readonly seed: number;
  readonly base: Reading;
  /** Blocks from one checkpoint to the next. */
  readonly checkpointBlocks: number;
  /** Of a hundred epochs, how many have no work and so no reward. */
  readonly missedPercent: number;
}

export interface YearOfMoney {
  readonly year: number;
  readonly supply: Supply;
  readonly unminted: Readonly<Record<string, bigint>>;
}

export interface TokenomicsReport {
  readonly blocks: number;
  readonly rewards: number;
  readonly claims: number;
  readonly transfers: number;
  readonly refusals: number;
  readonly checkpoints: number;
  readonly years: readonly YearOfMoney[];
}

/** What does not hold, with the block where it showed. */
export class BrokenMoneyError extends Error {
  override name = 'BrokenMoneyError';
}

export class TokenomicsRun {
  readonly #options: TokenomicsOptions;
  readonly #network: TestNetwork;
  readonly #acts: TokenomicsActs;
  readonly #state: Overlay;
  /** Written since the tree was last brought up. */
  #unhashed: Overlay;
  #tree: StateTree;
  #height = 0n;
  #supply: Supply;
  readonly #counts = { blocks: 0, rewards: 0, claims: 0, transfers: 0, refusals: 0, checkpoints: 0 };

  constructor(options: TokenomicsOptions) {
    this.#options = options;
    this.#network = moneyNetwork(options.base);
    this.#acts = new TokenomicsActs(this.#network, new Random(options.seed), options.missedPercent);
    this.#state = initialState(this.#network.genesis);
    this.#tree = updateTree(undefined, this.#state);
    this.#unhashed = new Overlay(this.#state);
    this.#supply = this.#supplyNow();
  }

  async toEnd(tell: (year: YearOfMoney) => void = () => undefined): Promise<TokenomicsReport> {
    const { createdMs } = this.#network.genesis;
    const years: YearOfMoney[] = [];
    for (let epoch = 0n; epoch < BigInt(this.#options.epochs); epoch++) {
      const timeMs = (createdMs + (epoch + 1n) * HOUR_MS) as UnixMs;
      await this.#block(this.#acts.of(epoch, this.#height + 1n, this.#state), timeMs);
      if (((epoch + 1n) * HOUR_MS) % YEAR_MS === 0n) {
        const year = this.#yearEnd(Number(((epoch + 1n) * HOUR_MS) / YEAR_MS));
        years.push(year);
        tell(year);
      }
    }
    return { ...this.#counts, years };
  }

  async #block(made: readonly Made[], timeMs: UnixMs): Promise<void> {
    if (made.length === 0) return;
    const isCheckpoint = this.#counts.blocks % this.#options.checkpointBlocks === 0;
    const state = isCheckpoint ? await this.#checkpoint(made, timeMs) : this.#execute(made, timeMs);
    state.commitTo(this.#unhashed);
    state.commitTo(this.#state);
    this.#height++;
    this.#counts.blocks++;
    this.#holds();
  }

  #execute(made: readonly Made[], timeMs: UnixMs): Overlay {
    const { genesis, hash: genesisHash } = this.#network;
    const height = (this.#height + 1n) as BlockHeight;
    const execution = new Execution({ genesis, genesisHash, height, timeMs }, this.#state);
    for (const { tx, bytes } of made) {
      const code = execution.take(tx, transactionHash(bytes), bytes);
      if (code) this.#broken(`a transaction is not taken: ${code}`);
    }
    execution.transactions.forEach(({ outcome }, i) => {
      this.#count(made[i] as Made, outcome.entries[0] as number);
    });
    return execution.state;
  }

  #count({ type, expected }: Made, number: number): void {
    const outcome = number === APPLIED ? 'applied' : codeOfNumber(number);
    if (outcome !== expected) this.#broken(`${type} is ${outcome}, not ${expected}`);
    if (outcome !== 'applied') this.#counts.refusals++;
    else if (type === 'epochReward') this.#counts.rewards++;
    else if (type === 'vestClaim') this.#counts.claims++;
    else this.#counts.transfers++;
  }

  /** As the proposer builds a block and a seat validates it: the header's figures are those of the state. */
  async #checkpoint(made: readonly Made[], timeMs: UnixMs): Promise<Overlay> {
    const { genesis, hash: genesisHash } = this.#network;
    this.#tree = updateTree(this.#tree, this.#unhashed);
    this.#unhashed = new Overlay(this.#state);
    const root = treeRoot(this.#tree);
    if (root.sum !== SUPPLY_ZHI) this.#broken(`the tree sums to ${root.sum}`);
    const previous = this.#height === 0n ? undefined : this.#headerBefore(root, timeMs);
    const before = { state: this.#state, tree: this.#tree };
    const built = buildBlock({
      ...before,
      genesis,
      genesisHash,
      parent: parentOf(previous, genesis, genesisHash),
      nowMs: timeMs,
      proposerSeat: 0,
      candidates: candidatesOf(
        made.map(({ bytes }) => bytes),
        genesisHash,
        true,
      ),
    });
    if (!built || built.refused.length > 0) return this.#broken('a block was not built whole');
    const { block } = built;
    const witness = witnessFor(built, before);
    const valid = await validateBlock({ genesis, genesisHash, previous, block, witness, verify: () => true });
    if (!valid.ok) this.#broken(`a block is not valid: ${valid.evidence}`);
    built.transactions.forEach(({ outcome }, i) => {
      this.#count(made[i] as Made, outcome.entries[0] as number);
    });
    const after = supplyFrom((name) => built.state.account(SYSTEM_ACCOUNT[name])?.balanceZhi ?? 0n);
    const told = supplyAfter(this.#supply, block.header);
    if (told?.mintedZhi !== after.mintedZhi || told.burnedZhi !== after.burnedZhi) {
      this.#broken('the header states another supply than the state');
    }
    this.#counts.checkpoints++;
    return built.state;
  }

  /** Nobody needs the headers between two checkpoints: what a block is built on is made up around the state. */
  #headerBefore(root: Root, timeMs: UnixMs): BlockHeader {
    const { genesis, hash } = this.#network;
    const execution = new Execution(
      { genesis, genesisHash: hash, height: this.#height as BlockHeight, timeMs: (timeMs - HOUR_MS) as UnixMs },
      this.#state,
    );
    const parent = { hash, height: (this.#height - 1n) as BlockHeight, timeMs: genesis.createdMs };
    return execution.header(parent, 0, root);
  }

  #supplyNow(): Supply {
    return supplyFrom((name: SystemAccountName) => this.#state.account(SYSTEM_ACCOUNT[name])?.balanceZhi ?? 0n);
  }

  /** After every block: everything there is sums to the supply, nothing is minted back, and nothing burned comes again. */
  #holds(): void {
    let sum = 0n;
    for (const { value } of this.#state.accounts()) sum += value.balanceZhi;
    if (sum !== SUPPLY_ZHI) this.#broken(`all balances sum to ${sum}`);
    const now = this.#supplyNow();
    const was = this.#supply;
    if (now.unmintedZhi > was.unmintedZhi) this.#broken('something was minted back');
    if (now.burnedZhi < was.burnedZhi) this.#broken('something burned came again');
    if (now.mintedZhi + now.unmintedZhi + now.burnedZhi !== SUPPLY_ZHI) this.#broken('the places do not sum up');
    this.#supply = now;
  }

  /** The state against the schedule: grants to the zhi; the pool never below it, as rounding and missed epochs leave more there. */
  #yearEnd(year: number): YearOfMoney {
    const terms = moneyTerms(this.#network.genesis);
    const [row] = circulatingByYear(terms, this.#options.base, [year]);
    const unminted: Record<string, bigint> = {};
    for (const { account, circulatingZhi } of row?.byAllocation ?? []) {
      const held = this.#state.account(SYSTEM_ACCOUNT[account])?.balanceZhi ?? 0n;
      const planned = (terms.allocations.find((one) => one.account === account)?.amountZhi ?? 0n) - circulatingZhi;
      unminted[account] = held;
      const isAsPlanned = account === 'minerPool' ? this.#isPoolAsPlanned(held - planned) : held === planned;
      if (!isAsPlanned) this.#broken(`${account} holds ${held} after ${year} years, planned ${planned}`);
    }
    return { year, supply: this.#supply, unminted };
  }

  /** A reward leaves less than a zhi a miner in the pool. */
  #isPoolAsPlanned(surplusZhi: bigint): boolean {
    if (surplusZhi < 0n) return false;
    return this.#options.missedPercent > 0 || surplusZhi <= BigInt(MINERS * this.#counts.rewards);
  }

  #broken(what: string): never {
    throw new BrokenMoneyError(`block ${this.#height + 1n}: ${what}`);
  }
}
