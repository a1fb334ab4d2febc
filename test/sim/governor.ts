/**
 * Somebody who has the base fee changed, step by step, while things fail: proposal, the hosted seats' approvals, a ballot, the enactment.
 * At the end every object has to ask for the fee that was voted for.
 */

import { encodeValue, parameterNumber } from '../../protocol/governance/parameters.ts';
import { isAccepted } from '../../protocol/governance/verdict.ts';
import { equalBytes } from '../../protocol/hash.ts';
import { bondOf } from '../../protocol/record/bond.ts';
import { lastSetBy } from '../../protocol/record/parameter.ts';
import { type Proposal, readProposal } from '../../protocol/record/proposal.ts';
import { encodeBond } from '../../protocol/tx/bond.ts';
import { transactionHash } from '../../protocol/tx/envelope.ts';
import { encodeParam, type Param } from '../../protocol/tx/param.ts';
import { encodeTransfer } from '../../protocol/tx/transfer.ts';
import type { TxTypeName } from '../../protocol/tx/types.ts';
import type { Zhi } from '../../protocol/units.ts';
import { signedTransaction, TEST_REGIONS } from '../support/network.ts';
import { type Acknowledged, objectName } from './clients.ts';
import type { Model } from './model.ts';
import type { Network } from './network.ts';
import { GOVERNOR, SIM_ACCOUNTS, type SimAccount } from './network-genesis.ts';
import type { World } from './world.ts';

const BOND_ZHI = 10_000n as Zhi;
/** More than any step costs, at any fee that is voted for here. */
const FEE_ZHI = 30_000n as Zhi;
const NEW_FEES_ZHI = [1_700n, 400n] as const;
/** A step that did not come through in so many tries never will. */
const TRIES_MAX = 60;
const ANSWER_MS = 2_000;
const LOOK_MS = 200;
const LOOKS_A_TRY = 10;
/** From when on every object knows: an intake asks for the highest fee of 20 s, a tip is up to 5 s old, a clock up to 3 s off. */
const KNOWN_AFTER_MS = 30_000;

type Answer = { readonly ok: boolean; readonly code?: string };
type Approval = { readonly seat: number; readonly signature: Uint8Array };

export class Governor {
  /** When the change begins to hold, once it is enacted. */
  fromMs: number | undefined;
  isBusy = false;
  readonly #world: World;
  readonly #network: Network;
  readonly #model: Model;
  readonly #acknowledged: Acknowledged[];
  readonly #feeZhi: bigint;
  #serial = 0;

  constructor(world: World, network: Network, model: Model, acknowledged: Acknowledged[]) {
    this.#world = world;
    this.#network = network;
    this.#model = model;
    this.#acknowledged = acknowledged;
    this.#feeZhi = world.random.pick(NEW_FEES_ZHI);
  }

