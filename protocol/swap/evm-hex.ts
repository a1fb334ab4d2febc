/** Bytes as the EVM chain's tools write them. Of an address: lower case, which has no checksum (see evm-address.ts). */
import { bytesToHex } from '@noble/hashes/utils.js';

export const evmHex = (bytes: Uint8Array): string => `0x${bytesToHex(bytes)}`;
