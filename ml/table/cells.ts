/** Cells of canonical bytes, little-endian whatever the host: one NaN, no -0, 0xffff for a missing category. */
import { MISSING } from './table.ts';

const NAN_F32 = 0x7fc00000;
const NAN_F64 = 0x7ff8000000000000n;
const MISSING_CODE = 0xffff;

export function putFloats(values: Float32Array): Uint8Array {
  const view = new DataView(new ArrayBuffer(values.length * 4));
  values.forEach((value, i) => {
    // Written as bits: engines may keep any payload of a NaN. `+ 0` turns -0 into 0.
    if (Number.isNaN(value)) view.setUint32(4 * i, NAN_F32, true);
    else view.setFloat32(4 * i, value + 0, true);
  });
  return new Uint8Array(view.buffer);
}

/** undefined where a NaN or a zero has another encoding than putFloats gives. */
export function floatsOf(bytes: Uint8Array): Float32Array | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const values = new Float32Array(bytes.length / 4);
  for (let i = 0; i < values.length; i++) {
    const value = view.getFloat32(4 * i, true);
    // Of a positive zero and of the one NaN the bits are known; of any other number they follow from its value.
    if (value === 0 && view.getUint32(4 * i, true) !== 0) return undefined;
    if (Number.isNaN(value) && view.getUint32(4 * i, true) !== NAN_F32) return undefined;
    values[i] = value;
  }
  return values;
}

/** Dates, and values of a target. */
export function putDates(values: Float64Array): Uint8Array {
  const view = new DataView(new ArrayBuffer(values.length * 8));
  values.forEach((value, i) => {
    if (Number.isNaN(value)) view.setBigUint64(8 * i, NAN_F64, true);
    else view.setFloat64(8 * i, value + 0, true);
  });
  return new Uint8Array(view.buffer);
}

/** undefined where a NaN or a zero has another encoding than putDates gives. */
export function datesOf(bytes: Uint8Array): Float64Array | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const values = new Float64Array(bytes.length / 8);
  for (let i = 0; i < values.length; i++) {
    const value = view.getFloat64(8 * i, true);
    if (value === 0 && view.getBigUint64(8 * i, true) !== 0n) return undefined;
    if (Number.isNaN(value) && view.getBigUint64(8 * i, true) !== NAN_F64) return undefined;
    values[i] = value;
  }
  return values;
}

/** Category codes and labels; both lie below 0xffff. */
export function putCodes(codes: Int32Array | Uint16Array): Uint8Array {
  const view = new DataView(new ArrayBuffer(codes.length * 2));
  for (let i = 0; i < codes.length; i++) {
    const code = codes[i] as number;
    view.setUint16(2 * i, code === MISSING ? MISSING_CODE : code, true);
  }
  return new Uint8Array(view.buffer);
}

export function codesOf(bytes: Uint8Array): Int32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const codes = new Int32Array(bytes.length / 2);
  for (let i = 0; i < codes.length; i++) {
    const code = view.getUint16(2 * i, true);
    codes[i] = code === MISSING_CODE ? MISSING : code;
  }
  return codes;
}
