/** What of a genesis a receipt is held against, by docs/receipt-format.md. */
import { type Cursor, tagged } from './bytes.ts';

export interface Roles {
  readonly region: number;
  readonly searcher: Buffer;
  readonly checker: Buffer;
}

export interface Provider {
  readonly key: Buffer;
  readonly region: number;
  readonly ask: bigint;
  readonly rate: bigint;
}

export interface Genesis {
  readonly hash: Buffer;
  readonly network: string;
  readonly mode: 'hosted' | 'quorum';
  readonly seats: readonly Buffer[];
  readonly seatsRoot: Buffer;
  readonly regions: readonly Roles[];
  readonly providers: readonly Provider[];
  readonly providersRoot: Buffer;
}

/** `bytes` have been held against their pinned hash; what comes after the providers is not looked at. */
export function readGenesis(bytes: Buffer, hash: Buffer, cursor: Cursor): Genesis {
  cursor.u8();
  const network = cursor.bytes(64).toString('utf8');
  cursor.u8();
  const mode = cursor.choice(2) === 0 ? 'hosted' : 'quorum';
  cursor.u64();
  cursor.u8();
  cursor.u64();
  cursor.u64();
  cursor.u64();
  cursor.list(4, () => {
    cursor.u8();
    cursor.hash();
    cursor.u16();
    cursor.u32();
    cursor.u8();
  });
  const from = cursor.at;
  const seats = cursor.list(13, () => {
    const key = cursor.hash();
    cursor.u8();
    return key;
  });
  const seatsRoot = tagged('HAI/seats/1', bytes.subarray(from, cursor.at));
  const regions = cursor.list(9, () => {
    const roles = { region: cursor.u8(), searcher: cursor.hash(), checker: cursor.hash() };
    cursor.hash();
    return roles;
  });
  const providersFrom = cursor.at;
  const providers = cursor.list(64, () => {
    const key = cursor.hash();
    cursor.hash();
    return { key, region: cursor.u8(), ask: cursor.u64(), rate: cursor.u64() };
  });
  const providersRoot = tagged('HAI/resources/1', bytes.subarray(providersFrom, cursor.at));
  return { hash, network, mode, seats, seatsRoot, regions, providers, providersRoot };
}
