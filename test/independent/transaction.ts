/** The transactions of a receipt, by docs/receipt-format.md. */
import { type Cursor, demand, readAll, refuse, tagBytes, tagged } from './bytes.ts';
import { isSigned } from './ed25519.ts';
import type { Genesis } from './genesis.ts';
import type { Search, Training } from './price.ts';

export type Work =
  | { kind: 'train'; training: Training; results: 1 }
  | { kind: 'search'; search: Search; results: 1 }
  | { kind: 'predict' | 'predictTable'; results: number };

export interface Opening {
  readonly type: 'opening';
  readonly payer: Buffer | undefined;
  readonly work: Work;
  readonly priceLimit: bigint;
  /** Undefined for `auto`. */
  readonly window: bigint | undefined;
  readonly region: number;
}
export interface Match {
  readonly order: Buffer;
  readonly attempt: number;
  readonly provider: Buffer;
  readonly cycles: bigint;
  readonly price: bigint;
  readonly ms: bigint;
}
export interface Proof {
  readonly order: Buffer;
  readonly attempt: number;
  readonly provider: Buffer;
  readonly chunks: number;
  readonly cycles: bigint;
  readonly logHead: Buffer;
  readonly results: number;
  readonly root: Buffer;
}
export interface Verdict {
  readonly order: Buffer;
  readonly attempt: number;
  readonly passed: boolean;
  readonly method: string;
  readonly root: Buffer;
}
export interface Settlement {
  readonly order: Buffer;
  readonly results: number;
  readonly root: Buffer;
  readonly cycles: bigint;
  readonly price: bigint;
}
export type Body =
  | Opening
  | { readonly type: 'match'; readonly entries: readonly Match[] }
  | { readonly type: 'proof'; readonly entries: readonly Proof[] }
  | { readonly type: 'verdict'; readonly entries: readonly Verdict[] }
  | { readonly type: 'confirmation'; readonly order: Buffer; readonly root: Buffer }
  | { readonly type: 'settlement'; readonly entries: readonly Settlement[] }
  | { readonly type: 'batch'; readonly orders: readonly Buffer[] };

export interface Transaction {
  readonly hash: Buffer;
  readonly sender: Buffer;
  readonly nonce: bigint;
  readonly body: Body;
}

interface Inner {
  readonly key: Buffer;
  readonly tag: string;
  readonly bytes: Buffer;
  readonly signature: Buffer;
}

function readWork(cursor: Cursor): Work {
  const choice = cursor.choice(4);
  if (choice === 2) return { kind: 'search', search: readSearch(cursor), results: 1 };
  if (choice !== 0) {
    const rows = cursor.u32();
    cursor.hash();
    return { kind: choice === 1 ? 'predict' : 'predictTable', results: rows };
  }
  const rows = cursor.u32();
  const [features, hidden, classes, epochs, batch] = [1, 2, 3, 4, 5].map(() => cursor.u16()) as [
    number,
    number,
    number,
    number,
    number,
  ];
  cursor.u64();
  return { kind: 'train', training: { rows, features, hidden, classes, epochs, batch }, results: 1 };
}

function readSearch(cursor: Cursor): Search {
  const [rows, columns, classes] = [cursor.u32(), cursor.u32(), cursor.u16()];
  const [images, trials, folds] = [cursor.choice(2) === 1, cursor.u16(), cursor.u8()];
  const [budget, rowCycles] = [cursor.u64(), cursor.u32()];
  cursor.u64();
  return { rows, columns, classes, images, trials, folds, budget, rowCycles };
}

function readOpening(cursor: Cursor, payer: Buffer | undefined): Opening {
  const work = readWork(cursor);
  const priceLimit = cursor.u64();
  const window = cursor.choice(2) === 1 ? cursor.u64() : undefined;
  cursor.u64();
  const region = cursor.u8();
  cursor.hash();
  cursor.list(4, cursor.hash);
  return { type: 'opening', payer, work, priceLimit, window, region };
}

