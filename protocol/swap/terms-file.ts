/** The token that is taken over, as the genesis file names it. */
import { hexToBytes } from '@noble/hashes/utils.js';
import type { SwapTerms } from '../genesis.ts';
import { equalBytes, type Hash } from '../hash.ts';
import { parseHaiAmount } from '../money/quantity.ts';
import type { FileValue } from '../strict-json.ts';
import type { Zhi } from '../units.ts';
import { EVM_ADDRESS_BYTES, parseEvmAddress } from './evm-address.ts';
import { rootOfParts, SET_RECORDS_MAX, type SetParts, setPartsFault } from './set-parts.ts';

/** No token is taken over. */
const NO_SWAP: SwapTerms = { evmChainId: 0n, token: new Uint8Array(EVM_ADDRESS_BYTES), snapshot: undefined };

const hash = (text: string): Hash | undefined => (/^[0-9a-f]{64}$/.test(text) ? hexToBytes(text) : undefined);

const chainId = (text: string): bigint | undefined => {
  const id = /^[1-9]\d{0,19}$/.test(text) ? BigInt(text) : 0n;
  return id > 0n && id >> 64n === 0n ? id : undefined;
};

function tokenOf(value: FileValue): Uint8Array {
  const token = value.text(
    'the address of a contract (0x and 40 digits; in mixed case with its checksum)',
    parseEvmAddress,
  );
  return token.some((byte) => byte !== 0) ? token : value.fault('is the zero address, which is no contract');
}

/** As `hai swap snapshot` prints it. The root follows from the rest, and shows a mistake in any of it. */
function snapshotOf(value: FileValue, fundZhi: Zhi): SetParts | undefined {
  if (value.isNull) return undefined;
  const { root, records, total, merkleRoot } = value.fields(['root', 'records', 'total', 'merkleRoot']);
  const what = 'a hash of 64 lower-case hex digits';
  const parts: SetParts = {
    records: records.integer(1, SET_RECORDS_MAX),
    totalZhi: total.text('an amount, like "36 HAI"', parseHaiAmount),
    merkleRoot: merkleRoot.text(what, hash),
  };
  const fault = setPartsFault(parts);
  if (fault) value.fault(`is no set: ${fault}`);
  if (!equalBytes(root.text(what, hash), rootOfParts(parts))) root.fault('is not the root of the rest');
  if (parts.totalZhi > fundZhi) total.fault('is more than the swap account is allocated');
  return parts;
}

/** `fundZhi`: what the swap account is allocated. Throws FileFault. */
export function swapTermsIn(value: FileValue, fundZhi: Zhi): SwapTerms {
  if (value.isNull) return NO_SWAP;
  const fields = value.fields(['evmChainId', 'token', 'snapshot']);
  return {
    evmChainId: fields.evmChainId.text('the number of an EVM chain, as text', chainId),
    token: tokenOf(fields.token),
    snapshot: snapshotOf(fields.snapshot, fundZhi),
  };
}
