/**
 * EpochReward: mints the reward of an epoch that is over, `floor(pool / 50587)`, and splits it linearly in recorded work: who
 * splits an identity gains nothing. Each share is rounded down, and the remainder stays in the pool.
 *
 * Sent by the sequencer region's searcher, whose word the work list is until mining is recorded on chain. Epochs are rewarded
 * once and in order. One without work need not be sent: it mints nothing, and a later one passes over it.
 */
import { isSystemAccount, SYSTEM_ACCOUNT } from '../address.ts';
import { bytes32, type Decoded, decode, encode, struct, u8, u64, vec } from '../codec.ts';
import { compareBytes } from '../hash.ts';
import { EMISSION_DIVISOR, epochEndMs, rewardedEpochs, setRewardedEpochs } from '../record/epoch.ts';
import { REGIONS } from '../regions.ts';
import type { Zhi } from '../units.ts';
import { balanceOf, openAccount, post } from './postings.ts';
import { isSearcher } from './roles.ts';
import { applied, type EntryOutcome, type Posting, type Rule, type RuleInput, refused } from './rule.ts';

/** 41 bytes each: what fits a body. */
export const REWARD_ACCOUNTS_MAX = 90;

const bodyCodec = struct({
  epoch: u64,
  /** In ascending order of the accounts, each once. */
  work: vec(
    struct({
      account: bytes32,
      work: u64,
      /** Home of the account, if this reward creates it; else ignored. */
      homeRegion: u8,
    }),
    REWARD_ACCOUNTS_MAX,
  ),
});
export type EpochReward = Decoded<typeof bodyCodec>;
export const encodeEpochReward = (body: EpochReward): Uint8Array => encode(bodyCodec, body);
export const decodeEpochReward = (body: Uint8Array): EpochReward => decode(bodyCodec, body);

function isWorkList(work: EpochReward['work']): boolean {
  const rises = work.every(({ account }, i) => {
    const before = work[i - 1];
    return !before || compareBytes(before.account, account) < 0;
  });
  return rises && work.length > 0 && work.every((one) => one.work > 0n && REGIONS[one.homeRegion] !== undefined);
}

function apply({ epoch, work }: EpochReward, { context, state, sender }: RuleInput): EntryOutcome {
  const { genesis, timeMs } = context;
  if (!isWorkList(work)) return refused('invalid_field');
  if (!isSearcher(genesis, genesis.sequencerRegion, sender)) return refused('not_authorised');
  if (work.some(({ account }) => isSystemAccount(account))) return refused('system_account');
  if (timeMs < epochEndMs(genesis, epoch)) return refused('epoch_not_over');
  const rewarded = rewardedEpochs(state);
  if (epoch < rewarded.next) return refused('epoch_rewarded');
  const rewardZhi = balanceOf(state, SYSTEM_ACCOUNT.minerPool) / EMISSION_DIVISOR;
  const totalWork = work.reduce((sum, one) => sum + one.work, 0n);
  const shares: Posting[] = work.map((one) => ({
    account: one.account,
    deltaZhi: (rewardZhi * one.work) / totalWork,
  }));
  const mintedZhi = shares.reduce((sum, { deltaZhi }) => sum + deltaZhi, 0n);
  for (const { account, homeRegion } of work) openAccount(state, account, homeRegion);
  const postings = [{ account: SYSTEM_ACCOUNT.minerPool, deltaZhi: -mintedZhi }, ...shares];
  post(state, postings);
  setRewardedEpochs(state, { next: epoch + 1n, mintedZhi: (rewarded.mintedZhi + mintedZhi) as Zhi });
  return applied(postings);
}

export const epochRewardRule: Rule<EpochReward> = {
  decodeBody: (body) => [decodeEpochReward(body)],
  innerSignatures: () => [],
  apply,
};
