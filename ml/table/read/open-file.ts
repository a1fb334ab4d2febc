/** Which format a file has, by what it holds and only then by its name; and its cells, before anything is inferred from them. */
import { fail, ok, type Result } from '../../../protocol/errors.ts';
import { READ_LIMITS, shown } from '../limits.ts';
import type { Notice, ReadOptions } from '../report.ts';
import { type ByteSource, collect, DamagedGzip, gunzipped, peek, tooLong } from './bytes-source.ts';
import { readCsv } from './csv.ts';
import { decodedText } from './encoding.ts';
import { readJsonLines } from './json-lines.ts';
import type { NpzTable } from './npz.ts';
import type { RawTable } from './raw.ts';

export type OpenedFile =
  | {
      readonly format: 'csv' | 'json-lines';
      readonly raw: RawTable;
      /** Of CSV; ',' of JSON lines, whose numbers have the decimal point. */
      readonly separator: string;
      readonly encoding: string;
      readonly notices: readonly Notice[];
    }
  | { readonly format: 'npz'; readonly npz: NpzTable }
  | { readonly format: 'zip'; readonly bytes: Uint8Array };

const HEAD_BYTES = 1024;

/** Formats that people try, by how they begin, and what to do with them. */
const OTHERS: readonly (readonly [string, string])[] = [
  ['PAR1', 'a Parquet file: write it as CSV'],
  ['\x93NUMPY', 'a single array of NumPy: write X and y to one file with numpy.savez'],
  ['\x89HDF', 'an HDF5 file: write it as CSV or npz'],
  ['\xd0\xcf\x11\xe0', 'an old Excel workbook: save the sheet as CSV'],
  ['ARROW1', 'an Arrow file: write it as CSV'],
  ['%PDF', 'a PDF document'],
  ['\x89PNG', 'one picture: put pictures into a zip, a folder a class'],
  ['\xff\xd8\xff', 'one picture: put pictures into a zip, a folder a class'],
  ['SQLite format 3', 'an SQLite database: write the table as CSV'],
  ['\x80\x04\x95', 'a Python pickle, which is never loaded: write the table as CSV or npz'],
  ['7z\xbc\xaf', 'a 7z archive: make it a zip'],
  ['Rar!', 'a RAR archive: make it a zip'],
];

const latin1 = (bytes: Uint8Array) => String.fromCharCode(...bytes.subarray(0, HEAD_BYTES));

/** format_unknown, encoding_unknown, too_many_cells, dataset_malformed, ragged_row or no_rows for what is no table of cells. */
export async function openFile(source: ByteSource, name: string, options: ReadOptions): Promise<Result<OpenedFile>> {
  const { sizeBytes = source instanceof Uint8Array ? source.length : 0 } = options;
  if (sizeBytes > READ_LIMITS.archiveBytesMax) return tooLong(READ_LIMITS.archiveBytesMax);
  let opened: AsyncGenerator<Uint8Array> | undefined;
  try {
    opened = await gunzipped(source);
    const { head, all } = await peek(opened, HEAD_BYTES);
    return await readCells(head, all, name, options);
  } catch (error) {
    if (error instanceof DamagedGzip) return fail('dataset_malformed', 'the gzip file is damaged');
    throw error;
  } finally {
    // What was refused half-way is not read on, and its file is closed.
    await opened?.return(undefined);
  }
}

async function readCells(
  head: Uint8Array,
  all: AsyncGenerator<Uint8Array>,
  name: string,
  options: ReadOptions,
): Promise<Result<OpenedFile>> {
  if (head.length === 0) return fail('no_rows', 'the file is empty');
  const start = latin1(head);
  if (start.startsWith('PK')) return readArchive(all);
  const other = OTHERS.find(([magic]) => start.startsWith(magic));
  if (other) return fail('format_unknown', other[1]);
  return readText(head, all, name, options);
}

async function readArchive(all: AsyncGenerator<Uint8Array>): Promise<Result<OpenedFile>> {
  const collected = await collect(all, READ_LIMITS.archiveBytesMax);
  if (!collected.ok) return collected;
  const bytes = collected.value;
  const { unzip } = await import('./zip.ts');
  const names: string[] = [];
  const listed = unzip(bytes, (name) => names.push(name) < 0);
  if (!listed.ok) return listed;
  if (names.includes('[Content_Types].xml'))
    return fail('format_unknown', 'a workbook or document: save the sheet as CSV');
  if (!names.some((name) => name.endsWith('.npy'))) return ok({ format: 'zip', bytes });
  const { readNpz } = await import('./npz.ts');
  const npz = readNpz(bytes);
  return npz.ok ? ok({ format: 'npz', npz: npz.value }) : npz;
}

async function readText(
  head: Uint8Array,
  all: AsyncGenerator<Uint8Array>,
  name: string,
  options: ReadOptions,
): Promise<Result<OpenedFile>> {
  const text = decodedText(all, head, options.encoding);
  if (!text.ok) return text;
  const start = latin1(head)
    .replace(/^(?:\xef\xbb\xbf|[\xfe\xff]{2})/, '')
    .replaceAll('\0', '')
    .trimStart();
  if (/^\[\s*\{/.test(start)) return fail('format_unknown', 'a JSON array: write an object a line');
  const told = (): Notice[] =>
    text.value.guessed ? [{ code: 'encoding_guessed', example: shown(text.value.encoding) }] : [];
  if (start.startsWith('{') || /\.(?:jsonl|ndjson)(?:\.gz)?$/i.test(name)) {
    const raw = await readJsonLines(text.value.pieces);
    if (!raw.ok) return raw;
    return ok({ format: 'json-lines', raw: raw.value, separator: ',', encoding: text.value.encoding, notices: told() });
  }
  const csv = await readCsv(text.value.pieces, options);
  if (!csv.ok) return csv;
  const { raw, separator, notices } = csv.value;
  return ok({ format: 'csv', raw, separator, encoding: text.value.encoding, notices: [...told(), ...notices] });
}
