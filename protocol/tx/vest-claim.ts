/**
 * VestClaim: pays what has vested of a grant to its beneficiary. Anyone may send it: it pays nobody else, and a beneficiary that
 * has nothing yet could not pay the fee.
 */
import { SYSTEM_ACCOUNT } from '../address.ts';
import { type Decoded, decode, encode, oneOf, struct } from '../codec.ts';
import { SCHEDULED_GRANTS } from '../genesis.ts';
import { equalBytes } from '../hash.ts';
import type { Zhi } from '../units.ts';
import { vestedZhi } from '../vesting.ts';
import { balanceOf, post } from './postings.ts';
import { applied, type EntryOutcome, type Posting, type Rule, type RuleInput, refused } from './rule.ts';

const bodyCodec = struct({ grant: oneOf([...SCHEDULED_GRANTS, 'marketing']) });
export type VestClaim = Decoded<typeof bodyCodec>;
export const encodeVestClaim = (body: VestClaim): Uint8Array => encode(bodyCodec, body);
export const decodeVestClaim = (body: Uint8Array): VestClaim => decode(bodyCodec, body);

function apply({ grant }: VestClaim, { context, state }: RuleInput): EntryOutcome {
  const { genesis, timeMs } = context;
  const schedule = genesis.vesting.find((one) => one.grant === grant);
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
  post(state, postings);
  return applied(postings);
}

export const vestClaimRule: Rule<VestClaim> = {
  decodeBody: (body) => [decodeVestClaim(body)],
  innerSignatures: () => [],
  apply,
};
