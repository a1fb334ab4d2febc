/** A file to rows that a model can predict: its columns by name, in any order, with the categories that it knows. */
import { fail, ok, type Result } from '../../protocol/errors.ts';
import type { Reading } from './infer/reading.ts';
import type { ByteSource } from './read/bytes-source.ts';
import { type OpenedFile, openFile } from './read/open-file.ts';
import { actualOf, type ReadRows, type RowsOptions, rowsOfRaw } from './rows-of-raw.ts';
import { MISSING, type Schema, type Table } from './table.ts';

export type { ActualTarget, ExpectedTarget, ReadRows, RowsOptions } from './rows-of-raw.ts';

/**
 * A column that the file lacks is refused (unknown_column), one that the model does not know is left out with a notice. Missing cells
 * and unseen categories are missing; a text where a number was is refused with its row (cell_not_numeric).
 */
export async function readRows(
  source: ByteSource,
  name: string,
  schema: Schema,
  options: RowsOptions = {},
): Promise<Result<ReadRows>> {
  const opened = await openFile(source, name, options);
  if (!opened.ok) return opened;
  const file = opened.value;
  if (schema.kind === 'images') return imageRows(file, schema, options);
  if (file.format === 'zip') return fail('dataset_malformed', 'the model takes columns, the file holds pictures');
  if (file.format !== 'npz') return rowsOfRaw(file.raw, file.separator, schema, options, file.notices);
  if (file.npz.kind === 'images') return fail('dataset_malformed', 'the model takes columns, the file holds images');
  return rowsOfRaw(file.npz.raw, ',', schema, options, file.npz.notices);
}

async function imageRows(
  file: OpenedFile,
  schema: Extract<Schema, { kind: 'images' }>,
  { expected }: RowsOptions,
): Promise<Result<ReadRows>> {
  const { height, width, channels } = schema;
  if (file.format === 'zip') {
    const { readImageFolders } = await import('./read/image-folders.ts');
    const read = readImageFolders(file.bytes, { height, width }, channels);
    if (!read.ok) return read;
    const { rows, images, folders, paths, notices } = read.value;
    const table: Table = { rows, features: images, target: { kind: 'none' } };
    if (expected?.kind !== 'classes') return ok({ table, notices, paths });
    const labels = Int32Array.from(folders, (folder) => expected.classes.indexOf(folder));
    const isTold = labels.some((label) => label !== MISSING);
    return ok({ table, notices, paths, ...(isTold ? { actual: { kind: 'classes' as const, labels } } : {}) });
  }
  if (file.format !== 'npz' || file.npz.kind !== 'images') {
    return fail('dataset_malformed', 'the model takes pictures, the file holds columns');
  }
  const { rows, images, labels, notices } = file.npz;
  if (images.height !== height || images.width !== width || images.channels !== channels) {
    const sizes = (shape: Omit<Schema & { kind: 'images' }, 'kind'>) =>
      `${shape.height} x ${shape.width} x ${shape.channels}`;
    return fail('dataset_malformed', `images of ${sizes(images)}, the model takes ${sizes(schema)}`);
  }
  const table: Table = { rows, features: images, target: { kind: 'none' } };
  const plain: Reading = { mark: '.', usual: false, isMissing: (word) => word === '' };
  return ok({ table, notices, ...(labels && expected ? { actual: actualOf(labels, expected, plain) } : {}) });
}
