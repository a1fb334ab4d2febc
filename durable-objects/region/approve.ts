/** The seats of this region approve a proposal that the operator has named. What they sign is public, and says no more than that. */
import { proposalPlace, readProposal } from '../../protocol/record/proposal.ts';
import { approvalBytes } from '../../protocol/tx/param.ts';
import { isOnApproveList } from './approve-list.ts';
import type { Network, RegionContext } from './context.ts';
import type { SeatApproval } from './rpc.ts';

/** Empty for a proposal that is not on the list, or not on the chain. */
export async function approvalsOf(
  context: RegionContext,
  { genesis, hash }: Network,
  proposal: Uint8Array,
): Promise<SeatApproval[]> {
  const isDevelopment = context.isDevelopment && genesis.profile === 'development';
  if (!isOnApproveList(context.env.APPROVE_PARAMS, proposal, isDevelopment)) return [];
  const record = await context.ledger.record(proposalPlace(proposal));
  if (!record || !readProposal({ record: () => record }, proposal)) return [];
  const message = approvalBytes(hash, proposal);
  const own = genesis.seats.flatMap((seat, number) => (seat.region === context.region ? [number] : []));
  return Promise.all(own.map(async (seat, i) => ({ seat, signature: await context.keyring.signAsSeat(i, message) })));
}
