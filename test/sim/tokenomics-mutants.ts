/** The books with one posting broken, and with the guard that sees it taken out too: a tokenomics run must fail with each. */
import type { Patch } from './loader.ts';

const NO_ZERO_SUM: Patch = {
  file: 'protocol/tx/postings.ts',
  find: "throw new Error('postings do not sum to zero')",
  replace: 'void 0',
};

export const MONEY_MUTANTS = {
  /** A reward takes a zhi less out of the pool than it pays: double entry refuses it. */
  unbalancedReward: [
    { file: 'protocol/tx/epoch-reward.ts', find: 'deltaZhi: -mintedZhi }', replace: 'deltaZhi: -mintedZhi + 1n }' },
  ],
  /** The same, and nobody looks at the postings of a transaction: the sum of all balances shows it. */
  unseenReward: [
    { file: 'protocol/tx/epoch-reward.ts', find: 'deltaZhi: -mintedZhi }', replace: 'deltaZhi: -mintedZhi + 1n }' },
    NO_ZERO_SUM,
  ],
  /** Fees are taken, and burned nowhere. */
  lostFee: [
    {
      file: 'protocol/transition.ts',
      find: '{ account: SYSTEM_ACCOUNT.burned, deltaZhi: tx.feeZhi }',
      replace: '{ account: SYSTEM_ACCOUNT.burned, deltaZhi: 0n }',
    },
    NO_ZERO_SUM,
  ],
  /** What was claimed before is paid again: the sum holds, and the schedule does not. */
  claimedTwice: [
    {
      file: 'protocol/tx/vest-claim.ts',
      find: '- claimedZhi;',
      replace: '- 0n * claimedZhi;',
    },
  ],
} as const satisfies Record<string, readonly Patch[]>;

export const isMoneyMutant = (name: string): name is keyof typeof MONEY_MUTANTS => Object.hasOwn(MONEY_MUTANTS, name);
