/**
 * Attributes of a node. JavaScript has one kind of number, so each attribute says which of ONNX's it is.
 *
 * Lists go straight into the field's bytes, packed: a forest has millions of entries, and the message would hold each as an object.
 * Readers of protocol buffers take both forms (https://protobuf.dev/programming-guides/encoding/#packed).
 */
import { create } from '@bufbuild/protobuf';
import { WireType } from '@bufbuild/protobuf/wire';
import { ByteWriter } from '../../bytes.ts';
import { type AttributeProto, AttributeProtoSchema, AttributeProto_AttributeType as AttributeType } from './onnx_pb.js';

export type OnnxAttribute =
  | { readonly int: number }
  | { readonly float: number }
  | { readonly text: string }
  /** Of integers from 0 to 2^31 - 1. */
  | { readonly ints: ArrayLike<number> }
  | { readonly floats: ArrayLike<number> }
  | { readonly texts: readonly string[] };

/** Fields of AttributeProto. */
const [FLOATS, INTS, STRINGS] = [7, 8, 9];
/** Of a 31-bit integer. */
const VARINT_BYTES_MAX = 5;

const utf8 = new TextEncoder();

export function attributeOf(name: string, attribute: OnnxAttribute): AttributeProto {
  const made = (type: AttributeType, init: object = {}) => create(AttributeProtoSchema, { name, type, ...init });
  if ('int' in attribute) return made(AttributeType.INT, { i: BigInt(attribute.int) });
  if ('float' in attribute) return made(AttributeType.FLOAT, { f: attribute.float });
  if ('text' in attribute) return made(AttributeType.STRING, { s: utf8.encode(attribute.text) });
  if ('ints' in attribute) return withField(made(AttributeType.INTS), INTS, prefixed(varints(attribute.ints)));
  if ('floats' in attribute) return withField(made(AttributeType.FLOATS), FLOATS, prefixed(floats(attribute.floats)));
  return withField(made(AttributeType.STRINGS), STRINGS, strings(attribute.texts));
}

/** `data`: all that follows the field's first tag. A list without entries is no field. */
function withField(attribute: AttributeProto, no: number, data: Uint8Array): AttributeProto {
  if (data.length > 0) attribute.$unknown = [{ no, wireType: WireType.LengthDelimited, data }];
  return attribute;
}

function varints(values: ArrayLike<number>): Uint8Array {
  const bytes = new Uint8Array(values.length * VARINT_BYTES_MAX);
  let at = 0;
  for (let i = 0; i < values.length; i++) {
    let rest = values[i] as number;
    for (; rest > 0x7f; rest >>>= 7) bytes[at++] = (rest & 0x7f) | 0x80;
    bytes[at++] = rest;
  }
  return bytes.slice(0, at);
}

function floats(values: ArrayLike<number>): Uint8Array {
  return new ByteWriter(4 * values.length).f32s(Float32Array.from(values)).finish();
}

/** Length, then the bytes; nothing for nothing. */
function prefixed(bytes: Uint8Array): Uint8Array {
  if (bytes.length === 0) return bytes;
  const length = varints([bytes.length]);
  return new ByteWriter(length.length + bytes.length).bytes(length).bytes(bytes).finish();
}

/** Each with its length; from the second on behind a tag of its own, as strings are never packed. */
function strings(texts: readonly string[]): Uint8Array {
  const tag = Uint8Array.of((STRINGS << 3) | WireType.LengthDelimited);
  const known = new Map<string, Uint8Array>();
  const parts = texts.map((text) => {
    const encoded = utf8.encode(text);
    const part =
      known.get(text) ??
      new ByteWriter(varints([encoded.length]).length + encoded.length)
        .bytes(varints([encoded.length]))
        .bytes(encoded)
        .finish();
    known.set(text, part);
    return part;
  });
  const writer = new ByteWriter(parts.reduce((sum, { length }) => sum + length + 1, parts.length > 0 ? -1 : 0));
  parts.forEach((part, i) => {
    if (i > 0) writer.bytes(tag);
    writer.bytes(part);
  });
  return writer.finish();
}
