/** What encoders are put together from. */
import type { ColumnPlan } from '../../features/plan.ts';
import type { Value } from './graph.ts';

export type PlanOf<Kind extends ColumnPlan['kind']> = ColumnPlan & { readonly kind: Kind };

/** Columns of a view's matrix, of one plan or of many, out of order. */
export interface Piece {
  /** Float [rows, columns.length]. */
  readonly value: Value;
  /** For each of its columns: the plan, and which column of the plan it is. */
  readonly columns: readonly { readonly plan: ColumnPlan; readonly index: number }[];
}
