/** Builds a block on the replica: fetches what the candidates name, and then whatever else their rules turned out to read. */

import { SYSTEM_ACCOUNT } from '../../../protocol/address.ts';
import { type BuildInput, type BuiltBlock, buildBlock, type Candidate } from '../../../protocol/block/build.ts';
import { CodecError } from '../../../protocol/codec.ts';
import { ordersNamedBy } from '../../../protocol/events.ts';
import type { Hash } from '../../../protocol/hash.ts';
import { allowancePlace } from '../../../protocol/record/allowance.ts';
import { parametersPlace } from '../../../protocol/record/parameter.ts';
import { totalsPlace } from '../../../protocol/record/swap.ts';
import type { Transaction } from '../../../protocol/tx/envelope.ts';
import { decodeOrderOpenFor } from '../../../protocol/tx/order-open-for.ts';
import { decodeSwapIn, swapInPlaces } from '../../../protocol/tx/swap-in.ts';
import { decodeTransfer } from '../../../protocol/tx/transfer.ts';
import { txTypeName } from '../../../protocol/tx/types.ts';
import type { Replica } from './replica.ts';
import { accountPlace, orderPlace, recordPlace, type StatePlace } from './state-place.ts';

/**
 * A rule reads what it was told to, then what that names: an order's model, the model's owner. The longest such chain of one
 * transaction has some five links, and each round fetches at least one of the first transaction that lacks any.
 */
const ROUNDS_PER_TRANSACTION_MAX = 16;

/** What nearly every block reads, its parameters among them. */
const SYSTEM_PLACES = [
  ...Object.values(SYSTEM_ACCOUNT).map(accountPlace),
  recordPlace(parametersPlace.kind, parametersPlace.key),
];

/** What a transaction names in the open: most rules read no more, and the block is built at the first try. */
function placesNamed({ parsed, hash }: Candidate): StatePlace[] {
  if (!parsed.ok) return [];
  return [accountPlace(parsed.value.sender), ...placesInBody(parsed.value, hash)];
}

function placesInBody(tx: Transaction, hash: Hash): StatePlace[] {
  try {
    const name = txTypeName(tx.type);
    if (name === 'transfer') return [accountPlace(decodeTransfer(tx.body).to)];
    if (name === 'swapIn' || name === 'swapOut') return swapPlaces(name, tx);
    const orders = ordersNamedBy(tx, hash).map(orderPlace);
    return name === 'orderOpenFor' ? [...orders, ...sponsorPlaces(tx)] : orders;
  } catch (error) {
    if (error instanceof CodecError) return [];
    throw error;
  }
}

/** The place of a swap out follows from how many there were: that takes another round. */
function swapPlaces(name: 'swapIn' | 'swapOut', { body }: Transaction): StatePlace[] {
  const claim = name === 'swapIn' ? decodeSwapIn(body) : undefined;
  const records = [totalsPlace, ...(claim ? swapInPlaces(claim) : [])].map(({ kind, key }) => recordPlace(kind, key));
  return claim ? [...records, accountPlace(claim.recipient)] : records;
}

/** Without them the transaction is refused before its nonce is used, and those behind it of the same sender read nothing. */
function sponsorPlaces({ body, sender }: Transaction): StatePlace[] {
  const { payer } = decodeOrderOpenFor(body);
  const { kind, key } = allowancePlace(payer, sender);
  return [accountPlace(payer), recordPlace(kind, key)];
}

/**
 * Transactions that are paid for by what the one before them brings each read only once that one was applied: a round each. So
 * that such a chain, made on purpose, holds up no block, `some` takes the first half of the candidates whenever this many rounds
 * have not ended it; the rest waits for the next block. `all` is for a block that is to be executed again as it is.
 */
export async function buildOn(
  replica: Replica,
  input: Omit<BuildInput, 'state' | 'tree' | 'parent'>,
  take: 'all' | 'some' = 'all',
): Promise<BuiltBlock | undefined> {
  replica.begin();
  const named = input.candidates.flatMap(placesNamed);
  await replica.prefetch([...SYSTEM_PLACES, ...named]);
  const roundsMax = ROUNDS_PER_TRANSACTION_MAX * Math.max(1, input.candidates.length);
  let { candidates } = input;
  for (let round = 1; round <= roundsMax; round++) {
    const tried = tryBuild(replica, { ...input, candidates });
    if (tried.missing.length === 0) return tried.built;
    await replica.prefetch(tried.missing);
    const isLong = round % ROUNDS_PER_TRANSACTION_MAX === 0;
    if (take === 'some' && isLong) candidates = candidates.slice(0, Math.ceil(candidates.length / 2));
  }
  throw new Error(`the candidates read ever more of the state: ${roundsMax} rounds`);
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