  /** `onEnacted` is told when the change will hold. */
  start(onEnacted: (fromMs: number) => void): void {
    this.isBusy = true;
    this.#change(onEnacted).then(
      () => {
        this.isBusy = false;
      },
      (error: Error) => {
        this.isBusy = false;
        this.#world.violated(`no change of the fee: ${error.message}`);
      },
    );
  }

  async #change(onEnacted: (fromMs: number) => void): Promise<void> {
    const { state } = this.#model;
    const { key } = GOVERNOR.pair;
    await this.#step(
      'bond',
      async () => encodeBond({ amountZhi: BOND_ZHI }),
      () => bondOf(state, key).bondedZhi > 0n,
    );
    let carried: Uint8Array | undefined;
    while (!carried) carried = await this.#carried();
    const id = carried;
    await this.#untilMs(Number(this.#proposal(id).endMs));
    await this.#param(
      async () => ({ kind: 'enact', proposal: id }),
      () => this.#proposal(id).enacted !== undefined,
    );
    this.fromMs = Number(this.#proposal(id).enacted?.fromMs);
    this.#world.counts.changes++;
    onEnacted(this.fromMs);
    await this.#untilMs(this.fromMs + KNOWN_AFTER_MS);
    await this.#asked();
  }

  /** A proposal that seats and stake have carried; undefined where its voting was over before. */
  async #carried(): Promise<Uint8Array | undefined> {
    const { state } = this.#model;
    const replaces = () => lastSetBy(state, 'baseFeeZhi', this.#model.parent.timeMs);
    const value = encodeValue('baseFeeZhi', this.#feeZhi);
    await this.#param(
      async () => ({ kind: 'propose', parameter: parameterNumber('baseFeeZhi'), value, replaces: replaces() }),
      () => this.#open() !== undefined,
    );
    const id = this.#open();
    if (!id) return undefined;
    const isOver = () => this.#nowMs >= this.#proposal(id).endMs || isAccepted(this.#proposal(id));
    await this.#param(
      async () => ({ kind: 'ballot', proposal: id, yes: true }),
      () => isOver() || this.#proposal(id).yesZhi > 0n,
    );
    await this.#param(async () => ({ kind: 'approve', proposal: id, approvals: await this.#approvals(id) }), isOver);
    return isAccepted(this.#proposal(id)) ? id : undefined;
  }

  #proposal(id: Uint8Array): Proposal {
    const found = readProposal(this.#model.state, id);
    if (!found) throw new Error('a proposal that is gone');
    return found;
  }

  /** The proposal of ours that is voted on. */
  #open(): Uint8Array | undefined {
    const { state } = this.#model;
    return state.records().find(({ kind, key }) => {
      const one = kind === 'proposal' ? readProposal(state, key) : undefined;
      return one && equalBytes(one.proposer, GOVERNOR.pair.key) && this.#nowMs < one.endMs;
    })?.key;
  }

  /** As intakes know it. The tip's time alone stands still where they refuse all that is sent, because no block follows. */
  get #nowMs(): number {
    return Math.max(this.#world.clock.nowMs, Number(this.#model.parent.timeMs));
  }

  async #approvals(id: Uint8Array): Promise<Approval[]> {
    const asked = TEST_REGIONS.map((region) =>
      this.#inTime(this.#network.stub(undefined, objectName(region)).approve?.(id) as Promise<Approval[]>),
    );
    const given = (await Promise.all(asked)).flatMap((answer) => answer ?? []);
    this.#world.note(`governor: ${given.length} seats approve`);
    return given.sort((a, b) => a.seat - b.seat);
  }

  #param(body: () => Promise<Param>, isDone: () => boolean): Promise<void> {
    return this.#step('param', async () => encodeParam(await body()), isDone);
  }

  /** Sent again until the chain shows what it was for. */
  async #step(type: TxTypeName, body: () => Promise<Uint8Array>, isDone: () => boolean): Promise<void> {
    for (let tries = 0; !isDone(); tries++) {
      if (tries === TRIES_MAX) throw new Error(`${type} did not come through`);
      await this.#submit(GOVERNOR, type, await body(), FEE_ZHI);
      for (let looks = 0; looks < LOOKS_A_TRY && !isDone(); looks++) await this.#pause(LOOK_MS);
    }
  }

  async #submit(by: SimAccount, type: TxTypeName, body: Uint8Array, feeZhi: bigint): Promise<Answer | undefined> {
    const home = this.#network.stub(undefined, objectName(by.home));
    const account = home.account?.(by.pair.key) as Promise<{ ok: boolean; value: { nextNonce: bigint } }>;
    const view = await this.#inTime(account);
    if (!view?.ok) return undefined;
    const { nextNonce: nonce } = view.value;
    const change = { feeZhi: feeZhi as Zhi };
    const bytes = signedTransaction(this.#model.network, { by: by.pair, type, nonce, body, change });
    const hash = transactionHash(bytes);
    const claim = { account: by.pair.key, key: `governor-${++this.#serial}`, requestHash: hash };
    const answer = await this.#inTime(home.submitTransaction?.(bytes, claim) as Promise<Answer>);
    if (answer?.ok) this.#acknowledged.push({ hash, region: by.home, outcome: undefined });
    this.#world.note(`governor: ${type} by ${by.pair.name} at ${by.home}: ${answer?.ok ? 'taken' : answer?.code}`);
    return answer;
  }

  /** Every object asks for the new fee, and for no more. */
  async #asked(): Promise<void> {
    for (const region of TEST_REGIONS) {
      const by = SIM_ACCOUNTS.find(({ home }) => home === region) as SimAccount;
      const body = encodeTransfer({ to: GOVERNOR.pair.key, amountZhi: 1n as Zhi, homeRegion: 0 });
      const low = await this.#submit(by, 'transfer', body, this.#feeZhi - 1n);
      if (low?.code !== 'fee_too_low') this.#world.violated(`${region} takes less than was voted: ${low?.code}`);
      const due = await this.#submit(by, 'transfer', body, this.#feeZhi);
      if (!due || due.code === 'fee_too_low') this.#world.violated(`${region} asks for more than was voted`);
    }
  }

  async #untilMs(atMs: number): Promise<void> {
    while (this.#world.clock.nowMs <= atMs) await this.#pause(LOOK_MS);
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => this.#world.clock.after(ms, undefined, resolve));
  }

  async #inTime<T>(answer: Promise<T>): Promise<T | undefined> {
    return Promise.race([answer.catch(() => undefined), this.#pause(ANSWER_MS).then(() => undefined)]);
  }
}
