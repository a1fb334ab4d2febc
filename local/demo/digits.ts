/** The demo's data: 1,797 handwritten digits of 8 x 8 pixels (data/README.md), split by row hash on the client. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { parseCsv } from '../../ml/dataset/csv.ts';
import type { EncodedTable } from '../../ml/dataset/rows.ts';
import { splitByRowHash } from '../../ml/dataset/split.ts';
import { ROOT } from '../bundle.ts';

export const HELD_OUT_PERCENT = 20;

export interface Digits {
  readonly csv: string;
  readonly train: EncodedTable;
  readonly heldOut: EncodedTable;
}

export async function loadDigits(): Promise<Digits> {
  const csv = gunzipSync(await readFile(join(ROOT, 'data/digits.csv.gz'))).toString('utf8');
  const table = parseCsv(csv);
  if (!table.ok) throw new Error(`digits: ${table.code} ${table.evidence ?? ''}`);
  return { csv, ...splitByRowHash(table.value, HELD_OUT_PERCENT) };
}
