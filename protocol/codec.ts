/**
 * Canonical bytes in the BCS layout (little-endian integers, ULEB128 lengths): https://github.com/diem/bcs.
 * There is one encoding for a value: decoding refuses spare bytes, long ULEB128 forms and unknown variants, so
 * `encode(decode(bytes))` equals `bytes` whenever `decode` succeeds.
 */
import { utf8ToBytes } from '@noble/hashes/utils.js';
import { utf8 } from '@scure/base';
import { CodecError, type NumberWidth, Reader, Writer } from './codec-bytes.ts';
import { equalBytes } from './hash.ts';

export { CodecError };

export interface Codec<T> {
  write(writer: Writer, value: T): void;
  read(reader: Reader): T;
}

// A codec of some type; `unknown` would not do, as T stands in both positions.
// biome-ignore lint/suspicious/noExplicitAny: see above
type AnyCodec = Codec<any>;

export type Decoded<C> = C extends Codec<infer T> ? T : never;

/** Not under way: taken by one call of `encode`, so that a codec which encodes something inside gets another. */
let idle: Writer | undefined;

export function encode<T>(codec: Codec<T>, value: T): Uint8Array {
  const writer = idle ?? new Writer();
  idle = undefined;
  try {
    codec.write(writer, value);
    return writer.written();
  } finally {
    writer.clear();
    idle = writer;
  }
}

/** Throws `CodecError` on anything but the canonical encoding of a value. */
export function decode<T>(codec: Codec<T>, bytes: Uint8Array): T {
  const reader = new Reader(bytes);
  const value = codec.read(reader);
  reader.done();
  return value;
}

function smallUint(width: NumberWidth): Codec<number> {
  const max = 2 ** (8 * width) - 1;
  return {
    write(writer, value) {
      if (!Number.isInteger(value) || value < 0 || value > max) throw new CodecError(`not a u${8 * width}: ${value}`);
      writer.number(value, width);
    },
    read: (reader) => reader.number(width),
  };
}

export const u8 = smallUint(1);
export const u16 = smallUint(2);
export const u32 = smallUint(4);

/** u64 as bigint; `U` brands it with a unit. */
export function u64As<U extends bigint = bigint>(): Codec<U> {
  return {
    write(writer, value) {
      if (value < 0n || value >> 64n !== 0n) throw new CodecError(`not a u64: ${value}`);
      writer.u64(value);
    },
    read: (reader) => reader.u64() as U,
  };
}
export const u64 = u64As();

const LOW_HALF = (1n << 64n) - 1n;

/** For sums over all time, which outgrow the supply. */
export const u128: Codec<bigint> = {
  write(writer, value) {
    if (value < 0n || value >> 128n !== 0n) throw new CodecError(`not a u128: ${value}`);
    writer.u64(value & LOW_HALF);
    writer.u64(value >> 64n);
  },
  read(reader) {
    const low = reader.u64();
    return low | (reader.u64() << 64n);
  },
};

export const bool: Codec<boolean> = {
  write: (writer, value) => writer.number(value ? 1 : 0, 1),
  read(reader) {
    const byte = reader.number(1);
    if (byte > 1) throw new CodecError(`not a bool: ${byte}`);
    return byte === 1;
  },
};

export function fixed(length: number): Codec<Uint8Array> {
  return {
    write(writer, value) {
      if (value.length !== length) throw new CodecError(`${value.length} bytes where ${length} belong`);
      writer.bytes(value);
    },
    read: (reader) => reader.bytes(length),
  };
}
export const bytes32 = fixed(32);
export const bytes64 = fixed(64);

/** ULEB128, at most 5 groups (u32), shortest form only. */
const uleb: Codec<number> = {
  write(writer, value) {
    if (!Number.isInteger(value) || value < 0 || value > 0xffffffff) throw new CodecError(`not a length: ${value}`);
    let rest = value;
    while (rest >= 0x80) {
      writer.number((rest % 0x80) | 0x80, 1);
      rest = Math.floor(rest / 0x80);
    }
    writer.number(rest, 1);
  },
  read(reader) {
    let value = 0;
    for (let group = 0; group < 5; group++) {
      const byte = reader.number(1);
      value += (byte & 0x7f) * 2 ** (7 * group);
      if (byte < 0x80) {
        if (group > 0 && byte === 0) throw new CodecError('length not in its shortest form');
        if (value > 0xffffffff) break;
        return value;
      }
    }
    throw new CodecError('length beyond u32');
  },
};

