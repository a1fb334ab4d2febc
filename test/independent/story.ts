/** The story that the transactions of a receipt have to tell, by docs/receipt-format.md. */
import { demand, refuse, tagged, u64Bytes } from './bytes.ts';
import type { Genesis, Provider } from './genesis.ts';
import { searchCycles, trainingCycles } from './price.ts';
import type { Match, Opening, Proof, Settlement, Transaction, Verdict, Work } from './transaction.ts';

export interface Taken {
  readonly transaction: Transaction;
  readonly outcome: readonly number[];
  readonly block: number;
  readonly index: number;
  readonly timeMs: bigint;
}

export interface Told {
  readonly demander: string;
  readonly provider: string;
  readonly attempts: readonly { readonly provider: string; readonly verdict: string; readonly method: string }[];
  readonly billCycles: bigint;
  readonly billZhi: bigint;
  readonly resultRoot: string;
  readonly results: number;
  readonly logHead: string;
  readonly chunks: number;
}

const CENTRES = [
  [-118, 37],
  [-78, 40],
  [-50, -20],
  [3, 49],
  [25, 50],
  [110, 25],
  [148, -34],
  [25, -5],
  [50, 26],
] as const;

function distance(a: number, b: number): number {
  const [from, to] = [CENTRES[a], CENTRES[b]];
  if (!from || !to) return refuse('a region that does not exist');
  const round = Math.abs(from[0] - to[0]);
  return Math.min(round, 360 - round) ** 2 + (from[1] - to[1]) ** 2;
}

const isMetered = ({ kind }: Work): boolean => kind === 'search' || kind === 'predictTable';

const ceil = (a: bigint, b: bigint): bigint => (a + b - 1n) / b;

interface Ranked {
  readonly provider: Provider;
  readonly price: bigint;
  readonly distance: number;
  readonly tie: Buffer;
}

class Story {
  readonly #order: Buffer;
  readonly #genesis: Genesis;
  #opening: Opening | undefined;
  #demander = Buffer.alloc(0);
  #nonce = 0n;
  #match: Match | undefined;
  #proof: Proof | undefined;
  #checkedMs: bigint | undefined;
  #confirmed = false;
  #settled: Settlement | undefined;
  readonly #excluded: Buffer[] = [];
  readonly #attempts: { provider: string; verdict: string; method: string }[] = [];

  constructor(order: Buffer, genesis: Genesis) {
    this.#order = order;
    this.#genesis = genesis;
  }

