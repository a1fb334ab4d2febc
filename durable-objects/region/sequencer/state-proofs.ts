/** Proofs of the state after the last final block, from the stored tree. Whoever gets one trusts only seats and genesis. */
import { fail, ok, type Result } from '../../../protocol/errors.ts';
import { type Account, encodeAccount } from '../../../protocol/state/account.ts';
import { accountLeafKey } from '../../../protocol/state/leaves.ts';
import { encodeStateProof, encodeSupplyProof } from '../../../protocol/state/proof.ts';
import type { Network, RegionContext } from '../context.ts';
import type { AccountProof, CertifiedProof } from '../rpc.ts';
import type { HeldReplica } from './held-replica.ts';
import { NoReplicaError } from './load-replica.ts';
import type { CertifiedBytes, Replica } from './replica.ts';
import { agrees } from './state-place.ts';

/** A block may land between the proof and the value: then both are taken anew. */
const TRIES_MAX = 5;

const noBlock = () => fail('not_found', 'no block is final yet: the genesis is the state');

const certified = (replica: Replica, proof: CertifiedBytes, bytes: Uint8Array): CertifiedProof => ({
  ...proof,
  height: replica.parent.height,
  proof: bytes,
});

/** The replica on a final block, with that block's certificate. */
async function certifiedReplica(
  network: Network,
  held: HeldReplica,
): Promise<Result<{ replica: Replica; parentProof: CertifiedBytes }>> {
  try {
    const replica = await held.get(network);
    const { parentProof } = replica;
    return parentProof ? ok({ replica, parentProof }) : noBlock();
  } catch (error) {
    if (error instanceof NoReplicaError) return fail('consensus_stalled', error.message);
    throw error;
  }
}

export async function proveAccount(
  context: Pick<RegionContext, 'ledger'>,
  network: Network,
  held: HeldReplica,
  key: Uint8Array,
): Promise<Result<AccountProof>> {
  const leafKey = accountLeafKey(key);
  for (let tries = 0; tries < TRIES_MAX; tries++) {
    const found = await certifiedReplica(network, held);
    if (!found.ok) return found;
    const { replica, parentProof } = found.value;
    const proof = replica.prove(leafKey);
    const answer = certified(replica, parentProof, encodeStateProof(proof));
    const value: Account | undefined = await context.ledger.account(key);
    if (agrees(leafKey, { kind: 'account', value }, proof.leaf)) {
      return ok({ ...answer, leaf: value ? encodeAccount(value) : null });
    }
  }
  return fail('consensus_stalled', 'the ledger holds another value than the state root says');
}

export async function proveSupply(network: Network, held: HeldReplica): Promise<Result<CertifiedProof>> {
  const found = await certifiedReplica(network, held);
  if (!found.ok) return found;
  const { replica, parentProof } = found.value;
  return ok(certified(replica, parentProof, encodeSupplyProof(replica.proveSupply())));
}
