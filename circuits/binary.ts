/** Reads the little-endian fields of iden3's binary files (r1cs, wtns, zkey). */
export class BinaryReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #position = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  u32(): number {
    const value = this.#view.getUint32(this.#position, true);
    this.#position += 4;
    return value;
  }

  /** @throws RangeError above 2^53 - 1: no file here is that long */
  u64(): number {
    const value = this.#view.getBigUint64(this.#position, true);
    if (value > BigInt(Number.MAX_SAFE_INTEGER)) {
      throw new RangeError(`${value} is not a length`);
    }
    this.#position += 8;
    return Number(value);
  }

  take(length: number): Uint8Array {
    const end = this.#position + length;
    if (end > this.#bytes.length) {
      throw new RangeError(`${length} bytes at ${this.#position} of ${this.#bytes.length}`);
    }
    const part = this.#bytes.subarray(this.#position, end);
    this.#position = end;
    return part;
  }

  integer(length: number): bigint {
    return this.take(length).reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n);
  }
}

/** Splits an iden3 file (magic, version, sections) into its sections by type; each type occurs once in our files. */
export function readSections(bytes: Uint8Array, magic: string): ReadonlyMap<number, Uint8Array> {
  const reader = new BinaryReader(bytes);
  const found = String.fromCharCode(...reader.take(4));
  if (found !== magic) {
    throw new Error(`expected a ${magic} file, found "${found}"`);
  }
  reader.u32();
  const count = reader.u32();
  const sections = new Map<number, Uint8Array>();
  for (let index = 0; index < count; index++) {
    const type = reader.u32();
    sections.set(type, reader.take(reader.u64()));
  }
  return sections;
}

/** An unsigned 32-bit integer, little-endian. */
export function u32(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value, true);
  return bytes;
}

/** A non-negative integer in `length` bytes, little-endian. */
export function integerBytes(value: bigint, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  let rest = value;
  for (let index = 0; index < length; index++) {
    bytes[index] = Number(rest & 0xffn);
    rest >>= 8n;
  }
  if (rest !== 0n) {
    throw new RangeError(`an integer does not fit ${length} bytes`);
  }
  return bytes;
}

/** Joins sections into an iden3 file of version 1. */
export function writeSections(
  magic: string,
  sections: readonly (readonly [number, readonly Uint8Array[]])[],
): Uint8Array {
  const parts: Uint8Array[] = [Uint8Array.from(magic, (letter) => letter.charCodeAt(0)), u32(1), u32(sections.length)];
  for (const [type, content] of sections) {
    const length = content.reduce((sum, part) => sum + part.length, 0);
    parts.push(u32(type), integerBytes(BigInt(length), 8), ...content);
  }
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let position = 0;
  for (const part of parts) {
    bytes.set(part, position);
    position += part.length;
  }
  return bytes;
}
