import type { Failure } from '../../protocol/errors.ts';

/** Row and column of a failure that parseCsv names, for a sentence in the reader's language. */
export function placeOf({
  evidence,
  param,
}: Pick<Failure, 'evidence' | 'param'>): { row: string; column: string } | undefined {
  const row = /^row (\d+), column /.exec(evidence ?? '')?.[1];
  return row !== undefined && param !== undefined ? { row, column: param } : undefined;
}
