/** A search ordered and followed, and rows ordered from its model. Whatever is signed, encrypted or decrypted is done here, in the browser. */
import { decodeSummary } from '../../../ml/search/canonical.ts';
import type { JobSummary } from '../../../ml/search/search.ts';
import { encodeTypedTable } from '../../../ml/table/canonical.ts';
import type { Table } from '../../../ml/table/table.ts';
import type { Zhi } from '../../../protocol/units.ts';
import type { Client } from '../../sdk/client.ts';
import { UntrustedError } from '../../sdk/errors.ts';
import type { SearchJobs } from '../../sdk/search.ts';
import { type Show, UnsettledError } from '../order-flow.ts';
import type { Found } from './found.ts';
import { type SearchPlan, searchWorkOf } from './plan.ts';
import { taskOf } from './shape.ts';

export interface Progress {
  readonly summaries: readonly JobSummary[];
  /** Of jobs that are done, and of those that run. */
  readonly cycles: bigint;
  readonly isStopped: boolean;
}

export function progressOf({ jobs, stopped }: SearchJobs): Progress {
  const summaries = jobs.flatMap(({ summary, index }) => {
    if (!summary) return [];
    const decoded = decodeSummary(summary);
    if (!decoded.ok) throw new UntrustedError(`the summary of job ${index} is none`);
    return [decoded.value];
  });
  return { summaries, cycles: jobs.reduce((sum, { cycles }) => sum + cycles, 0n), isStopped: stopped };
}

interface SearchOrder {
  readonly table: Table;
  readonly plan: SearchPlan;
  readonly priceLimitZhi: Zhi;
  readonly show: Show;
  readonly showJobs: (progress: Progress) => void;
}

export async function orderSearch(client: Client, asked: SearchOrder): Promise<Found> {
  const { table, plan, priceLimitZhi, show, showJobs } = asked;
  show(undefined);
  const { kind: _, ...work } = searchWorkOf(table, plan);
  const opened = await client.search({
    dataset: encodeTypedTable(table),
    work,
    task: taskOf(table),
    metric: plan.metric,
    families: plan.families,
    priceLimitZhi,
  });
  show(opened.order);
  let order = opened.order;
  for await (const state of client.watchSearch(opened.id, opened.contentKey)) {
    order = state.order;
    show(order);
    showJobs(progressOf(state.jobs));
  }
  if (order.state !== 'settled') throw new UnsettledError(order.state);
  const bytes = await client.openResult(order, opened.contentKey, await client.resultCiphertext(opened.id));
  const model = { order: opened.id, contentKey: opened.contentKey, work: { kind: 'search', ...work } } as const;
  return { order, model, table, plan, bytes };
}
