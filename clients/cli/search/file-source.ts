/** A file as ml/table reads it: in pieces, so that one that is too large is refused before it is held. */
import { createReadStream, statSync } from 'node:fs';
import { basename } from 'node:path';
import { Refusal } from '../exit-codes.ts';

export interface FileSource {
  readonly source: AsyncIterable<Uint8Array>;
  readonly name: string;
  /** 0 for a pipe. */
  readonly sizeBytes: number;
}

const told = (path: string, cause: unknown): Refusal =>
  new Refusal(`${path} can not be read: ${(cause as NodeJS.ErrnoException).code ?? (cause as Error).message}`);

async function* piecesOf(path: string): AsyncGenerator<Uint8Array> {
  try {
    for await (const piece of createReadStream(path)) yield piece as Buffer;
  } catch (cause) {
    throw told(path, cause);
  }
}

/** Throws Refusal for a path that is no file of ours to read, now or while it is read. */
export function fileSource(path: string): FileSource {
  try {
    return { source: piecesOf(path), name: basename(path), sizeBytes: statSync(path).size };
  } catch (cause) {
    throw told(path, cause);
  }
}
