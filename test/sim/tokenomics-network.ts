/** A network with production's money, and keys that a test has. */
import { SYSTEM_ACCOUNT } from '../../protocol/address.ts';
import type { Reading } from '../../protocol/money/schedule.ts';
import type { UnixMs } from '../../protocol/units.ts';
import { shippedTerms, VESTING_TERMS } from '../support/founding.ts';
import { type TestNetwork, testNetwork } from '../support/network.ts';

export const HOUR_MS = 3_600_000n as UnixMs;

export function moneyNetwork(base: Reading): TestNetwork {
  const { allocations, baseFeeZhi } = shippedTerms();
  const beneficiaryOf = testNetwork('tokenomics').key;
  return testNetwork('tokenomics', {
    epochMs: HOUR_MS,
    baseFeeZhi,
    vesting: VESTING_TERMS.map((terms) => ({ ...terms, base, beneficiary: beneficiaryOf(terms.grant).key })),
    allocations: allocations.map(({ account, amountZhi }) => {
      return { account: SYSTEM_ACCOUNT[account], amount: amountZhi, homeRegion: 3 };
    }),
  });
}
