/**
 * What a region's object does with the keys that it holds: its provider's, its seats' and the webhooks'. As region.ts, which extends
 * it, this only routes.
 */
import type { Result } from '../../protocol/errors.ts';
import type { Acceptance } from '../../protocol/tx/order-match.ts';
import type { ProviderClaim } from '../../protocol/tx/work-proof.ts';
import { approvalsOf } from './approve.ts';
import type { RegionPublicKeys } from './keyring.ts';
import type { Accepted, CertifiedHeader, Proposal, SeatVote } from './peer.ts';
import { localProvider, setLies } from './provider.ts';
import { RegionSearch } from './region-search.ts';
import type { SeatApproval } from './rpc.ts';
import { shownProposal } from './shown-proposals.ts';
import { vote } from './vote.ts';

export abstract class RegionKeys extends RegionSearch {
  async publicKeys(seats: number): Promise<RegionPublicKeys> {
    return this.context.keyring.publicKeys(seats);
  }

  acceptOrder(acceptance: Acceptance, sealed: Uint8Array, demander: Uint8Array): Promise<Result<Accepted>> {
    return localProvider(this.context).acceptOrder(acceptance, sealed, demander);
  }

  contentKey(sealed: Uint8Array, demander: Uint8Array): Promise<Uint8Array | null> {
    return localProvider(this.context).contentKey(sealed, demander);
  }

  signClaim(claim: ProviderClaim): Promise<Uint8Array> {
    return localProvider(this.context).signClaim(claim);
  }

  async vote(proposal: Proposal, parent: CertifiedHeader | null): Promise<Result<SeatVote[]>> {
    return vote(this.context, await this.context.network(), proposal, parent);
  }

  async voteShown(name: string, parent: CertifiedHeader | null): Promise<Result<SeatVote[]> | undefined> {
    const proposal = shownProposal(name);
    return proposal && this.vote(proposal, parent);
  }

  async clock(): Promise<number> {
    return Date.now();
  }

  async approve(proposal: Uint8Array): Promise<SeatApproval[]> {
    return approvalsOf(this.context, await this.context.network(), proposal);
  }

  async webhookSeed(): Promise<Uint8Array> {
    return this.context.keyring.webhookSeed();
  }

  async setLies(times: number): Promise<void> {
    if (this.context.isDevelopment) setLies(this.context, times);
  }
}
