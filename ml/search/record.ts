/** Canonical bytes of what a search stores: four letters, then a struct of protocol/codec.ts. */
import { bytesMax, type Codec, CodecError, type Decoded, decode, encode, fixed, struct } from '../../protocol/codec.ts';
import { fail, ok, type Result } from '../../protocol/errors.ts';
import { datesOf, floatsOf, putDates, putFloats } from '../table/cells.ts';

// biome-ignore lint/suspicious/noExplicitAny: a codec of some type, as in protocol/codec.ts
type Fields = Record<string, Codec<any>>;

export interface RecordCodec<T> {
  encode(value: T): Uint8Array;
  /** result_mismatch for all but the one encoding of a value. */
  decode(bytes: Uint8Array): Result<T>;
}

/** `magic`: four ASCII letters. */
export function record<F extends Fields>(magic: string, fields: F): RecordCodec<{ [K in keyof F]: Decoded<F[K]> }> {
  type Value = { [K in keyof F]: Decoded<F[K]> };
  const letters = Uint8Array.from(magic, (letter) => letter.charCodeAt(0));
  const codec = struct({ magic: fixed(letters.length), body: struct(fields) });
  return {
    encode: (value) => encode(codec, { magic: letters, body: value }),
    decode(bytes) {
      try {
        const { magic: found, body } = decode(codec, bytes);
        if (found.some((byte, i) => byte !== letters[i])) return fail('result_mismatch', `not ${magic}`);
        return ok(body as Value);
      } catch (error) {
        if (error instanceof CodecError) return fail('result_mismatch', `${magic}: ${error.message}`);
        throw error;
      }
    },
  };
}

/** Finite f32, little-endian, one zero, behind a count of bytes. */
export function finiteFloats(countMax: number): Codec<Float32Array> {
  return {
    write(writer, values) {
      if (values.length > countMax) throw new CodecError(`${values.length} numbers, at most ${countMax}`);
      if (!values.every(Number.isFinite)) throw new CodecError('a number is not finite');
      bytesOfFloats(countMax).write(writer, putFloats(values));
    },
    read(reader) {
      const bytes = bytesOfFloats(countMax).read(reader);
      const values = bytes.length % 4 === 0 ? floatsOf(bytes) : undefined;
      if (!values?.every(Number.isFinite)) throw new CodecError('not finite f32 in their one encoding');
      return values;
    },
  };
}

/** A finite f64, little-endian, one zero. */
export const finite: Codec<number> = {
  write(writer, value) {
    if (!Number.isFinite(value)) throw new CodecError(`not finite: ${value}`);
    writer.bytes(putDates(Float64Array.of(value)));
  },
  read(reader) {
    const value = datesOf(reader.bytes(8))?.[0];
    if (!Number.isFinite(value)) throw new CodecError('not a finite f64 in its one encoding');
    return value as number;
  },
};

const bytesOfFloats = (countMax: number): Codec<Uint8Array> => bytesMax(countMax * 4);