/** Byte string with a length prefix and a named bound. */
export function bytesMax(max: number): Codec<Uint8Array> {
  return {
    write(writer, value) {
      if (value.length > max) throw new CodecError(`${value.length} bytes, at most ${max}`);
      uleb.write(writer, value.length);
      writer.bytes(value);
    },
    read(reader) {
      const length = uleb.read(reader);
      if (length > max) throw new CodecError(`${length} bytes, at most ${max}`);
      return reader.bytes(length);
    },
  };
}

/**
 * UTF-8 text with a bound in bytes. Ill-formed UTF-8 would not re-encode to its bytes, and a lone surrogate would come back
 * as another character, so both are refused.
 */
export function textMax(max: number): Codec<string> {
  const raw = bytesMax(max);
  return {
    write(writer, value) {
      if (!value.isWellFormed()) throw new CodecError('a lone surrogate');
      raw.write(writer, utf8ToBytes(value));
    },
    read(reader) {
      const bytes = raw.read(reader);
      const text = wellFormed(bytes);
      if (text === undefined || !equalBytes(utf8ToBytes(text), bytes)) throw new CodecError('not UTF-8');
      return text;
    },
  };
}

function wellFormed(bytes: Uint8Array): string | undefined {
  try {
    return utf8.encode(bytes);
  } catch {
    return undefined;
  }
}

export function vec<T>(item: Codec<T>, max: number): Codec<T[]> {
  return {
    write(writer, values) {
      if (values.length > max) throw new CodecError(`${values.length} items, at most ${max}`);
      uleb.write(writer, values.length);
      for (const value of values) item.write(writer, value);
    },
    read(reader) {
      const count = uleb.read(reader);
      if (count > max) throw new CodecError(`${count} items, at most ${max}`);
      const out: T[] = [];
      for (let i = 0; i < count; i++) out.push(item.read(reader));
      return out;
    },
  };
}

export function option<T>(item: Codec<T>): Codec<T | undefined> {
  return {
    write(writer, value) {
      bool.write(writer, value !== undefined);
      if (value !== undefined) item.write(writer, value);
    },
    read: (reader) => (bool.read(reader) ? item.read(reader) : undefined),
  };
}

export function struct<F extends Record<string, AnyCodec>>(fields: F): Codec<{ [K in keyof F]: Decoded<F[K]> }> {
  const entries = Object.entries(fields) as [string, Codec<unknown>][];
  return {
    write(writer, value) {
      for (const [name, codec] of entries) codec.write(writer, (value as Record<string, unknown>)[name]);
    },
    read(reader) {
      const out: Record<string, unknown> = {};
      for (const [name, codec] of entries) out[name] = codec.read(reader);
      return out as { [K in keyof F]: Decoded<F[K]> };
    },
  };
}

/** One of a closed list of names, a byte each. */
export function oneOf<const N extends readonly string[]>(names: N): Codec<N[number]> {
  return {
    write(writer, value) {
      const index = names.indexOf(value);
      if (index < 0) throw new CodecError(`unknown variant ${value}`);
      writer.number(index, 1);
    },
    read(reader) {
      const index = reader.number(1);
      const name = names[index];
      if (name === undefined) throw new CodecError(`unknown variant ${index}`);
      return name;
    },
  };
}

/** Tagged union `{ kind, ... }`; the tag byte is the position in `variants`. */
export function union<V extends Record<string, AnyCodec>>(
  variants: V,
): Codec<{ [K in keyof V & string]: { kind: K } & Decoded<V[K]> }[keyof V & string]> {
  type Value = { [K in keyof V & string]: { kind: K } & Decoded<V[K]> }[keyof V & string];
  const names = Object.keys(variants);
  const tag = oneOf(names);
  return {
    write(writer, value) {
      tag.write(writer, value.kind);
      (variants[value.kind] as AnyCodec).write(writer, value);
    },
    read(reader) {
      const kind = tag.read(reader);
      const body = (variants[kind] as AnyCodec).read(reader);
      return { kind, ...body } as Value;
    },
  };
}
