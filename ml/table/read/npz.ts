/** Arrays of NumPy in a zip: a matrix of features and its target, images and their labels, or a column an array. */
import { fail, ok, type Result } from '../../../protocol/errors.ts';
import { TABLE_LIMITS } from '../../../protocol/table-limits.ts';
import { shown } from '../limits.ts';
import type { Notice } from '../report.ts';
import type { Images } from '../table.ts';
import { type NumpyArray, readNumpy } from './npy.ts';
import type { RawColumn, RawTable } from './raw.ts';
import { unzip } from './zip.ts';

export type NpzTable = { readonly notices: readonly Notice[] } & (
  | { readonly kind: 'columns'; readonly raw: RawTable; readonly target?: string }
  | { readonly kind: 'images'; readonly rows: number; readonly images: Images; readonly labels?: RawColumn }
);

/** In the order in which they are looked for. */
const MATRIX_NAMES = ['x', 'x_train', 'train_x', 'data', 'features', 'images', 'inputs', 'arr_0'];
const TARGET_NAMES = ['y', 'y_train', 'train_y', 'target', 'targets', 'label', 'labels', 'arr_1'];
const COLUMN_NAMES = ['feature_names', 'columns'];

type Arrays = ReadonlyMap<string, NumpyArray>;

function readArrays(bytes: Uint8Array): Result<Arrays> {
  const entries = unzip(bytes, (name) => name.endsWith('.npy'));
  if (!entries.ok) return entries;
  const arrays = new Map<string, NumpyArray>();
  // Of all arrays together: the samples of images, and a label each.
  let elements = TABLE_LIMITS.samplesMax + TABLE_LIMITS.rowsMax;
  for (const entry of entries.value) {
    const name = entry.name.slice(0, -'.npy'.length).toWellFormed();
    // A table is bounded when its columns are known; an image's sample takes a byte, so images have more elements.
    const array = readNumpy(entry.bytes, name, elements);
    if (!array.ok) return array;
    elements -= array.value.values.length;
    arrays.set(name, array.value);
  }
  return arrays.size === 0 ? fail('no_rows', 'the archive has no array') : ok(arrays);
}

const named = (arrays: Arrays, names: readonly string[]): string | undefined =>
  names
    .map((wanted) => [...arrays.keys()].find((name) => name.toLowerCase() === wanted))
    .find((name) => name !== undefined);

/** A column of a row-major matrix, or a whole vector. */
function column(name: string, { values, shape }: NumpyArray, index = 0): RawColumn {
  const [rows, stride] = [shape[0] as number, shape[1] ?? 1];
  if (values instanceof Float64Array) {
    const numbers = new Float64Array(rows);
    for (let row = 0; row < rows; row++) numbers[row] = values[row * stride + index] as number;
    return { name, numbers };
  }
  return { name, texts: Array.from({ length: rows }, (_, row) => values[row * stride + index] as string) };
}

/** A vector, also as a matrix of one column. */
const isVector = ({ shape }: NumpyArray) => shape.length === 1 || (shape.length === 2 && shape[1] === 1);
const shapeText = (shape: readonly number[]) => `(${shape.join(', ')})`;

function leftOut(arrays: Arrays, used: readonly (string | undefined)[]): Notice[] {
  const names = [...arrays.keys()].filter((name) => !used.includes(name));
  return names.length === 0 ? [] : [{ code: 'arrays_left_out', count: names.length, example: shown(names.join(', ')) }];
}

function readMatrix(arrays: Arrays, matrixName: string, targetName: string | undefined): Result<NpzTable> {
  const matrix = arrays.get(matrixName) as NumpyArray;
  const [rows, width] = matrix.shape as [number, number];
  const namesName = named(arrays, COLUMN_NAMES);
  const given = namesName === undefined ? undefined : arrays.get(namesName)?.values;
  const names = given && !(given instanceof Float64Array) && given.length === width ? given : undefined;
  const columns = Array.from({ length: width }, (_, i) => column(names?.[i] || `x${i}`, matrix, i));
  const notices = leftOut(arrays, [matrixName, targetName, names && namesName]);
  if (targetName === undefined) return ok({ kind: 'columns', raw: { rows, columns }, notices });
  const target = column(targetName, arrays.get(targetName) as NumpyArray);
  return ok({ kind: 'columns', raw: { rows, columns: [...columns, target] }, target: targetName, notices });
}

function readImages(arrays: Arrays, matrixName: string, targetName: string | undefined): Result<NpzTable> {
  const { shape, values, type } = arrays.get(matrixName) as NumpyArray;
  const [rows, height, width, channels = 1] = shape as [number, number, number, number?];
  if (type !== 'u1' || (channels !== 1 && channels !== 3)) {
    const evidence = `array ${matrixName}: ${type} of ${shapeText(shape)}; images are u1, (rows, height, width) with 1 or 3 channels after`;
    return fail('dataset_malformed', evidence, matrixName);
  }
  const images: Images = { kind: 'images', height, width, channels, pixels: Uint8Array.from(values as Float64Array) };
  const notices = leftOut(arrays, [matrixName, targetName]);
  if (targetName === undefined) return ok({ kind: 'images', rows, images, notices });
  return ok({
    kind: 'images',
    rows,
    images,
    labels: column(targetName, arrays.get(targetName) as NumpyArray),
    notices,
  });
}

export function readNpz(bytes: Uint8Array): Result<NpzTable> {
  const read = readArrays(bytes);
  if (!read.ok) return read;
  const arrays = read.value;
  const matrixName = named(arrays, MATRIX_NAMES);
  const matrix = matrixName === undefined ? undefined : arrays.get(matrixName);
  if (matrixName === undefined || !matrix || matrix.shape.length < 2) return readVectors(arrays);
  const { shape } = matrix;
  const targetName = named(arrays, TARGET_NAMES);
  const target = targetName === undefined ? undefined : arrays.get(targetName);
  if (target && (!isVector(target) || target.shape[0] !== shape[0])) {
    const evidence = `array ${targetName}: ${shapeText(target.shape)} beside ${shapeText(shape)} of ${matrixName}`;
    return fail('dataset_malformed', evidence, targetName);
  }
  if (shape.some((side) => side === 0)) return fail('no_rows', `array ${matrixName}: ${shapeText(shape)}`);
  if (shape.length === 2) return readMatrix(arrays, matrixName, targetName);
  if (shape.length <= 4) return readImages(arrays, matrixName, targetName);
  return fail('dataset_malformed', `array ${matrixName}: ${shapeText(shape)}`, matrixName);
}

function readVectors(arrays: Arrays): Result<NpzTable> {
  const entries = [...arrays];
  const [[, first]] = entries as [[string, NumpyArray]];
  const rows = first.shape[0] ?? 0;
  const odd = entries.find(([, array]) => !isVector(array) || array.shape[0] !== rows);
  if (odd) {
    const evidence = `array ${odd[0]}: ${shapeText(odd[1].shape)}; give X and y, or vectors of one length`;
    return fail('dataset_malformed', evidence, odd[0]);
  }
  if (rows === 0) return fail('no_rows', 'the arrays are empty');
  return ok({
    kind: 'columns',
    raw: { rows, columns: entries.map(([name, array]) => column(name, array)) },
    notices: [],
  });
}