  take({ transaction, outcome, timeMs }: Taken): void {
    const { body, sender } = transaction;
    switch (body.type) {
      case 'opening':
        this.#open(body, transaction, outcome);
        break;
      case 'match':
        this.#accept(this.#own(body.entries, outcome), sender);
        break;
      case 'proof':
        this.#compute(this.#own(body.entries, outcome), sender);
        break;
      case 'verdict':
        this.#judge(this.#own(body.entries, outcome), sender, timeMs);
        break;
      case 'confirmation':
        demand(outcome[0] === 0 && body.order.equals(this.#order), 'a confirmation of something else');
        this.#confirm(body.root, sender);
        break;
      case 'settlement':
        this.#settle(this.#own(body.entries, outcome), sender, timeMs);
        break;
      default:
        demand(outcome[0] === 0 && body.orders.some((one) => one.equals(this.#order)), 'a batch without the order');
        this.#settle(this.#due(), sender, timeMs);
    }
  }

  #own<T extends { order: Buffer }>(entries: readonly T[], outcome: readonly number[]): T {
    const own = entries.find(({ order }, i) => order.equals(this.#order) && outcome[i] === 0);
    return own ?? refuse('nothing that concerns the order was applied');
  }

  #opened(): Opening {
    return this.#opening ?? refuse('the order is not opened yet');
  }

  #underWay(): { match: Match; proof: Proof } {
    const [match, proof] = [this.#match, this.#proof];
    return match && proof ? { match, proof } : refuse('nothing is computed yet');
  }

  #role(role: 'searcher' | 'checker'): Buffer {
    const { region } = this.#opened();
    const roles = this.#genesis.regions.find((one) => one.region === region);
    return roles ? roles[role] : refuse('a region without roles');
  }

  #open(opening: Opening, { hash, sender, nonce }: Transaction, outcome: readonly number[]): void {
    demand(!this.#opening && outcome[0] === 0, 'an opening out of place');
    const id = Buffer.concat([Buffer.from([opening.region]), hash.subarray(1)]);
    demand(id.equals(this.#order), 'the opening of another order');
    this.#opening = opening;
    this.#demander = Buffer.from(opening.payer ?? sender);
    this.#nonce = nonce;
  }

  #accept(match: Match, sender: Buffer): void {
    const { work } = this.#opened();
    demand(!this.#match, 'a match beside another');
    demand(sender.equals(this.#role('searcher')), 'a match by somebody else');
    demand(match.attempt === this.#attempts.length + 1 && match.attempt <= 3, 'a match of another attempt');
    if (work.kind === 'train') demand(match.cycles === trainingCycles(work.training), 'another price table');
    if (work.kind === 'search') demand(match.cycles === searchCycles(work.search), 'a quote beside the budget');
    const best = this.#ranked(match.cycles)[0] ?? refuse('nobody may serve the order');
    demand(best.provider.key.equals(match.provider), 'a provider that the rule does not select');
    const ms = ceil(match.cycles * 1000n, best.provider.rate);
    demand(match.price === best.price && match.ms === ms, 'another price or time');
    this.#match = match;
  }

  #ranked(cycles: bigint): Ranked[] {
    const { region, priceLimit } = this.#opened();
    const ranked = this.#genesis.providers
      .filter(({ key }) => !this.#excluded.some((one) => one.equals(key)))
      .map((provider) => ({
        provider,
        price: ceil(cycles * provider.ask, 1_000_000n),
        distance: distance(region, provider.region),
        tie: tagged('HAI/match/1', this.#demander, u64Bytes(this.#nonce), provider.key),
      }))
      .filter(({ price }) => price <= priceLimit);
    return ranked.sort((a, b) => {
      if (a.price !== b.price) return a.price < b.price ? -1 : 1;
      return a.distance - b.distance || Buffer.compare(a.tie, b.tie);
    });
  }

  #compute(proof: Proof, sender: Buffer): void {
    const { work } = this.#opened();
    const match = this.#match ?? refuse('work without a match');
    demand(!this.#proof, 'work that was done');
    demand(sender.equals(this.#role('searcher')), 'work brought by somebody else');
    demand(proof.provider.equals(match.provider) && proof.attempt === match.attempt, 'work of another provider');
    if (isMetered(work)) demand(proof.cycles <= match.cycles, 'more cycles than quoted');
    else demand(proof.cycles === match.cycles, 'other cycles than quoted');
    demand(proof.chunks >= 1 && proof.chunks <= 65_536, 'a work log of no such length');
    demand(proof.results === work.results, 'another number of results');
    this.#proof = proof;
  }

  #judge(verdict: Verdict, sender: Buffer, timeMs: bigint): void {
    const { match, proof } = this.#underWay();
    demand(this.#checkedMs === undefined, 'a verdict after a passed one');
    demand(sender.equals(this.#role('checker')), 'a verdict of somebody else');
    demand(verdict.attempt === proof.attempt && verdict.root.equals(proof.root), 'a verdict on something else');
    const { passed, method } = verdict;
    this.#attempts.push({ provider: match.provider.toString('hex'), verdict: passed ? 'passed' : 'failed', method });
    if (passed) {
      this.#checkedMs = timeMs;
      return;
    }
    this.#excluded.push(match.provider);
    this.#match = undefined;
    this.#proof = undefined;
  }

  #confirm(root: Buffer, sender: Buffer): void {
    const { proof } = this.#underWay();
    demand(this.#checkedMs !== undefined, 'a confirmation of what is not checked');
    demand(sender.equals(this.#demander), 'a confirmation by somebody else');
    demand(root.equals(proof.root), 'a confirmation of another result');
    this.#confirmed = true;
  }

  /** What a batch settles of the order: all of it follows from match and work. */
  #due(): Settlement {
    const { match, proof } = this.#underWay();
    const { results, root, cycles } = proof;
    const provider = this.#genesis.providers.find(({ key }) => key.equals(match.provider));
    const ask = provider ? provider.ask : refuse('a provider that is not in the genesis');
    return { order: this.#order, results, root, cycles, price: ceil(cycles * ask, 1_000_000n) };
  }

  #settle(settlement: Settlement, sender: Buffer, timeMs: bigint): void {
    const { proof } = this.#underWay();
    const { window, priceLimit } = this.#opened();
    const checkedMs = this.#checkedMs ?? refuse('settled unchecked');
    demand(!this.#settled, 'settled twice');
    demand(sender.equals(this.#role('searcher')), 'settled by somebody else');
    const due = this.#due();
    demand(settlement.cycles === due.cycles && settlement.price === due.price, 'another bill than is due');
    demand(settlement.price <= priceLimit, 'a bill above the limit');
    const inTime = window === undefined || this.#confirmed || timeMs >= checkedMs + window;
    demand(inTime, 'settled before it was confirmed');
    demand(settlement.results === proof.results && settlement.root.equals(proof.root), 'another result was settled');
    this.#settled = settlement;
  }

  end(): Told {
    const { match, proof } = this.#underWay();
    const settled = this.#settled ?? refuse('the order is not settled');
    return {
      demander: this.#demander.toString('hex'),
      provider: match.provider.toString('hex'),
      attempts: this.#attempts,
      billCycles: settled.cycles,
      billZhi: settled.price,
      resultRoot: settled.root.toString('hex'),
      results: settled.results,
      logHead: proof.logHead.toString('hex'),
      chunks: proof.chunks,
    };
  }
}

export function storyOf(order: Buffer, all: readonly Taken[], genesis: Genesis): Told {
  const story = new Story(order, genesis);
  let last: readonly [number, number] = [-1, -1];
  for (const taken of all) {
    const { block, index } = taken;
    demand(block > last[0] || (block === last[0] && index > last[1]), 'out of order');
    last = [block, index];
    story.take(taken);
  }
  return story.end();
}
