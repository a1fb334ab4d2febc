/**
 * The two messages of the swap as EIP-712 typed data (https://eips.ethereum.org/EIPS/eip-712): what a wallet shows and signs, as
 * `eth_signTypedData_v4` takes it. swap/eip712.ts hashes this very object.
 *
 * Both name the HAI network by the hash of its genesis: a signature for one network says nothing on another of the same token.
 */
import { addressOf } from '../address.ts';
import type { Hash } from '../hash.ts';
import { regionOf } from '../regions.ts';
import type { Zhi } from '../units.ts';
import { zhiToWei } from './amount.ts';
import type { ClaimStatement } from './claim-statement.ts';
import { evmHex } from './evm-hex.ts';

/** Of the types that EIP-712 knows, those that are used here. */
export type TypedFieldType = 'string' | 'uint256' | 'uint64' | 'bytes32' | 'address';

export interface TypedField {
  readonly name: string;
  readonly type: TypedFieldType;
}

/** Flat: no field is a struct. */
export interface TypedData {
  readonly types: Readonly<Record<string, readonly TypedField[]>>;
  readonly primaryType: string;
  readonly domain: Readonly<Record<string, string | number>>;
  /** Text as it is; integers as decimal strings; bytes and addresses as 0x and lower-case hex. */
  readonly message: Readonly<Record<string, string>>;
}

const DOMAIN_TYPE: readonly TypedField[] = [
  { name: 'name', type: 'string' },
  { name: 'version', type: 'string' },
  { name: 'chainId', type: 'uint256' },
  { name: 'verifyingContract', type: 'address' },
];

/** Address and region as words: whoever signs in a wallet can read where the money goes. */
const CLAIM_TYPE: readonly TypedField[] = [
  { name: 'network', type: 'bytes32' },
  { name: 'set', type: 'bytes32' },
  { name: 'index', type: 'uint256' },
  { name: 'amount', type: 'uint256' },
  { name: 'recipient', type: 'string' },
  { name: 'homeRegion', type: 'string' },
];

const RELEASE_TYPE: readonly TypedField[] = [
  { name: 'network', type: 'bytes32' },
  { name: 'sequence', type: 'uint64' },
  { name: 'to', type: 'address' },
  { name: 'amount', type: 'uint256' },
];

export interface TokenPlace {
  readonly evmChainId: bigint;
  /** 20 bytes. */
  readonly token: Uint8Array;
}

/** Wallets compare a number with the chain that they are on; one that JSON can't hold is written out. */
const chainIdOf = (evmChainId: bigint): string | number =>
  evmChainId <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(evmChainId) : evmChainId.toString();

const domainOf = ({ evmChainId, token }: TokenPlace): TypedData['domain'] => ({
  name: 'HAI Chain',
  version: '1',
  chainId: chainIdOf(evmChainId),
  verifyingContract: evmHex(token),
});

/** What the holder of a record signs. */
export function claimTypedData(statement: ClaimStatement): TypedData {
  return {
    types: { EIP712Domain: DOMAIN_TYPE, Claim: CLAIM_TYPE },
    primaryType: 'Claim',
    domain: domainOf(statement),
    message: {
      network: evmHex(statement.network),
      set: evmHex(statement.set),
      index: statement.index.toString(),
      amount: zhiToWei(statement.amountZhi).toString(),
      recipient: addressOf(statement.recipient),
      homeRegion: regionOf(statement.homeRegion),
    },
  };
}

export interface Release extends TokenPlace {
  /** Hash of the genesis. */
  readonly network: Hash;
  readonly sequence: bigint;
  readonly to: Uint8Array;
  readonly amountZhi: Zhi;
}

/** What the token contract's releasers sign of a swap out, and what the contract checks. */
export function releaseTypedData({ network, sequence, to, amountZhi, ...place }: Release): TypedData {
  return {
    types: { EIP712Domain: DOMAIN_TYPE, Release: RELEASE_TYPE },
    primaryType: 'Release',
    domain: domainOf(place),
    message: {
      network: evmHex(network),
      sequence: sequence.toString(),
      to: evmHex(to),
      amount: zhiToWei(amountZhi).toString(),
    },
  };
}
