/**
 * SwapOut: pays the sender's money into the swap account for tokens on the EVM chain. It leaves a numbered record, which anyone
 * proves by the state root and for which the token contract pays once (swap/typed-data.ts: Release). Nothing here watches that chain.
 */
import { SYSTEM_ACCOUNT } from '../address.ts';
import { type Decoded, decode, encode, fixed, struct, u64As } from '../codec.ts';
import type { ErrorCode } from '../errors.ts';
import type { Genesis } from '../genesis.ts';
import { equalBytes } from '../hash.ts';
import { hasSwap, outKey, readTotals, swapOuts, writeTotals } from '../record/swap.ts';
import { SUPPLY_ZHI, type Zhi } from '../units.ts';
import { balanceOf, post } from './postings.ts';
import { applied, type EntryOutcome, type Posting, type Rule, type RuleInput, refused } from './rule.ts';

const bodyCodec = struct({
  /** Address on the EVM chain. */
  to: fixed(20),
  amountZhi: u64As<Zhi>(),
});
export type SwapOut = Decoded<typeof bodyCodec>;
export const encodeSwapOut = (body: SwapOut): Uint8Array => encode(bodyCodec, body);
export const decodeSwapOut = (body: Uint8Array): SwapOut => decode(bodyCodec, body);

/** Tokens at the zero address, or at their own contract, are nobody's. */
const isPayable = (to: Uint8Array, token: Uint8Array): boolean =>
  to.some((byte) => byte !== 0) && !equalBytes(to, token);

/** What is wrong with it whatever the sender has. Intake and the chain share it. */
export function swapOutFault({ to, amountZhi }: SwapOut, genesis: Genesis): ErrorCode | undefined {
  if (!hasSwap(genesis)) return 'swap_closed';
  if (amountZhi <= 0n || amountZhi > SUPPLY_ZHI) return 'amount_out_of_range';
  return isPayable(to, genesis.swap.token) ? undefined : 'invalid_field';
}

function apply(body: SwapOut, { context, state, sender, txHash }: RuleInput): EntryOutcome {
  const { to, amountZhi } = body;
  const { genesis, height, timeMs } = context;
  const fault = swapOutFault(body, genesis);
  if (fault) return refused(fault);
  if (balanceOf(state, sender) < amountZhi) return refused('insufficient_balance');
  const postings: Posting[] = [
    { account: sender, deltaZhi: -amountZhi },
    { account: SYSTEM_ACCOUNT.swap, deltaZhi: amountZhi },
  ];
  post(state, postings);
  const before = readTotals(state, genesis);
  swapOuts.write(state, outKey(before.outs), { to, amountZhi, sender, tx: txHash, height, timeMs });
  writeTotals(state, { ...before, outs: before.outs + 1n, outZhi: before.outZhi + amountZhi });
  return applied(postings);
}

export const swapOutRule: Rule<SwapOut> = {
  decodeBody: (body) => [decodeSwapOut(body)],
  innerSignatures: () => [],
  apply,
};
