/** Reading and hashing, by docs/receipt-format.md. Everything in this folder is written apart from protocol/ and shares nothing with it. */
import { createHash } from 'node:crypto';

/** What the page calls refused. */
export class Refused extends Error {
  override name = 'Refused';
}

export function refuse(why: string): never {
  throw new Refused(why);
}

export const demand = (holds: boolean, why: string): void => {
  if (!holds) refuse(why);
};

export const sha256 = (...parts: Buffer[]): Buffer => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
};

/** D(tag). */
export const tagBytes = (tag: string): Buffer => Buffer.concat([Buffer.from([tag.length]), Buffer.from(tag, 'latin1')]);

/** H(tag, ...). */
export const tagged = (tag: string, ...parts: Buffer[]): Buffer => sha256(tagBytes(tag), ...parts);

export class Cursor {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get at(): number {
    return this.#at;
  }

  take(count: number): Buffer {
    demand(this.#at + count <= this.#bytes.length, 'truncated');
    const taken = this.#bytes.subarray(this.#at, this.#at + count);
    this.#at += count;
    return taken;
  }

  u8 = (): number => this.take(1).readUInt8();
  u16 = (): number => this.take(2).readUInt16LE();
  u32 = (): number => this.take(4).readUInt32LE();
  u64 = (): bigint => this.take(8).readBigUInt64LE();
  hash = (): Buffer => this.take(32);
  signature = (): Buffer => this.take(64);

  /** Below `choices`. */
  choice(choices: number): number {
    const chosen = this.u8();
    demand(chosen < choices, 'no such choice');
    return chosen;
  }

  length(max: number): number {
    let value = 0n;
    for (let group = 0n; ; group++) {
      demand(group < 5n, 'a length of too many bytes');
      const byte = this.u8();
      value |= BigInt(byte & 127) << (7n * group);
      if (byte < 128) {
        demand(group === 0n || byte !== 0, 'a length that is not in its shortest form');
        break;
      }
    }
    demand(value <= BigInt(max), 'a length above its bound');
    return Number(value);
  }

  bytes = (max: number): Buffer => this.take(this.length(max));

  list<T>(max: number, item: () => T): T[] {
    const count = this.length(max);
    const items: T[] = [];
    while (items.length < count) items.push(item());
    return items;
  }

  end(): void {
    demand(this.#at === this.#bytes.length, 'spare bytes');
  }
}

/** All of `bytes`, by `read`. */
export function readAll<T>(bytes: Buffer, read: (cursor: Cursor) => T): T {
  const cursor = new Cursor(bytes);
  const made = read(cursor);
  cursor.end();
  return made;
}

export function u64Bytes(value: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(value);
  return bytes;
}

export function u32Bytes(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

/** RFC 9162, 2.1.3.2. */
export function isInTree(leaf: Buffer, index: number, size: number, path: readonly Buffer[], root: Buffer): boolean {
  if (index >= size) return false;
  const node = (left: Buffer, right: Buffer): Buffer => sha256(Buffer.from([1]), left, right);
  let fn = BigInt(index);
  let sn = BigInt(size) - 1n;
  let r = sha256(Buffer.from([0]), leaf);
  for (const p of path) {
    if (sn === 0n) return false;
    if ((fn & 1n) === 1n || fn === sn) {
      r = node(p, r);
      while ((fn & 1n) === 0n && fn !== 0n) {
        fn >>= 1n;
        sn >>= 1n;
      }
    } else {
      r = node(r, p);
    }
    fn >>= 1n;
    sn >>= 1n;
  }
  return sn === 0n && r.equals(root);
}
