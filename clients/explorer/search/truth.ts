import type { Table } from '../../../ml/table/table.ts';

/** What the visitor's table has for a row, as a sentence; nothing where it has no target. */
export function truthOf({ target }: Table, row: number, tell: (value: string) => string): string {
  if (target.kind === 'classes') return tell(target.classes[target.labels[row] as number] as string);
  return target.kind === 'values' ? tell(String(target.values[row])) : '';
}
