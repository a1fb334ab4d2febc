/** The AutoML demo's orders: a search within a budget, trials as they arrive, and rows by the model that it found. */
import type { Client } from '../../clients/sdk/client.ts';
import { scoreText } from '../../clients/sdk/score-text.ts';
import type { SearchJobs } from '../../clients/sdk/search.ts';
import type { SearchModel } from '../../clients/sdk/search-parts.ts';
import { type Bundle, decodeBundle } from '../../ml/bundle/bundle.ts';
import { decodePrediction, type Prediction, predictionLeaves } from '../../ml/bundle/prediction.ts';
import { decodeSummary } from '../../ml/search/canonical.ts';
import type { JobSummary, SearchSpec } from '../../ml/search/search.ts';
import { encodeTypedTable } from '../../ml/table/canonical.ts';
import { withoutTarget } from '../../ml/table/rows.ts';
import { shapeOf } from '../../ml/table/shape.ts';
import type { Table } from '../../ml/table/table.ts';
import type { SearchWork } from '../../protocol/order/work.ts';
import { hpuCycles, type Zhi } from '../../protocol/units.ts';
import type { WireOrder } from '../../protocol/wire.ts';
import type { Story } from './story.ts';

export const SPEC: SearchSpec = {
  task: 'classes',
  metric: 'accuracy',
  families: ['logistic', 'extraTrees', 'boost', 'mlp', 'randomForest'],
  trials: 12,
  budget: 1_000_000_000n,
  folds: 5,
  seed: 20_261_130n,
  rowCycles: 100_000,
};
const SEARCH_LIMIT_ZHI = 200_000_000n as Zhi;
const PREDICT_LIMIT_ZHI = 10_000_000n as Zhi;

export interface Found {
  readonly order: WireOrder;
  readonly model: SearchModel & { readonly work: SearchWork };
  readonly summaries: readonly JobSummary[];
  readonly bytes: Uint8Array;
  readonly bundle: Bundle;
}

function summariesOf({ jobs }: SearchJobs): JobSummary[] {
  return jobs.flatMap(({ summary }) => {
    const decoded = summary && decodeSummary(summary);
    if (decoded && !decoded.ok) throw new Error(`a summary does not decode: ${decoded.evidence}`);
    return decoded ? [decoded.value] : [];
  });
}

function tellJob(story: Story, { kind, candidate, score, cycles }: JobSummary): void {
  const told = score === undefined ? '' : scoreText(SPEC.metric, score);
  const name = kind === 'trial' ? `trial, ${candidate?.family}` : kind;
  story.fact(name, `${told.padEnd(8)} ${cycles.toString().padStart(12)} cycles`);
}

export async function searchModel(client: Client, table: Table, story: Story): Promise<Found> {
  const { task, metric, families, budget, ...rest } = SPEC;
  const { trials, folds, rowCycles, seed } = rest;
  const work = { ...shapeOf(table), trials, folds, rowCycles, seed, budget: hpuCycles(budget) };
  const dataset = encodeTypedTable(table);
  const opened = await client.search({ dataset, work, task, metric, families, priceLimitZhi: SEARCH_LIMIT_ZHI });
  let order = opened.order;
  const told = new Map<number, JobSummary>();
  for await (const state of client.watchSearch(opened.id, opened.contentKey)) {
    order = state.order;
    for (const summary of summariesOf(state.jobs)) {
      if (!told.has(summary.index)) tellJob(story, summary);
      told.set(summary.index, summary);
    }
  }
  if (order.state !== 'settled') throw new Error(`the search ended ${order.state}: ${JSON.stringify(order.failure)}`);
  const bytes = await client.openResult(order, opened.contentKey, await client.resultCiphertext(opened.id));
  const bundle = decodeBundle(bytes);
  if (!bundle.ok) throw new Error(`the model does not decode: ${bundle.evidence}`);
  const model = { order: opened.id, contentKey: opened.contentKey, work: { kind: 'search', ...work } } as const;
  return { order, model, summaries: [...told.values()], bytes, bundle: bundle.value };
}

export interface Predicted {
  readonly order: WireOrder;
  readonly prediction: Prediction;
  /** Canonical bytes. */
  readonly bytes: Uint8Array;
}

export async function predictRows(client: Client, { model, bundle }: Found, table: Table): Promise<Predicted> {
  const rows = encodeTypedTable(withoutTarget(table));
  const request = { model, rows, rowCount: table.rows, priceLimitZhi: PREDICT_LIMIT_ZHI };
  const opened = await client.predictTable(request);
  const { order } = await client.waitOrder(opened.id, 'final');
  const read = (bytes: Uint8Array): Prediction => {
    const prediction = decodePrediction(bytes, table.rows, bundle.classes.length);
    if (!prediction.ok) throw new Error(`the prediction does not decode: ${prediction.evidence}`);
    return prediction.value;
  };
  const ciphertext = await client.resultCiphertext(opened.id);
  const bytes = await client.openResult(order, opened.contentKey, ciphertext, (plain) => predictionLeaves(read(plain)));
  return { order, prediction: read(bytes), bytes };
}
