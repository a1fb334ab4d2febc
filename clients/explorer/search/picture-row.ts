/** One picture as a row of an image model. */
import type { Images, Schema, Table } from '../../../ml/table/table.ts';

export type ImageSchema = Extract<Schema, { kind: 'images' }>;
export type ImageTable = Table & { readonly features: Images };

export const oneRow = (features: Images): ImageTable => ({ rows: 1, features, target: { kind: 'none' } });

/** Of the visitor's own table; undefined where that has columns. */
export function pictureOfRow({ features }: Table, row: number): ImageTable | undefined {
  if (features.kind !== 'images') return undefined;
  const { height, width, channels, pixels } = features;
  const samples = height * width * channels;
  return oneRow({ ...features, pixels: pixels.slice(row * samples, (row + 1) * samples) });
}
