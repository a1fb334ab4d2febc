/** The search of an order run in this process: the same jobs, leaderboard and model, and nobody to pay. */
import { searchSteps } from '../../../ml/search/local.ts';
import type { SearchSpec } from '../../../ml/search/search.ts';
import type { Table } from '../../../ml/table/table.ts';
import { nodeKernels } from '../../../ml/trainers/node.ts';
import { driven } from '../drive.ts';
import { Refusal } from '../exit-codes.ts';
import type { Io } from '../output.ts';
import type { LiveBoard } from './live-board.ts';
import { bundleOfFile, type OpenedBundle } from './open-bundle.ts';

export async function searchHere(io: Io, table: Table, spec: SearchSpec, board: LiveBoard): Promise<OpenedBundle> {
  const steps = searchSteps(nodeKernels(), table, spec, { onJob: (summary) => board.job(summary) });
  try {
    const found = await driven(steps, io.signal, 'stopped; nothing is kept of a local search');
    if (!found.ok) throw Refusal.of(found);
    return bundleOfFile(found.value.bundle, 'the search');
  } finally {
    board.end();
  }
}
