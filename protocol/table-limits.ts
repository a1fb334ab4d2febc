/**
 * Bounds of a typed table ("HTB2"): what a search may be given. They keep the table, one view of it in f32 and the kernels' memory
 * inside one 128 MB isolate, and its sealed bytes inside one upload.
 */
export const TABLE_LIMITS = {
  rowsMax: 1 << 20,
  columnsMax: 16_384,
  /** rows x columns: 16 MiB of f32. */
  cellsMax: 1 << 22,
  /** A category's code is 16 bits wide in canonical bytes, and a one-hot view stays small. */
  categoriesMax: 4096,
  /** As of the single network: a label there is a byte. */
  classesMax: 256,
  /** Of a column's name, a category or a class, in UTF-8. */
  nameBytesMax: 512,
  /** rows x height x width x channels: 32 MiB of f32. */
  samplesMax: 1 << 23,
  /** Of a side of an image. */
  sideMax: 512,
  /** Of the canonical bytes: an upload is 32 MiB, and its sealing needs a little. */
  bytesMax: 31 << 20,
} as const;
