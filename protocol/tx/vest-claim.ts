/**
 * VestClaim: pays what has vested of a grant to its beneficiary. Anyone may send it: it pays nobody else, and a beneficiary that
 * has nothing yet could not pay the fee.
 */
import { SYSTEM_ACCOUNT } from '../address.ts';
import { type Decoded, decode, encode, oneOf, struct } from '../codec.ts';
import { SCHEDULED_GRANTS, type VestingSchedule } from '../genesis.ts';
import { equalBytes } from '../hash.ts';
import type { Zhi } from '../units.ts';
import { vestedZhi } from '../vesting.ts';
import { balanceOf, openAccount, post } from './postings.ts';
import {
  applied,
  type BlockContext,
  type EntryOutcome,
  type Posting,
  type Rule,
  type RuleInput,
  refused,
} from './rule.ts';

const bodyCodec = struct({ grant: oneOf([...SCHEDULED_GRANTS, 'marketing']) });
export type VestClaim = Decoded<typeof bodyCodec>;
export const encodeVestClaim = (body: VestClaim): Uint8Array => encode(bodyCodec, body);
export const decodeVestClaim = (body: Uint8Array): VestClaim => decode(bodyCodec, body);

/** Marketing's is set by governance, the others are the genesis'. Undefined, or null, for a grant that is locked. */
function scheduleOf(
  grant: VestClaim['grant'],
  { genesis, parameters }: BlockContext,
): Omit<VestingSchedule, 'grant'> | null | undefined {
  return grant === 'marketing' ? parameters.marketingVesting : genesis.vesting.find((one) => one.grant === grant);
}

function apply({ grant }: VestClaim, { context, state }: RuleInput): EntryOutcome {
  const { genesis, timeMs } = context;
  const schedule = scheduleOf(grant, context);
  if (!schedule) return refused('grant_locked');
  const fund = SYSTEM_ACCOUNT[grant];
  const grantZhi = genesis.allocations.find(({ account }) => equalBytes(account, fund))?.amount ?? (0n as Zhi);
  // No rule pays into a fund, so what it lacks of the grant is what was claimed.
  const claimedZhi = grantZhi - balanceOf(state, fund);
  const dueZhi = vestedZhi(schedule, grantZhi, genesis, timeMs) - claimedZhi;
  if (dueZhi <= 0n) return refused('nothing_due');
  const postings: Posting[] = [
    { account: fund, deltaZhi: -dueZhi },
    { account: schedule.beneficiary, deltaZhi: dueZhi },
  ];
  // Governance may name one that nobody has paid yet; those of the genesis have their accounts from the start.
  openAccount(state, schedule.beneficiary, genesis.sequencerRegion);
  post(state, postings);
  return applied(postings);
}

export const vestClaimRule: Rule<VestClaim> = {
  decodeBody: (body) => [decodeVestClaim(body)],
  innerSignatures: () => [],
  apply,
};
