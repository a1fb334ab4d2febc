/** A zip archive whose entries are bounded by what its directory states: no entry unpacks to more. */
import { unzipSync } from 'fflate';
import { fail, ok, type Result } from '../../../protocol/errors.ts';
import { READ_LIMITS, shown } from '../limits.ts';
import { looksChinese, utf8Fault } from './encoding.ts';

export interface ZipEntry {
  /** As the directory has it, with / between folders. */
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** Some archivers write names in the encoding of their system and say nothing; the reader gave such bytes as Latin-1. */
function readableName(name: string): string {
  const isLatin1 = [...name].every((character) => character <= '\xff');
  if (!isLatin1 || !/[\x80-\xff]/.test(name)) return name;
  const bytes = Uint8Array.from(name, (character) => character.charCodeAt(0));
  if (utf8Fault(bytes) < 0) return new TextDecoder().decode(bytes);
  return looksChinese(bytes) ? new TextDecoder('gb18030').decode(bytes) : name;
}

const isFolder = (name: string) => name.endsWith('/');

/** Thrown within unzip only, to end it. */
class OverBound extends Error {}

/** The entries that `wants` picks, folders aside, in the directory's order. */
export function unzip(bytes: Uint8Array, wants: (name: string) => boolean): Result<ZipEntry[]> {
  const names = new Map<string, string>();
  let [entries, unpacked] = [0, 0];
  const filter = ({ name, originalSize }: { name: string; originalSize: number }): boolean => {
    if (++entries > READ_LIMITS.archiveEntriesMax)
      throw new OverBound(`more than ${READ_LIMITS.archiveEntriesMax} entries`);
    const readable = readableName(name).replaceAll('\\', '/');
    if (isFolder(readable) || !wants(readable)) return false;
    unpacked += originalSize;
    if (!(unpacked <= READ_LIMITS.unpackedBytesMax)) {
      throw new OverBound(`more than ${READ_LIMITS.unpackedBytesMax >> 20} MiB when unpacked`);
    }
    if (names.has(name)) throw new OverBound(`two entries are named ${shown(readable)}`);
    names.set(name, readable);
    return true;
  };
  try {
    const files = new Map(Object.entries(unzipSync(bytes, { filter })));
    return ok(
      [...names]
        .map(([name, readable]) => ({ name: readable, bytes: files.get(name) as Uint8Array }))
        .filter(({ bytes }) => bytes),
    );
  } catch (error) {
    if (error instanceof OverBound) return fail('too_many_cells', error.message);
    return fail('dataset_malformed', `the zip archive is damaged: ${error instanceof Error ? error.message : error}`);
  }
}
