/** What is sent in each epoch of a tokenomics run, and what must become of it: rewards, claims, transfers, and repeats in vain. */
import { SYSTEM_ACCOUNT } from '../../protocol/address.ts';
import { SCHEDULED_GRANTS } from '../../protocol/genesis.ts';
import { compareBytes } from '../../protocol/hash.ts';
import type { StateView } from '../../protocol/state/overlay.ts';
import { chainIdOf, encodeTransaction, type Transaction } from '../../protocol/tx/envelope.ts';
import { encodeEpochReward } from '../../protocol/tx/epoch-reward.ts';
import { feeOf } from '../../protocol/tx/fee.ts';
import { encodeTransfer } from '../../protocol/tx/transfer.ts';
import { type TxTypeName, txTypeNumber } from '../../protocol/tx/types.ts';
import { encodeVestClaim, type VestClaim } from '../../protocol/tx/vest-claim.ts';
import type { BlockHeight, Zhi } from '../../protocol/units.ts';
import type { KeyPair } from '../support/keys.ts';
import type { TestNetwork } from '../support/network.ts';
import type { Random } from './random.ts';

export const MINERS = 12;
const DAY_EPOCHS = 24n;
const NO_SIGNATURE = new Uint8Array(64);

export interface Made {
  readonly tx: Transaction;
  readonly bytes: Uint8Array;
  readonly type: TxTypeName;
  /** `applied`, or the code of its refusal. */
  readonly expected: string;
}

export class TokenomicsActs {
  readonly #network: TestNetwork;
  readonly #random: Random;
  readonly #missedPercent: number;
  readonly #miners: readonly KeyPair[];
  readonly #nonces = new Map<string, bigint>();

  constructor(network: TestNetwork, random: Random, missedPercent: number) {
    this.#network = network;
    this.#random = random;
    this.#missedPercent = missedPercent;
    this.#miners = Array.from({ length: MINERS }, (_, i) => network.key(`miner/${i}`)).sort((a, b) =>
      compareBytes(a.key, b.key),
    );
  }

  /** For the block at `height` that ends the epoch, on the state before it. */
  of(epoch: bigint, height: bigint, state: StateView): Made[] {
    const make = (by: KeyPair, type: TxTypeName, body: Uint8Array, expected = 'applied') =>
      this.#made(height, by, type, body, expected);
    const made: Made[] = [];
    const isMissed = epoch > 0n && this.#random.integer(0, 99) < this.#missedPercent;
    if (!isMissed) {
      const searcher = this.#network.searcher('weur');
      const reward = this.#reward(epoch);
      made.push(make(searcher, 'epochReward', reward));
      if (this.#random.chance(0.02)) made.push(make(searcher, 'epochReward', reward, 'epoch_rewarded'));
    }
    const hasDayEnded = (epoch + 1n) % DAY_EPOCHS === 0n;
    if (hasDayEnded) made.push(...this.#claims((epoch + 1n) / DAY_EPOCHS, state, make));
    if (this.#random.chance(0.25)) made.push(this.#transfer(make));
    return made;
  }

  #made(height: bigint, by: KeyPair, type: TxTypeName, body: Uint8Array, expected: string): Made {
    const { genesis, hash } = this.#network;
    const nonce = this.#nonces.get(by.address) ?? 0n;
    this.#nonces.set(by.address, nonce + 1n);
    const tx: Transaction = {
      version: 1,
      chain: chainIdOf(hash),
      type: txTypeNumber(type),
      sender: by.key,
      nonce,
      expiryHeight: height as BlockHeight,
      feeZhi: feeOf(type, genesis.baseFeeZhi, body),
      body,
      signature: NO_SIGNATURE,
    };
    return { tx, bytes: encodeTransaction(tx), type, expected };
  }

  /** Everybody works in the first epoch, so that everybody has money from then on. */
  #reward(epoch: bigint): Uint8Array {
    const chosen = this.#miners.filter(() => epoch === 0n || this.#random.chance(0.7));
    const working = chosen.length > 0 ? chosen : this.#miners.slice(0, 1);
    const work = working.map(({ key }) => {
      return { account: key, work: BigInt(this.#random.integer(1, 1_000_000)), homeRegion: 3 };
    });
    return encodeEpochReward({ epoch, work });
  }

  /** What is due on a day is claimed once, and once more in vain; what is locked or over now and then in vain. */
  #claims(
    day: bigint,
    state: StateView,
    make: (by: KeyPair, type: 'vestClaim', ...rest: [Uint8Array, string]) => Made,
  ): Made[] {
    const by = this.#miners[0] as KeyPair;
    const claim = (grant: VestClaim['grant'], expected: string) =>
      make(by, 'vestClaim', encodeVestClaim({ grant }), expected);
    const ofGrants = SCHEDULED_GRANTS.flatMap((grant) => {
      const schedule = this.#network.genesis.vesting.find((one) => one.grant === grant);
      const isLeft = (state.account(SYSTEM_ACCOUNT[grant])?.balanceZhi ?? 0n) > 0n;
      const isDue = schedule !== undefined && day > BigInt(schedule.lockDays) && isLeft;
      if (isDue) return [claim(grant, 'applied'), claim(grant, 'nothing_due')];
      return this.#random.chance(0.03) ? [claim(grant, 'nothing_due')] : [];
    });
    return this.#random.chance(0.03) ? [...ofGrants, claim('marketing', 'grant_locked')] : ofGrants;
  }

  #transfer(make: (by: KeyPair, type: 'transfer', body: Uint8Array) => Made): Made {
    const from = this.#random.pick(this.#miners);
    const to = this.#random.pick([...this.#miners, ...SCHEDULED_GRANTS.map((grant) => this.#network.key(grant))]);
    const amountZhi = BigInt(this.#random.integer(1, 1_000_000)) as Zhi;
    return make(from, 'transfer', encodeTransfer({ to: to.key, amountZhi, homeRegion: 3 }));
  }
}
