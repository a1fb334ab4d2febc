/** The file of `hai train` as a typed table, with what was guessed and repaired told to whoever watches. */
import { type ReadTable, readTable } from '../../../ml/table/read-table.ts';
import type { Output } from '../output.ts';
import { type ReadFileOptions, readOptionsOf } from '../read-options.ts';
import { fileSource } from './file-source.ts';
import { tableRefusal, tellNotices } from './notices.ts';

/** Throws Refusal with the row and the column where it went wrong. */
export async function readTrainTable(out: Output, path: string, options: ReadFileOptions): Promise<ReadTable> {
  const { source, name, sizeBytes } = fileSource(path);
  const read = await readTable(source, name, { ...readOptionsOf(options), sizeBytes });
  if (!read.ok) throw tableRefusal(read);
  tellNotices(out, read.value.notices);
  return read.value;
}
