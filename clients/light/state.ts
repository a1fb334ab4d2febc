/** What the state holds after a block, or does not hold: proofs against the state root of a final header. */
import { CodecError } from '../../protocol/codec.ts';
import type { Result } from '../../protocol/errors.ts';
import { equalBytes, type Hash } from '../../protocol/hash.ts';
import { decodeOrderRecord, type OrderRecord } from '../../protocol/order/record.ts';
import type { FinalHeader } from '../../protocol/proof/final-header.ts';
import { fail, ok } from '../../protocol/result.ts';
import { type Account, decodeAccount } from '../../protocol/state/account.ts';
import { accountLeafKey, leafValueHash, orderLeafKey, recordLeafKey } from '../../protocol/state/leaves.ts';
import {
  decodeStateProof,
  decodeSupplyProof,
  type KeyState,
  provenKey,
  provenSupply,
} from '../../protocol/state/proof.ts';
import type { RecordKind } from '../../protocol/state/record.ts';
import { SUPPLY_ZHI, type Zhi } from '../../protocol/units.ts';

const refuse = (why: string) => fail('state_proof_invalid', why);

/** What decoding gives, or the refusal of bytes that are not canonical. */
function decoded<T>(decode: (bytes: Uint8Array) => T, bytes: Uint8Array): Result<T> {
  try {
    return ok(decode(bytes));
  } catch (error) {
    if (error instanceof CodecError) return refuse(error.message);
    throw error;
  }
}

/**
 * `value`: the canonical bytes that the key is said to have; undefined where it is said to have none. `sumOf` is the balance
 * that the tree counts for them.
 */
function valueIn<T>(
  { header }: FinalHeader,
  leafKey: Hash,
  value: Uint8Array | undefined,
  proof: Uint8Array,
  decode: (bytes: Uint8Array) => T,
  sumOf: (value: T) => bigint,
): Result<T | undefined> {
  const path = decoded(decodeStateProof, proof);
  if (!path.ok) return path;
  const shown = provenKey(path.value, leafKey, { hash: header.stateRoot, sum: header.supplyZhi });
  if (!shown) return refuse('not of this state root and key');
  if (shown.kind === 'absent') return value === undefined ? ok(undefined) : refuse('the key has no value');
  if (value === undefined) return refuse('the key has a value');
  return shownValue(shown, value, decode, sumOf);
}

function shownValue<T>(
  shown: Extract<KeyState, { kind: 'present' }>,
  value: Uint8Array,
  decode: (bytes: Uint8Array) => T,
  sumOf: (value: T) => bigint,
): Result<T> {
  if (!equalBytes(leafValueHash(value), shown.valueHash)) return refuse('the key has another value');
  const made = decoded(decode, value);
  if (!made.ok) return made;
  return sumOf(made.value) === shown.sum ? made : refuse('the tree counts another balance');
}

/** Orders and records carry no money. */
const noMoney = () => 0n;

/** `key`: the account's 32 bytes; `value`: canonical bytes of what it is said to hold. */
export const accountIn = (
  final: FinalHeader,
  key: Uint8Array,
  value: Uint8Array | undefined,
  proof: Uint8Array,
): Result<Account | undefined> =>
  valueIn(final, accountLeafKey(key), value, proof, decodeAccount, ({ balanceZhi }) => balanceZhi);

export const orderIn = (
  final: FinalHeader,
  id: Uint8Array,
  value: Uint8Array | undefined,
  proof: Uint8Array,
): Result<OrderRecord | undefined> => valueIn(final, orderLeafKey(id), value, proof, decodeOrderRecord, noMoney);

/** The value is left in its bytes: each kind has a codec of its own below protocol/record/. */
export const recordIn = (
  final: FinalHeader,
  { kind, key }: { readonly kind: RecordKind; readonly key: Uint8Array },
  value: Uint8Array | undefined,
  proof: Uint8Array,
): Result<Uint8Array | undefined> => valueIn(final, recordLeafKey(kind, key), value, proof, (bytes) => bytes, noMoney);

export function supplyIn({ header }: FinalHeader, proof: Uint8Array): Result<Zhi> {
  const root = decoded(decodeSupplyProof, proof);
  if (!root.ok) return root;
  const sum = provenSupply(root.value, header.stateRoot);
  if (sum === undefined) return refuse('not of this state root');
  if (sum !== header.supplyZhi) return refuse('the header states another supply');
  return sum === SUPPLY_ZHI ? ok(SUPPLY_ZHI) : refuse('another supply than 10^18 zhi');
}
