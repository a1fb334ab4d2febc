/** A file to a typed table, with what was inferred, repaired and left out. Nothing is fitted to the rows. */
import { fail, ok, type Result } from '../../protocol/errors.ts';
import { boundFault, inferTable, metricOf } from './infer/infer.ts';
import { scanColumn, scanTexts } from './infer/scan.ts';
import { inferTarget } from './infer/target.ts';
import type { ByteSource } from './read/bytes-source.ts';
import type { NpzTable } from './read/npz.ts';
import { type OpenedFile, openFile } from './read/open-file.ts';
import { place, type RawColumn } from './read/raw.ts';
import { splitNotices } from './read/splits.ts';
import type { Notice, ReadOptions, TableReport } from './report.ts';
import { selectRows } from './rows.ts';
import type { Images, Table, Target } from './table.ts';

export type ReadTable = TableReport & { readonly table: Table };

/** What the folders of pictures are the classes of. */
const FOLDER_TARGET = 'class';

/**
 * `name` is the file's: its ending tells what its bytes leave open. Refusals name the row (1 is the first below the header) and the
 * column: no_rows, too_many_cells, format_unknown, encoding_unknown, dataset_malformed, ragged_row, cell_not_numeric, one_class,
 * one_row_a_class, target_constant, unknown_column. Throws what the source throws.
 */
export async function readTable(
  source: ByteSource,
  name: string,
  options: ReadOptions = {},
): Promise<Result<ReadTable>> {
  const opened = await openFile(source, name, options);
  if (!opened.ok) return opened;
  const file = opened.value;
  if (file.format === 'zip') return readFolders(file, options);
  if (file.format === 'npz') return readArrays(file.npz, options);
  const { format, raw, separator, encoding, notices } = file;
  const inferred = inferTable(raw, separator, options);
  if (!inferred.ok) return inferred;
  const { value } = inferred;
  return ok({
    ...value,
    format,
    encoding,
    ...(format === 'csv' ? { separator } : {}),
    notices: [...notices, ...value.notices],
  });
}

function readArrays(npz: NpzTable, options: ReadOptions): Result<ReadTable> {
  if (npz.kind === 'images') {
    const { rows, images, labels, notices } = npz;
    return imageTable('npz', rows, images, labels, notices, options);
  }
  const target = options.target === undefined ? npz.target : options.target;
  const inferred = inferTable(npz.raw, ',', target === undefined ? options : { ...options, target });
  if (!inferred.ok) return inferred;
  return ok({ ...inferred.value, format: 'npz', notices: [...npz.notices, ...inferred.value.notices] });
}

async function readFolders(file: OpenedFile & { format: 'zip' }, options: ReadOptions): Promise<Result<ReadTable>> {
  const { readImageFolders } = await import('./read/image-folders.ts');
  const read = readImageFolders(file.bytes, options.imageSize);
  if (!read.ok) return read;
  const { rows, images, folders, paths, notices } = read.value;
  const outside = folders.indexOf('');
  if (outside >= 0 && options.target !== null) {
    const evidence = `${paths[outside]} lies in no folder: a folder is a class`;
    return fail('dataset_malformed', evidence, paths[outside]);
  }
  const splits = options.target === null ? ok([]) : splitNotices(paths);
  if (!splits.ok) return splits;
  const told = [...notices, ...splits.value];
  return imageTable('images', rows, images, { name: FOLDER_TARGET, texts: folders }, told, options);
}

function imageTable(
  format: 'npz' | 'images',
  rows: number,
  images: Images,
  labels: RawColumn | undefined,
  notices: readonly Notice[],
  options: ReadOptions,
): Result<ReadTable> {
  const all: Table = { rows, features: images, target: { kind: 'none' } };
  const done = (table: Table, more: readonly Notice[]): Result<ReadTable> => {
    const { target } = table;
    return (
      boundFault(table) ?? ok({ table, format, notices: [...notices, ...more], columns: [], metric: metricOf(target) })
    );
  };
  if (options.target === null || labels === undefined) return done(all, []);
  const labelled = readLabels(labels, format, options);
  if (!labelled.ok) return labelled;
  const { target, kept, notices: more } = labelled.value;
  return done({ ...(kept ? selectRows(all, kept) : all), target }, more);
}

/** Folders are classes whatever their names are; labels of an array follow the rules of a column. */
function readLabels(
  labels: RawColumn,
  format: 'npz' | 'images',
  options: ReadOptions,
): Result<{ readonly target: Target; readonly kept?: number[]; readonly notices: readonly Notice[] }> {
  const { name } = labels;
  const isFolder = format === 'images';
  const scan =
    isFolder && 'texts' in labels
      ? scanTexts(labels.texts, () => false, false)
      : scanColumn(labels, (word) => word === '', false);
  const kept = [...scan.codes.keys()].filter((row) => (scan.codes[row] as number) >= 0);
  if (kept.length === 0) return fail('no_rows', `every cell of ${name} is missing`, name);
  const isWhole = scan.missing === 0;
  const present = isWhole
    ? scan
    : { ...scan, codes: Int32Array.from(kept, (row) => scan.codes[row] as number), missing: 0 };
  const task = isFolder ? 'classes' : options.task;
  const found = inferTarget(present, name, { mark: '.' }, task, (row) => place({ origin: kept }, row, name));
  if (!found.ok) return found;
  const { target, notices } = found.value;
  if (isWhole) return ok({ target, notices });
  return ok({ target, kept, notices: [{ code: 'target_rows_dropped', name, count: scan.missing }, ...notices] });
}
