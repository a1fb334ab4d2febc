/** Rows of a table as an exported model takes them, for whichever runtime scores it. */
import type { Table } from '../../table/table.ts';

/** Row-major. Types by their ONNX names. */
export type OnnxFeed = { readonly name: string; readonly dims: readonly number[] } & (
  | { readonly type: 'float'; readonly values: Float32Array }
  | { readonly type: 'double'; readonly values: Float64Array }
  | { readonly type: 'uint8'; readonly values: Uint8Array }
  | { readonly type: 'string'; readonly values: readonly string[] }
);

/** The input of images; a column's has its name. */
export const IMAGE_INPUT = 'image';

/** A missing category is ''. The table has the bundle's schema. */
export function tableFeeds({ rows, features }: Table): OnnxFeed[] {
  if (features.kind === 'images') {
    const { height, width, channels, pixels } = features;
    return [{ name: IMAGE_INPUT, type: 'uint8', dims: [rows, height, width, channels], values: pixels }];
  }
  return features.columns.map((column): OnnxFeed => {
    const head = { name: column.name, dims: [rows, 1] };
    if (column.kind === 'number') return { ...head, type: 'float', values: column.values };
    if (column.kind === 'date') return { ...head, type: 'double', values: column.days };
    return { ...head, type: 'string', values: Array.from(column.codes, (code) => column.categories[code] ?? '') };
  });
}
