/** Signed transfers of an Ethereum chain: the yellow paper's RLP (appendix B), and EIP-155 signatures. */
import { secp256k1 } from '@noble/curves/secp256k1.js';
import { keccak_256 } from '@noble/hashes/sha3.js';
import { bytesToHex, concatBytes, hexToBytes } from '@noble/hashes/utils.js';

type Rlp = Uint8Array | readonly Rlp[];

/** Big-endian without leading zeros; nothing for 0. */
function quantity(value: bigint): Uint8Array {
  if (value === 0n) return new Uint8Array(0);
  const hex = value.toString(16);
  return hexToBytes(hex.length % 2 === 0 ? hex : `0${hex}`);
}

function prefixed(short: number, content: Uint8Array): Uint8Array {
  if (content.length <= 55) return concatBytes(Uint8Array.of(short + content.length), content);
  const length = quantity(BigInt(content.length));
  return concatBytes(Uint8Array.of(short + 55 + length.length), length, content);
}

function rlp(item: Rlp): Uint8Array {
  if (!(item instanceof Uint8Array)) return prefixed(0xc0, concatBytes(...item.map(rlp)));
  return item.length === 1 && (item[0] as number) < 0x80 ? item : prefixed(0x80, item);
}

export interface EthereumAccount {
  readonly secret: Uint8Array;
  readonly address: Uint8Array;
}

export function ethereumAccount(secret: Uint8Array): EthereumAccount {
  const publicKey = secp256k1.getPublicKey(secret, false).subarray(1);
  return { secret, address: keccak_256(publicKey).subarray(12) };
}

const GAS_PRICE = 20_000_000_000n;
const TRANSFER_GAS = 21_000n;

/** Hex with 0x, as eth_sendRawTransaction takes it. */
export function signedTransfer(by: EthereumAccount, chainId: bigint, nonce: bigint, to: Uint8Array): string {
  const fields = [quantity(nonce), quantity(GAS_PRICE), quantity(TRANSFER_GAS), to, quantity(1n), new Uint8Array(0)];
  const digest = keccak_256(rlp([...fields, quantity(chainId), new Uint8Array(0), new Uint8Array(0)]));
  const signature = secp256k1.sign(digest, by.secret, { prehash: false, format: 'recovered' });
  const [recovery, r, s] = [signature[0] as number, signature.subarray(1, 33), signature.subarray(33)];
  const number = (bytes: Uint8Array) => quantity(BigInt(`0x${bytesToHex(bytes)}`));
  const v = quantity(chainId * 2n + 35n + BigInt(recovery));
  return `0x${bytesToHex(rlp([...fields, v, number(r), number(s)]))}`;
}
