/** What a reader takes in before a table is made of it; the table's own bounds are protocol/table-limits.ts. */

export const READ_LIMITS = {
  /** Of a text file, or of what a compressed one holds: a table within bounds rarely has 30 bytes a cell. */
  textBytesMax: 128 << 20,
  /** Of an archive, which is read whole. */
  archiveBytesMax: 128 << 20,
  /** Of all that is unpacked from an archive, by what its directory states: no buffer is larger than stated. */
  unpackedBytesMax: 256 << 20,
  archiveEntriesMax: 1 << 17,
  /** Characters of one record: an open quote would otherwise swallow the file. */
  recordCharactersMax: 1 << 22,
  /** Lines above the header. */
  skipLinesMax: 1000,
  /** Of one picture before it is resized. */
  picturePixelsMax: 1 << 24,
  /** After the first byte that is not ASCII, how much decides the encoding. */
  encodingWindowBytes: 1 << 20,
} as const;

/** Texts that are quoted in evidence are shortened: a cell may be anything. */
const SHOWN_CHARACTERS = 32;

export function shortened(text: string): string {
  return text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}…` : text;
}

export const shown = (text: string): string => JSON.stringify(shortened(text));

/** Said where what was taken for the header seems to be something else. */
export const TITLE_HINT = 'the first lines may be a title and not the names of the columns: skip them';
