/**
 * Records: everything that the state holds beside accounts and orders. A record has a kind, a key of 32 bytes and a value in
 * the canonical bytes of its kind; it carries no money, which is in the accounts. None is ever deleted: one that is over says so.
 */
import { concatBytes } from '@noble/hashes/utils.js';
import { type Codec, decode, encode } from '../codec.ts';
import { type Hash, taggedHash } from '../hash.ts';

/** The number of a kind, which keys and rows carry, is its place here, for ever: new kinds go to the end. */
export const RECORD_KINDS = [
  'batch',
  'reservation',
  'bond',
  'tally',
  'epoch',
  'allowance',
  'dataset',
  'grant',
  'model',
  'junkFlag',
  'commitments',
  'parameter',
  'proposal',
  'ballot',
  'swapSet',
  'swapClaim',
  'swapOut',
  'endpoint',
] as const;
export type RecordKind = (typeof RECORD_KINDS)[number];

/** The longest, the frontier of the commitment tree, has 32 hashes and a count. */
export const RECORD_BYTES_MAX = 2048;

export const recordKindNumber = (kind: RecordKind): number => RECORD_KINDS.indexOf(kind);

export function recordKindOf(number: number): RecordKind {
  const kind = RECORD_KINDS[number];
  if (kind === undefined) throw new RangeError(`no record kind ${number}`);
  return kind;
}

export interface RecordPlace {
  readonly kind: RecordKind;
  readonly key: Uint8Array;
}

export interface RecordView {
  record(kind: RecordKind, key: Uint8Array): Uint8Array | undefined;
}

interface RecordWriter extends RecordView {
  setRecord(kind: RecordKind, key: Uint8Array, value: Uint8Array): void;
}

/** A kind with the type of its values. */
export interface RecordTable<T> {
  read(state: RecordView, key: Uint8Array): T | undefined;
  write(state: RecordWriter, key: Uint8Array, value: T): void;
}

export function recordTable<T>(kind: RecordKind, codec: Codec<T>): RecordTable<T> {
  return {
    read(state, key) {
      const bytes = state.record(kind, key);
      return bytes && decode(codec, bytes);
    },
    write(state, key, value) {
      // The witness of a block covers what was read, and has to cover what is written.
      state.record(kind, key);
      state.setRecord(kind, key, encode(codec, value));
    },
  };
}

/** Key of a record about two keys of 32 bytes, in this order. */
export const pairKey = (kind: RecordKind, first: Uint8Array, second: Uint8Array): Hash =>
  taggedHash('HAI/record-pair/1', concatBytes(Uint8Array.of(recordKindNumber(kind)), first, second));

/** Key of the one record of a kind that has only one. */
export const ONLY_KEY: Hash = new Uint8Array(32);