/** An entry, and what its provider signed of it: its bytes, then the signature. */
function signedEntry<T extends { provider: Buffer }>(
  body: Buffer,
  cursor: Cursor,
  tag: string,
  inner: Inner[],
  read: () => T,
): T {
  const from = cursor.at;
  const entry = read();
  const bytes = body.subarray(from, cursor.at);
  inner.push({ key: entry.provider, tag, bytes, signature: cursor.signature() });
  return entry;
}

const readMatch = (cursor: Cursor): Match => ({
  order: cursor.hash(),
  attempt: cursor.u8(),
  provider: cursor.hash(),
  cycles: cursor.u64(),
  price: cursor.u64(),
  ms: cursor.u64(),
});

const readProof = (cursor: Cursor): Proof => ({
  order: cursor.hash(),
  attempt: cursor.u8(),
  provider: cursor.hash(),
  chunks: cursor.u32(),
  cycles: cursor.u64(),
  logHead: cursor.hash(),
  results: cursor.u32(),
  root: cursor.hash(),
});

function readVerdict(cursor: Cursor): Verdict {
  const [order, attempt, passed] = [cursor.hash(), cursor.u8(), cursor.choice(2) === 1];
  const method = ['recompute', 'freivalds', 'replay'][cursor.choice(3)] as string;
  cursor.u32();
  return { order, attempt, passed, method, root: cursor.hash() };
}

const readSettlement = (cursor: Cursor): Settlement => ({
  order: cursor.hash(),
  results: cursor.u32(),
  root: cursor.hash(),
  cycles: cursor.u64(),
  price: cursor.u64(),
});

function readBatch(cursor: Cursor): Body {
  const orders = cursor.list(100, cursor.hash);
  cursor.hash();
  cursor.u64();
  cursor.u64();
  return { type: 'batch', orders };
}

function readBody(type: number, body: Buffer, inner: Inner[]): Body {
  return readAll(body, (cursor): Body => {
    const listed = <T>(item: () => T): T[] => {
      const entries = cursor.list(8, item);
      demand(entries.length > 0, 'a list of no entries');
      return entries;
    };
    const accepted = () => signedEntry(body, cursor, 'HAI/accept/1', inner, () => readMatch(cursor));
    const claimed = () => signedEntry(body, cursor, 'HAI/work-claim/1', inner, () => readProof(cursor));
    if (type === 2) return readOpening(cursor, undefined);
    if (type === 11) return readOpening(cursor, cursor.hash());
    if (type === 3) return { type: 'match', entries: listed(accepted) };
    if (type === 4) return { type: 'proof', entries: listed(claimed) };
    if (type === 5) return { type: 'verdict', entries: listed(() => readVerdict(cursor)) };
    if (type === 6) return { type: 'confirmation', order: cursor.hash(), root: cursor.hash() };
    if (type === 7) return { type: 'settlement', entries: listed(() => readSettlement(cursor)) };
    if (type === 9) return readBatch(cursor);
    return refuse('no part of a receipt');
  });
}

/** With all of its signatures verified. */
export function readTransaction(bytes: Buffer, { hash: genesis }: Genesis): Transaction {
  const inner: Inner[] = [];
  const transaction = readAll(bytes, (cursor) => {
    demand(cursor.u8() === 1, 'another version of the envelope');
    demand(cursor.take(8).equals(genesis.subarray(0, 8)), 'another chain');
    const type = cursor.u8();
    const sender = cursor.hash();
    const nonce = cursor.u64();
    cursor.u64();
    cursor.u64();
    const body = readBody(type, cursor.bytes(3840), inner);
    const signed = Buffer.concat([tagBytes('HAI/tx/1'), genesis, bytes.subarray(0, cursor.at)]);
    demand(isSigned(sender, signed, cursor.signature()), 'the sender has not signed');
    return { hash: tagged('HAI/tx-id/1', bytes), sender, nonce, body };
  });
  for (const { key, tag, bytes: entry, signature } of inner) {
    demand(isSigned(key, Buffer.concat([tagBytes(tag), genesis, entry]), signature), 'a provider has not signed');
  }
  return transaction;
}
