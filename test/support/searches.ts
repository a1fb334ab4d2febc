/** Small searches for tests of the running network: a table that tiny models learn, and rows to predict. */
import type { Client } from '../../clients/sdk/client.ts';
import type { SearchRequest } from '../../clients/sdk/search-parts.ts';
import { encodeTypedTable } from '../../ml/table/canonical.ts';
import type { Table, Target } from '../../ml/table/table.ts';
import { hpuCycles } from '../../protocol/units.ts';
import { clusterRows, LIMIT_ZHI } from './jobs.ts';

const FEATURES = 4;
const NO_TARGET: Target = { kind: 'none' };

/** Two clusters in three numbers, of which some are missing, and a category. */
export function smallTable(rows: number, seed = 1, withTarget = true): Table {
  const { x, y } = clusterRows(rows, seed);
  const numbers = [0, 1, 2].map((column) => ({
    kind: 'number' as const,
    name: `n${column}`,
    values: Float32Array.from({ length: rows }, (_, row) =>
      (row + column) % 9 === 0 ? Number.NaN : (x[row * FEATURES + column] as number),
    ),
  }));
  const codes = Int32Array.from({ length: rows }, (_, row) => ((x[row * FEATURES + 3] as number) > 0 ? 1 : 0));
  const category = { kind: 'category' as const, name: 'side', categories: ['left', 'right'], codes };
  const labels = Uint16Array.from(y);
  const target: Target = withTarget ? { kind: 'classes', name: 'y', classes: ['no', 'yes'], labels } : NO_TARGET;
  return { rows, features: { kind: 'columns', columns: [...numbers, category] }, target };
}

export const SEARCH_ROWS = 60;

export function searchRequest(change: Partial<SearchRequest['work']> = {}): SearchRequest {
  return {
    dataset: encodeTypedTable(smallTable(SEARCH_ROWS)),
    work: {
      rows: SEARCH_ROWS,
      columns: FEATURES,
      classes: 2,
      images: false,
      trials: 3,
      folds: 3,
      budget: hpuCycles(200_000_000n),
      rowCycles: 1_000_000,
      seed: 7n,
      ...change,
    },
    task: 'classes',
    metric: 'accuracy',
    families: ['logistic', 'extraTrees'],
    priceLimitZhi: (10n * LIMIT_ZHI) as typeof LIMIT_ZHI,
  };
}

export const search = (client: Client, change: Partial<SearchRequest['work']> = {}) =>
  client.search(searchRequest(change));
