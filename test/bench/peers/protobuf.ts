/**
 * As much of the protocol buffers wire format as an ONNX model needs: varint (wire type 0) and length-delimited (2)
 * fields. Source: https://protobuf.dev/programming-guides/encoding/
 */

const utf8 = new TextEncoder();

/** Seven bits a byte, low first. `value` is a safe integer >= 0. */
function varint(value: number): number[] {
  const out: number[] = [];
  for (; value >= 0x80; value = Math.floor(value / 0x80)) out.push((value % 0x80) | 0x80);
  out.push(value);
  return out;
}

const VARINT = 0;
const DELIMITED = 2;

const tag = (field: number, wireType: number): number[] => varint(field * 8 + wireType);

export const integer = (field: number, value: number): Uint8Array =>
  Uint8Array.from([...tag(field, VARINT), ...varint(value)]);

/** A message, a byte string or raw data. */
export const bytes = (field: number, ...parts: readonly Uint8Array[]): Uint8Array => {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  return message(Uint8Array.from([...tag(field, DELIMITED), ...varint(length)]), ...parts);
};

export const text = (field: number, value: string): Uint8Array => bytes(field, utf8.encode(value));

/** The fields one after the other: a message is nothing more. */
export function message(...fields: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(fields.reduce((sum, field) => sum + field.length, 0));
  let at = 0;
  for (const field of fields) {
    out.set(field, at);
    at += field.length;
  }
  return out;
}
