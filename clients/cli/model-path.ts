/** Where a model file goes that was not given a name: beside where `hai` runs, named after the data. */
import { basename } from 'node:path';
import { Refusal } from './exit-codes.ts';
import { expectWritable, fileExists } from './secret-files.ts';

/** Throws Refusal for a file that exists, unless it may be overwritten, and for one that can't be written. */
export function modelPath(data: string, { model, force }: { readonly model?: string; readonly force?: true }): string {
  const path = model ?? `${basename(data).replace(/\.[a-z0-9]{1,5}(\.gz)?$/i, '')}.model.json`;
  if (!force && fileExists(path)) throw new Refusal(`${path} exists; --force overwrites it, --model names another`);
  expectWritable(path);
  return path;
}
