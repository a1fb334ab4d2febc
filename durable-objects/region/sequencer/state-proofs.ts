/** Proofs of the state after the last final block, from the stored tree. Whoever gets one trusts only seats and genesis. */
import { SYSTEM_ACCOUNT, SYSTEM_ACCOUNT_NAMES } from '../../../protocol/address.ts';
import { fail, ok, type Result } from '../../../protocol/errors.ts';
import { equalBytes } from '../../../protocol/hash.ts';
import { encodeAccount } from '../../../protocol/state/account.ts';
import { accountLeafKey } from '../../../protocol/state/leaves.ts';
import { encodeStateProof, encodeSupplyProof, type StateProof } from '../../../protocol/state/proof.ts';
import type { Network, RegionContext } from '../context.ts';
import type { CertifiedProof, StateValueProof, SystemAccountsProof } from '../rpc.ts';
import type { HeldReplica } from './held-replica.ts';
import { NoReplicaError } from './load-replica.ts';
import type { CertifiedBytes, Replica } from './replica.ts';
import { agrees, encodedValue, leafKeyOf, type StatePlace, type StateValue, valueHashOf } from './state-place.ts';

const SYSTEM_KEYS = SYSTEM_ACCOUNT_NAMES.map((name) => SYSTEM_ACCOUNT[name]);

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

/** Of a value of the state, or of its absence. */
export async function proveState(
  context: Pick<RegionContext, 'ledger'>,
  network: Network,
  held: HeldReplica,
  place: StatePlace,
): Promise<Result<StateValueProof>> {
  const leafKey = leafKeyOf(place);
  for (let tries = 0; tries < TRIES_MAX; tries++) {
    const found = await certifiedReplica(network, held);
    if (!found.ok) return found;
    const { replica, parentProof } = found.value;
    const proof = replica.prove(leafKey);
    const answer = certified(replica, parentProof, encodeStateProof(proof));
    const value = await valueAt(context, place);
    if (agrees(leafKey, value, proof.leaf, valueHashOf(value)))
      return ok({ ...answer, value: encodedValue(value) ?? null });
  }
  return fail('consensus_stalled', 'the ledger holds another value than the state root says');
}

async function valueAt({ ledger }: Pick<RegionContext, 'ledger'>, place: StatePlace): Promise<StateValue> {
  switch (place.kind) {
    case 'account':
      return { kind: 'account', value: await ledger.account(place.key) };
    case 'order':
      return { kind: 'order', value: await ledger.orderRecord(place.key) };
    case 'record':
      return { kind: 'record', value: await ledger.record({ kind: place.record, key: place.key }) };
  }
}

export async function proveSupply(network: Network, held: HeldReplica): Promise<Result<CertifiedProof>> {
  const found = await certifiedReplica(network, held);
  if (!found.ok) return found;
  const { replica, parentProof } = found.value;
  return ok(certified(replica, parentProof, encodeSupplyProof(replica.proveSupply())));
}

/** All of them under one header, which proofs that are asked for one by one need not be. */
export async function proveSystemAccounts(
  context: Pick<RegionContext, 'ledger'>,
  network: Network,
  held: HeldReplica,
): Promise<Result<SystemAccountsProof>> {
  for (let tries = 0; tries < TRIES_MAX; tries++) {
    const found = await certifiedReplica(network, held);
    if (!found.ok) return found;
    const { replica, parentProof } = found.value;
    const proofs = SYSTEM_KEYS.map((key) => replica.prove(accountLeafKey(key)));
    const answer = certified(replica, parentProof, encodeSupplyProof(replica.proveSupply()));
    const rows = await context.ledger.accounts(SYSTEM_KEYS);
    const accounts = SYSTEM_KEYS.flatMap((key, i) => {
      const value = rows.find((row) => equalBytes(row.key, key))?.value;
      const proof = proofs[i] as StateProof;
      const found: StateValue = { kind: 'account', value };
      const isShown = value && agrees(accountLeafKey(key), found, proof.leaf, valueHashOf(found));
      return isShown ? [{ leaf: encodeAccount(value), proof: encodeStateProof(proof) }] : [];
    });
    if (accounts.length === SYSTEM_KEYS.length) return ok({ ...answer, accounts });
  }
  return fail('consensus_stalled', 'the ledger holds another value than the state root says');
}
