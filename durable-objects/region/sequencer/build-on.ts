/** Builds a block on the replica: fetches what the candidates name, and then whatever else their rules turned out to read. */

import { SYSTEM_ACCOUNT } from '../../../protocol/address.ts';
import { type BuildInput, type BuiltBlock, buildBlock } from '../../../protocol/block/build.ts';
import { CodecError } from '../../../protocol/codec.ts';
import { ordersNamedBy } from '../../../protocol/events.ts';
import type { Hash } from '../../../protocol/hash.ts';
import { parseTransaction, type Transaction, transactionHash } from '../../../protocol/tx/envelope.ts';
import { decodeTransfer } from '../../../protocol/tx/transfer.ts';
import { txTypeName } from '../../../protocol/tx/types.ts';
import type { Replica } from './replica.ts';
import { accountPlace, orderPlace, type StatePlace } from './state-place.ts';

/**
 * A rule reads what it was told to, then what that names: an order's model, the model's owner. The longest such chain has some
 * five links; a block whose reads do not end within so many rounds is not built.
 */
const ROUNDS_MAX = 16;

const SYSTEM_PLACES = Object.values(SYSTEM_ACCOUNT).map(accountPlace);

/** What a transaction names in the open: most rules read no more, and the block is built at the first try. */
function placesNamed(bytes: Uint8Array, genesisHash: Hash): StatePlace[] {
  const parsed = parseTransaction(bytes, genesisHash);
  if (!parsed.ok) return [];
  return [accountPlace(parsed.value.sender), ...placesInBody(parsed.value, bytes)];
}

function placesInBody(tx: Transaction, bytes: Uint8Array): StatePlace[] {
  try {
    if (txTypeName(tx.type) === 'transfer') return [accountPlace(decodeTransfer(tx.body).to)];
    return ordersNamedBy(tx, transactionHash(bytes)).map(orderPlace);
  } catch (error) {
    if (error instanceof CodecError) return [];
    throw error;
  }
}

export async function buildOn(
  replica: Replica,
  input: Omit<BuildInput, 'state' | 'tree' | 'parent'>,
): Promise<BuiltBlock | undefined> {
  replica.begin();
  const named = input.candidates.flatMap(({ bytes }) => placesNamed(bytes, input.genesisHash));
  await replica.prefetch([...SYSTEM_PLACES, ...named]);
  for (let round = 0; round < ROUNDS_MAX; round++) {
    const tried = tryBuild(replica, input);
    if (tried.missing.length === 0) return tried.built;
    await replica.prefetch(tried.missing);
  }
  throw new Error(`the candidates read ever more of the state: ${ROUNDS_MAX} rounds`);
}

/** A block that was built over absences that are none is thrown away, as is what went wrong because of them. */
function tryBuild(
  replica: Replica,
  input: Omit<BuildInput, 'state' | 'tree' | 'parent'>,
): { readonly built: BuiltBlock | undefined; readonly missing: StatePlace[] } {
  try {
    const built = buildBlock({
      ...input,
      parent: replica.parent,
      state: replica,
      // Asked for once the transactions were applied: what they read is then in it.
      get tree() {
        return replica.tree;
      },
    });
    return { built, missing: replica.takeMissing() };
  } catch (error) {
    const missing = replica.takeMissing();
    if (missing.length === 0) throw error;
    return { built: undefined, missing };
  }
}
