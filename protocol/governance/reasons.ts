/** What each parameter does, and why it can be changed: for readers. Apart from the table, which is loaded wherever blocks are executed. */
import type { ParameterName } from './parameters.ts';

export const PARAMETER_REASONS: Readonly<Record<ParameterName, string>> = {
  baseFeeZhi:
    'Burned a transaction, so that filling blocks costs something: how much that has to be depends on what a HAI is worth.',
  reservationZhiPerHour: 'What reserving a provider costs: about what it earns in an hour of orders.',
  marketingVesting: 'The white paper names no schedule for the marketing grant: it is locked until one is voted for.',
  votingMs: 'How long seats and stake may speak on a proposal.',
  delayMs: 'From the enactment of a proposal until its value holds: time to see it and to act on it.',
  turnoutMillionths: 'How much stake must have voted at least, so that a few do not decide while the rest looks away.',
  swapSet:
    'Registers locks or burns of the ERC20 token, or another snapshot of its holders: nothing here watches the other chain.',
};
