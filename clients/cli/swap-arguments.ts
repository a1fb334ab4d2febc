/** What `hai swap` is given: addresses and signatures of the EVM chain, and files of records. */
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js';
import { InvalidArgumentError } from 'commander';
import { REGIONS, type Region } from '../../protocol/regions.ts';
import { parseEvmAddress } from '../../protocol/swap/evm-address.ts';
import { EVM_SIGNATURE_BYTES } from '../../protocol/swap/verify.ts';
import { type PlacedRecord, parseSwapRecord } from '../sdk/swap-record.ts';
import { Refusal, UsageError } from './exit-codes.ts';

export function evmAddress(text: string): Uint8Array {
  const address = parseEvmAddress(text);
  if (!address) throw new InvalidArgumentError('Not an address (0x and 40 hex digits), or its checksum is wrong.');
  return address;
}

/** Some wallets write v as 0 or 1; the chain knows 27 and 28 alone. */
export function evmSignature(text: string): Uint8Array {
  if (!/^0x[0-9a-fA-F]{130}$/.test(text))
    throw new InvalidArgumentError(`Not a signature of ${EVM_SIGNATURE_BYTES} bytes (0x and 130 hex digits).`);
  const signature = hexToBytes(text.slice(2).toLowerCase());
  const v = signature[EVM_SIGNATURE_BYTES - 1] as number;
  if (v < 2) signature[EVM_SIGNATURE_BYTES - 1] = 27 + v;
  return signature;
}

export function region(text: string): Region {
  const found = REGIONS.find((one) => one === text);
  if (!found) throw new InvalidArgumentError(`One of ${REGIONS.join(', ')}.`);
  return found;
}

export function sequenceNumber(text: string): bigint {
  const value = /^(0|[1-9][0-9]{0,19})$/.test(text) ? BigInt(text) : -1n;
  if (value < 0n || value >> 64n !== 0n) throw new InvalidArgumentError('Not a number below 2^64.');
  return value;
}

const MATCHES_MAX = 2;

/** The lines that may be of this holder, at most two: a file of a whole snapshot has too many to keep. */
async function linesOf(path: string, holder: Uint8Array | undefined): Promise<string[]> {
  const wanted = holder === undefined ? '' : bytesToHex(holder);
  const found: string[] = [];
  const lines = createInterface({ input: createReadStream(path, 'utf8') });
  try {
    for await (const line of lines) {
      if (line.trim() !== '' && line.toLowerCase().includes(wanted)) found.push(line);
      if (found.length >= MATCHES_MAX) break;
    }
  } catch (cause) {
    throw new Refusal(`${path} can not be read: ${(cause as NodeJS.ErrnoException).code ?? (cause as Error).message}`);
  }
  return found;
}

/** The one record of the file, or the holder's; in its set, by its path. */
export async function recordIn(path: string, holder: Uint8Array | undefined): Promise<PlacedRecord> {
  const [line, another] = await linesOf(path, holder);
  if (line === undefined) throw new Refusal(`${path} has no record${holder ? ' of this holder' : ''}`);
  if (another !== undefined)
    throw new UsageError(
      holder
        ? `${path} has several records of this holder; keep one of its lines in a file of its own`
        : `${path} has several records: say whose with --holder 0x…`,
    );
  const record = parseSwapRecord(line);
  if (!record.ok) throw Refusal.of(record);
  return record.value;
}
