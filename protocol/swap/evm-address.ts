/** Addresses on the EVM chain: the last 20 bytes of the keccak256 of a key; in text with the checksum of EIP-55. */
import { keccak_256 } from '@noble/hashes/sha3.js';
import { bytesToHex, hexToBytes, utf8ToBytes } from '@noble/hashes/utils.js';

export const EVM_ADDRESS_BYTES = 20;

/** Of an uncompressed key without its first byte (0x04): 64 bytes. */
export const evmAddressOf = (xy: Uint8Array): Uint8Array => keccak_256(xy).slice(-EVM_ADDRESS_BYTES);

/** EIP-55: a letter is in upper case where its digit of keccak256(hex) is 8 or more. */
export function formatEvmAddress(address: Uint8Array): string {
  const hex = bytesToHex(address);
  const digits = bytesToHex(keccak_256(utf8ToBytes(hex)));
  const cased = [...hex].map((digit, i) => (Number.parseInt(digits.charAt(i), 16) >= 8 ? digit.toUpperCase() : digit));
  return `0x${cased.join('')}`;
}

/**
 * 20 bytes, or undefined. In one case throughout it is taken without a checksum, as EIP-55 has it; in mixed case the checksum must
 * hold, so that a mistyped digit is noticed.
 */
export function parseEvmAddress(text: string): Uint8Array | undefined {
  if (!/^0x[0-9a-fA-F]{40}$/.test(text)) return undefined;
  const digits = text.slice(2);
  const address = hexToBytes(digits.toLowerCase());
  const isOneCase = digits === digits.toLowerCase() || digits === digits.toUpperCase();
  return isOneCase || formatEvmAddress(address) === text ? address : undefined;
}
