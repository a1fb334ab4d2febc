/** A search ordered, kept and followed to its model. Whatever is signed, encrypted or decrypted is done here, in the browser. */
import { decodeBundle } from '../../../ml/bundle/bundle.ts';
import { decodeSummary } from '../../../ml/search/canonical.ts';
import type { JobSummary } from '../../../ml/search/search.ts';
import { encodeTypedTable } from '../../../ml/table/canonical.ts';
import type { ReadAs } from '../../../ml/table/read-as.ts';
import { searchWorkOf, taskOf } from '../../../ml/table/shape.ts';
import type { Table } from '../../../ml/table/table.ts';
import type { Zhi } from '../../../protocol/units.ts';
import type { Client } from '../../sdk/client.ts';
import { HaiError, UntrustedError } from '../../sdk/errors.ts';
import type { SearchJobs, SearchState } from '../../sdk/search.ts';
import { isPassing, pause } from '../../sdk/transport.ts';
import type { Show } from '../order-flow.ts';
import { UnsettledError } from '../unsettled.ts';
import type { Found } from './found.ts';
import type { KeptSearch, KeptSearches } from './kept.ts';
import type { SearchPlan } from './plan.ts';

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

/** Who follows a search: where its keys are kept, and who is shown what. */
export interface Watcher {
  readonly kept: KeptSearches;
  readonly signal: AbortSignal;
  readonly show: Show;
  /** The search is in the storage as this; undefined once it is not. */
  readonly showKept: (search: KeptSearch | undefined) => void;
  readonly showJobs: (progress: Progress) => void;
  /** Whether the network has stopped answering. */
  readonly showLost: (isLost: boolean) => void;
  /** Between two tries to reach it again, beyond those that the SDK makes by itself. */
  readonly rest?: () => Promise<void>;
}

export interface SearchOrder {
  readonly table: Table;
  /** Name of the visitor's file. */
  readonly file: string;
  /** How it was read. */
  readonly readAs: ReadAs;
  readonly plan: SearchPlan;
  readonly priceLimitZhi: Zhi;
}

/** The key is in the storage before the order leaves: from then on a reload can go on with it. */
export async function orderSearch(client: Client, asked: SearchOrder, watcher: Watcher): Promise<Found> {
  const { table, file, readAs: read, plan, priceLimitZhi } = asked;
  const { kept } = watcher;
  watcher.show(undefined);
  const work = searchWorkOf(table, plan);
  const { kind: _, ...fields } = work;
  const genesis = (await client.network()).hex;
  const target = table.target.kind === 'none' ? '' : table.target.name;
  /** More than one where it had to be signed anew. */
  const prepared: KeptSearch[] = [];
  const forgetAll = (but?: string): void => {
    for (const { order } of prepared) if (order !== but) kept.forget(order);
  };
  let search: KeptSearch;
  try {
    const opened = await client.search(
      {
        dataset: encodeTypedTable(table),
        work: fields,
        task: taskOf(table),
        metric: plan.metric,
        families: plan.families,
        priceLimitZhi,
      },
      {
        onPrepared({ id, contentKey }) {
          const said = { metric: plan.metric, file, target, read, isFound: false };
          const made: KeptSearch = { order: id, genesis, contentKey, work, ...said };
          kept.keep(made);
          prepared.push(made);
          watcher.showKept(made);
        },
      },
    );
    forgetAll(opened.id);
    watcher.show(opened.order);
    search = prepared.find(({ order }) => order === opened.id) as KeptSearch;
  } catch (error) {
    if (isRefused(error)) {
      forgetAll();
      watcher.showKept(undefined);
    }
    throw error;
  }
  return followSearch(client, search, watcher, table);
}

/** Said by the network, and for good: there is no such order. Whatever else went wrong, it may have got there. */
const isRefused = (error: unknown): boolean => error instanceof HaiError && !isPassing(error);

/** Goes on with a search that was ordered before, whether it runs or is over. `table`: what it searches, where the page has it. */
export async function followSearch(
  client: Client,
  search: KeptSearch,
  watcher: Watcher,
  table?: Table,
): Promise<Found> {
  const { order: id, contentKey, work } = search;
  const { kept } = watcher;
  watcher.showKept(search);
  let order: SearchState['order'] | undefined;
  for await (const state of watchedThroughOutages(client, search, watcher)) {
    order = state.order;
    watcher.show(order);
    watcher.showJobs(progressOf(state.jobs));
  }
  if (order?.state !== 'settled') {
    // Nobody was paid, and there is nothing to open.
    kept.forget(id);
    watcher.showKept(undefined);
    throw new UnsettledError(order?.state ?? 'open');
  }
  const bytes = await client.openResult(order, contentKey, await client.resultCiphertext(id));
  const bundle = bundleOf(bytes);
  if (bundle) kept.keep({ ...search, isFound: true });
  else kept.forget(id);
  return { order, model: { order: id, contentKey, work }, table, readAs: search.read, bytes, bundle };
}

function bundleOf(bytes: Uint8Array): Found['bundle'] {
  if (bytes.length === 0) return undefined;
  const decoded = decodeBundle(bytes);
  if (!decoded.ok) throw new UntrustedError('the result is no bundle', { code: decoded.code });
  return decoded.value;
}

/** In a row, without a word from the network: with the pauses, and the SDK's own tries, well above ten minutes. */
const LOST_MAX = 60;
const REST_MS = 5_000;

/** A search goes on whether or not anybody can watch it: so does the watcher. */
async function* watchedThroughOutages(
  client: Client,
  { order, contentKey }: KeptSearch,
  { signal, showLost, rest = () => pause(REST_MS) }: Watcher,
): AsyncGenerator<SearchState, void> {
  for (let lost = 0; ; ) {
    try {
      for await (const state of client.watchSearch(order, contentKey, signal)) {
        if (lost > 0) showLost(false);
        lost = 0;
        yield state;
      }
      return;
    } catch (error) {
      if (!isPassing(error) || ++lost > LOST_MAX) throw error;
      showLost(true);
      await rest();
    }
  }
}
