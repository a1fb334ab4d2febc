/** The search of an order run in this process: the same jobs, leaderboard and model, and nobody to pay. */
import { searchSteps } from '../../../ml/search/local.ts';
import type { SearchSpec } from '../../../ml/search/search.ts';
import type { Table } from '../../../ml/table/table.ts';
import { nodeKernels } from '../../../ml/trainers/node.ts';
import { Interrupted, Refusal } from '../exit-codes.ts';
import type { Io } from '../output.ts';
import type { LiveBoard } from './live-board.ts';
import { bundleOfFile, type OpenedBundle } from './open-bundle.ts';

/** Signals arrive between two slices. */
const breath = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

export async function searchHere(io: Io, table: Table, spec: SearchSpec, board: LiveBoard): Promise<OpenedBundle> {
  const steps = searchSteps(nodeKernels(), table, spec, { onJob: (summary) => board.job(summary) });
  try {
    for (;;) {
      const { done, value } = steps.next();
      if (done) {
        if (!value.ok) throw Refusal.of(value);
        return bundleOfFile(value.value.bundle, 'the search');
      }
      await breath();
      if (io.signal.aborted) throw new Interrupted('stopped; nothing is kept of a local search');
    }
  } finally {
    board.end();
  }
}
