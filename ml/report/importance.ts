/** Which columns the members go by: each one's own measure (gain of splits, size of weights), weighted as the members are. */
import type { Encoder } from '../features/encoder.ts';
import type { Schema } from '../table/table.ts';
import type { Predictor } from '../trainers/trainer.ts';

export interface Weighed {
  readonly encoder: Encoder;
  readonly predictor: Predictor;
  readonly weight: number;
}

export interface Importance {
  readonly column: string;
  readonly share: number;
}

const COLUMNS_MAX = 64;
/** Six decimals: it is shown, not computed with. */
const DECIMALS = 1e6;

/** The most important columns of the table first, equals in table order. Empty for images, and where no member has a measure. */
export function importanceOf(schema: Schema, members: readonly Weighed[]): Importance[] {
  if (schema.kind === 'images') return [];
  const sums = new Float64Array(schema.columns.length);
  let whole = 0;
  for (const { encoder, predictor, weight } of members) {
    const own = predictor.importance?.();
    if (!own) continue;
    own.forEach((share, i) => {
      const column = encoder.columnsOf[i]?.column ?? -1;
      if (column >= 0 && Number.isFinite(share)) sums[column] = (sums[column] as number) + weight * share;
    });
  }
  for (const sum of sums) whole += sum;
  if (whole === 0) return [];
  return schema.columns
    .map(({ name }, i) => ({ column: name, share: Math.round(((sums[i] as number) / whole) * DECIMALS) / DECIMALS, i }))
    .sort((a, b) => b.share - a.share || a.i - b.i)
    .slice(0, COLUMNS_MAX)
    .map(({ column, share }) => ({ column, share }));
}
