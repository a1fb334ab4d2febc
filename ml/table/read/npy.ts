/** One array of NumPy's format: its header is a Python literal, of which only the three known keys are read. Source: numpy.lib.format. */
import { fail, ok, type Result } from '../../../protocol/errors.ts';

export interface NumpyArray {
  readonly shape: readonly number[];
  /** Row-major, NaN and infinities as they are; or texts. */
  readonly values: Float64Array | readonly string[];
  /** As NumPy names it: 'u1', 'f4', 'U'. */
  readonly type: string;
}

const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];
export const isNumpy = (bytes: Uint8Array): boolean => MAGIC.every((byte, i) => bytes[i] === byte);

type ReadElement = (view: DataView, at: number, little: boolean) => number;

/** Binary16: sign, five bits of exponent, ten of fraction. */
function half(view: DataView, at: number, little: boolean): number {
  const bits = view.getUint16(at, little);
  const [sign, exponent, fraction] = [bits >> 15 ? -1 : 1, (bits >> 10) & 31, bits & 1023];
  if (exponent === 31) return fraction === 0 ? sign * Infinity : Number.NaN;
  if (exponent === 0) return (sign * fraction) / (1 << 24);
  // (1024 + fraction) * 2^(exponent - 25): a power of two divides exactly.
  const value = (1024 + fraction) * (exponent >= 25 ? 1 << (exponent - 25) : 1 / (1 << (25 - exponent)));
  return sign * value;
}

const ELEMENTS: Readonly<Record<string, ReadElement>> = {
  b1: (view, at) => (view.getUint8(at) === 0 ? 0 : 1),
  i1: (view, at) => view.getInt8(at),
  u1: (view, at) => view.getUint8(at),
  i2: (view, at, little) => view.getInt16(at, little),
  u2: (view, at, little) => view.getUint16(at, little),
  i4: (view, at, little) => view.getInt32(at, little),
  u4: (view, at, little) => view.getUint32(at, little),
  i8: (view, at, little) => Number(view.getBigInt64(at, little)),
  u8: (view, at, little) => Number(view.getBigUint64(at, little)),
  f2: half,
  f4: (view, at, little) => view.getFloat32(at, little),
  f8: (view, at, little) => view.getFloat64(at, little),
};

interface Header {
  readonly little: boolean;
  readonly type: string;
  readonly bytes: number;
  readonly fortran: boolean;
  readonly shape: readonly number[];
  /** Where the elements begin. */
  readonly start: number;
}

function readHeader(bytes: Uint8Array, name: string, elementsMax: number): Result<Header> {
  const damaged = fail('dataset_malformed', `array ${name}: not in NumPy's format`, name);
  if (bytes.length < 12 || !isNumpy(bytes)) return damaged;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const [length, from] = bytes[6] === 1 ? [view.getUint16(8, true), 10] : [view.getUint32(8, true), 12];
  if (from + length > bytes.length || length > 1 << 16) return damaged;
  const text = new TextDecoder('latin1').decode(bytes.subarray(from, from + length));
  const descr = /'descr':\s*'([<>|=]?)([a-zA-Z])(\d*)([^']*)'/.exec(text);
  const fortran = /'fortran_order':\s*(True|False)/.exec(text);
  const shape = /'shape':\s*\(([\d,\s]*)\)/.exec(text);
  if (/'descr':\s*\[/.test(text)) return fail('dataset_malformed', `array ${name}: records are not read`, name);
  if (!descr || !fortran || !shape) return damaged;
  const [, order, letter, digits, unit] = descr as unknown as [string, string, string, string, string];
  if (letter === 'O') {
    return fail(
      'dataset_malformed',
      `array ${name}: Python objects (a pickle) are never loaded; save numbers or texts`,
      name,
    );
  }
  const size = Number(digits);
  const isText = letter === 'U' || letter === 'S';
  if (unit !== '' || (!isText && ELEMENTS[letter + digits] === undefined)) {
    return fail('dataset_malformed', `array ${name}: elements of type ${letter}${digits}${unit} are not read`, name);
  }
  const sizes = (shape[1] as string)
    .split(',')
    .filter((part) => part.trim() !== '')
    .map(Number);
  const elements = sizes.reduce((product, side) => product * side, 1);
  if (!(elements <= elementsMax))
    return fail('too_many_cells', `array ${name}: ${elements} elements, at most ${elementsMax}`, name);
  // Elements of no bytes could be any number in a file of none.
  if (size === 0) return fail('dataset_malformed', `array ${name}: elements of no bytes are not read`, name);
  const elementBytes = letter === 'U' ? 4 * size : size;
  if (from + length + elements * elementBytes !== bytes.length) return damaged;
  const type = isText ? letter : letter + digits;
  const start = from + length;
  return ok({ little: order !== '>', type, bytes: elementBytes, fortran: fortran[1] === 'True', shape: sizes, start });
}

/** Index in the file of each element in row-major order: column-major files count the first axis first. */
function fortranIndex(shape: readonly number[], index: number): number {
  let [rest, at, stride] = [index, 0, shape.reduce((product, side) => product * side, 1)];
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const side = shape[axis] as number;
    stride /= side;
    at += (rest % side) * stride;
    rest = Math.floor(rest / side);
  }
  return at;
}

/** A text cell: NUL-padded UTF-32 or Latin-1. Code points beyond Unicode become U+FFFD. */
function textAt(view: DataView, at: number, { bytes, type, little }: Header): string {
  const step = type === 'U' ? 4 : 1;
  let text = '';
  for (let i = 0; i < bytes; i += step) {
    const point = step === 4 ? view.getUint32(at + i, little) : view.getUint8(at + i);
    if (point === 0) break;
    text += String.fromCodePoint(point > 0x10ffff ? 0xfffd : point);
  }
  return text.toWellFormed();
}

/** dataset_malformed for what is not read, with the array's name: Python objects, complex numbers, dates, records. */
export function readNumpy(bytes: Uint8Array, name: string, elementsMax: number): Result<NumpyArray> {
  const found = readHeader(bytes, name, elementsMax);
  if (!found.ok) return found;
  const header = found.value;
  const { shape, type, little, start, fortran } = header;
  const count = shape.reduce((product, side) => product * side, 1);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const offset = (i: number) => start + header.bytes * (fortran && shape.length > 1 ? fortranIndex(shape, i) : i);
  const read = ELEMENTS[type];
  if (!read)
    return ok({ shape, type, values: Array.from({ length: count }, (_, i) => textAt(view, offset(i), header)) });
  const values = new Float64Array(count);
  for (let i = 0; i < count; i++) values[i] = read(view, offset(i), little);
  return ok({ shape, type, values });
}
