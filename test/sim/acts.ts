/** What an account of a run sends: mostly transfers, and now and then what writes a record. */
import { REGIONS, type Region, regionNumber } from '../../protocol/regions.ts';
import { claimStatementOf, encodeClaimStatement } from '../../protocol/swap/claim-statement.ts';
import { encodeAllow } from '../../protocol/tx/allow.ts';
import { encodeBond } from '../../protocol/tx/bond.ts';
import { encodeDatasetList } from '../../protocol/tx/dataset-list.ts';
import { encodeSwapIn, type SwapIn } from '../../protocol/tx/swap-in.ts';
import { encodeSwapOut } from '../../protocol/tx/swap-out.ts';
import { encodeTransfer } from '../../protocol/tx/transfer.ts';
import type { TxTypeName } from '../../protocol/tx/types.ts';
import { encodeVote } from '../../protocol/tx/vote.ts';
import type { BlockHeight, Zhi } from '../../protocol/units.ts';
import { keyPair } from '../support/keys.ts';
import { TEST_REGIONS } from '../support/network.ts';
import { evmKey, HOLDERS, SNAPSHOT, unsignedClaim } from '../support/swap.ts';
import { holderSignature } from './keyed-hash.ts';
import { SIM_ACCOUNTS, simNetwork } from './network-genesis.ts';
import type { Random } from './random.ts';

const AMOUNT_ZHI_MAX = 90_000;
const RECIPIENTS = Array.from({ length: 4 }, (_, i) => keyPair(`sim/recipient/${i}`));
/** Contended for: whoever lists one first has it. */
const DATASETS = Array.from({ length: 3 }, (_, i) => keyPair(`sim/dataset/${i}`).key);
const NETWORK = simNetwork();
/** Made before any run: making one draws from the run's chance, and only the first run of a process would. */
const BACK_TO = evmKey('sim').address;
const OTHER_THAN_TRANSFER = 0.3;

export interface Act {
  readonly type: TxTypeName;
  readonly body: Uint8Array;
}

function transfer(random: Random): Act {
  const to = random.chance(0.3) ? random.pick(RECIPIENTS) : random.pick(SIM_ACCOUNTS).pair;
  const amountZhi = BigInt(random.integer(1, random.chance(0.2) ? AMOUNT_ZHI_MAX : 2_000)) as Zhi;
  const homes = REGIONS.filter((one) => (TEST_REGIONS as readonly Region[]).includes(one));
  return {
    type: 'transfer',
    body: encodeTransfer({ to: to.key, amountZhi, homeRegion: regionNumber(random.pick(homes)) }),
  };
}

const OTHERS: readonly ((random: Random) => Act)[] = [
  (random) => ({ type: 'bond', body: encodeBond({ amountZhi: BigInt(random.integer(0, 3_000)) as Zhi }) }),
  (random) => ({
    type: 'vote',
    body: encodeVote({ candidate: random.chance(0.2) ? undefined : random.pick(SIM_ACCOUNTS).pair.key }),
  }),
  (random) => ({
    type: 'allow',
    body: encodeAllow({
      key: random.pick(RECIPIENTS).key,
      limitZhi: BigInt(random.integer(0, 5_000)) as Zhi,
      expiryHeight: BigInt(random.integer(0, 100)) as BlockHeight,
    }),
  }),
  (random) => ({
    type: 'datasetList',
    body: encodeDatasetList({ dataset: random.pick(DATASETS), priceZhi: BigInt(random.integer(0, 900)) as Zhi }),
  }),
  (random) => ({
    type: 'swapOut',
    body: encodeSwapOut({ to: BACK_TO, amountZhi: BigInt(random.integer(0, 2_000)) as Zhi }),
  }),
  (random) => ({ type: 'swapIn', body: encodeSwapIn(claim(random)) }),
];

/** Of a record that others may claim at the same time: one of them has it. */
function claim(random: Random): SwapIn {
  const recipient = random.chance(0.5) ? random.pick(RECIPIENTS) : random.pick(SIM_ACCOUNTS).pair;
  const unsigned = unsignedClaim(SNAPSHOT, random.integer(0, HOLDERS - 1), recipient.key, random.pick(TEST_REGIONS));
  const { genesis, hash } = NETWORK;
  const signature = holderSignature(unsigned.holder, encodeClaimStatement(claimStatementOf(unsigned, genesis, hash)));
  return { ...unsigned, signature };
}

export const nextAct = (random: Random): Act =>
  random.chance(OTHER_THAN_TRANSFER) ? random.pick(OTHERS)(random) : transfer(random);
