/** Before a seat or a stake speaks on a proposal: what it says, by its own bytes, is shown, and agreed to. */
import type { ProposalSaid } from '../sdk/proposal.ts';
import { agree } from './ask.ts';
import { Interrupted, UsageError } from './exit-codes.ts';
import { saidText } from './params-text.ts';
import type { Session } from './session.ts';

export interface AgreeOptions {
  readonly yes?: true;
}

/** Throws UntrustedError where the network says otherwise than the bytes, before anything is asked or signed. */
export async function agreedProposal(
  { io }: Session,
  calls: { proposalSaid(id: string): Promise<ProposalSaid> },
  id: string,
  act: string,
  options: AgreeOptions,
): Promise<void> {
  io.stderr(`${saidText(await calls.proposalSaid(id))}\n`);
  if (options.yes) return;
  const agreed = await agree(io, `${act}?`);
  if (agreed === undefined) throw new UsageError(`--yes to ${act.toLowerCase()} without being asked`);
  if (!agreed) throw new Interrupted('nothing was signed');
}
