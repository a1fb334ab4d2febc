/** EIP-712 hashing of flat typed data: keccak256(0x19 0x01 || hash of the domain || hash of the message). */
import { keccak_256 } from '@noble/hashes/sha3.js';
import { concatBytes, hexToBytes, utf8ToBytes } from '@noble/hashes/utils.js';
import type { Hash } from '../hash.ts';
import type { TypedData, TypedField } from './typed-data.ts';

const WORD_BYTES = 32;
const PREFIX = Uint8Array.of(0x19, 0x01);

const hashOfText = (text: string): Hash => keccak_256(utf8ToBytes(text));

/** A value of 32 bytes; shorter ones are right-aligned, as Solidity's ABI pads integers and addresses. */
function wordOf(bytes: Uint8Array): Uint8Array {
  if (bytes.length > WORD_BYTES) throw new RangeError(`a word of ${bytes.length} bytes`);
  const word = new Uint8Array(WORD_BYTES);
  word.set(bytes, WORD_BYTES - bytes.length);
  return word;
}

const integerWord = (value: bigint): Uint8Array => wordOf(hexToBytes(value.toString(16).padStart(2 * WORD_BYTES, '0')));
const hexWord = (text: string): Uint8Array => wordOf(hexToBytes(text.slice(2)));

function fieldWord({ name, type }: TypedField, values: TypedData['domain']): Uint8Array {
  const value = values[name];
  if (value === undefined) throw new RangeError(`no value of ${name}`);
  if (type === 'string') return hashOfText(String(value));
  if (type === 'bytes32' || type === 'address') return hexWord(String(value));
  return integerWord(BigInt(value));
}

/** `hashStruct` of the EIP. */
function structHash(name: string, fields: readonly TypedField[], values: TypedData['domain']): Hash {
  const type = `${name}(${fields.map((field) => `${field.type} ${field.name}`).join(',')})`;
  return keccak_256(concatBytes(hashOfText(type), ...fields.map((field) => fieldWord(field, values))));
}

/** The 32 bytes that a key on the EVM chain signs. */
export function typedDigest({ types, primaryType, domain, message }: TypedData): Hash {
  const [domainType, type] = [types.EIP712Domain, types[primaryType]];
  if (!domainType || !type) throw new RangeError('typed data without the types that it names');
  return keccak_256(
    concatBytes(PREFIX, structHash('EIP712Domain', domainType, domain), structHash(primaryType, type, message)),
  );
}
