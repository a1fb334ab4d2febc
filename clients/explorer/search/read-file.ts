/** The visitor's file becomes a typed table here, in the browser, before anything leaves. Loaded with the first file. */
import { type ReadAs, readAsOf } from '../../../ml/table/read-as.ts';
import { type ReadTable, readTable } from '../../../ml/table/read-table.ts';
import type { ReadOptions } from '../../../ml/table/report.ts';
import { ok, type Result } from '../../../protocol/errors.ts';
import { heeded, withoutNames } from './reading.ts';

export interface SourceFile {
  readonly name: string;
  readonly file: Blob;
}

export interface ReadFile {
  readonly source: SourceFile;
  /** What was told of it, but for columns that it does not have. */
  readonly options: ReadOptions;
  readonly read: ReadTable;
  /** As rows to predict are to be read. */
  readonly readAs: ReadAs;
}

/** Not every browser can iterate a stream by itself. */
async function* chunksOf(file: Blob): AsyncGenerator<Uint8Array> {
  const reader = file.stream().getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield value;
    }
  } finally {
    await reader.cancel().catch(() => {});
  }
}

export async function readSource(source: SourceFile, options: ReadOptions): Promise<Result<ReadFile>> {
  const read = await readWith(source, options);
  return !read.ok && read.code === 'unknown_column' ? readWith(source, withoutNames(options)) : read;
}

async function readWith(source: SourceFile, options: ReadOptions): Promise<Result<ReadFile>> {
  const { name, file } = source;
  const read = await readTable(chunksOf(file), name, { ...options, sizeBytes: file.size });
  if (!read.ok) return read;
  return ok({ source, options, read: read.value, readAs: readAsOf(heeded(options, read.value), read.value) });
}
