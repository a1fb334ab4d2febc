/** A search, or a prediction by its model, run again on this machine: the same jobs, the same bytes, the same cycles. */
import type { Bundle } from '../../../ml/bundle/bundle.ts';
import { predictBundle } from '../../../ml/bundle/predict.ts';
import { encodePrediction, predictionLeaves } from '../../../ml/bundle/prediction.ts';
import { Meter } from '../../../ml/meter.ts';
import { encodeSummary } from '../../../ml/search/canonical.ts';
import { searchSteps } from '../../../ml/search/local.ts';
import type { Metric, SearchSpec } from '../../../ml/search/search.ts';
import type { Table } from '../../../ml/table/table.ts';
import { nodeKernels } from '../../../ml/trainers/node.ts';
import type { Family } from '../../../ml/trainers/trainer.ts';
import { ok, type Result } from '../../../protocol/errors.ts';
import { resultRoot, resultSalt } from '../../../protocol/order/results.ts';
import { jobHash, tablePredictionHash } from '../../../protocol/order/search-log.ts';
import type { ChunkEntry } from '../../../protocol/order/worklog.ts';
import { hpuCycles } from '../../../protocol/units.ts';
import { driven } from '../drive.ts';
import type { SearchFile } from '../search-files.ts';
import type { RunAgain } from './run-again.ts';

/** Multiply-adds between two looks at signals: at most some twenty milliseconds. What the search comes to does not hang on it. */
const STEP_OPERATIONS = 1 << 22;

type Tell = (done: number, all: number) => void;

/** Refuses as the search does. A search that was stopped early was another one: it can't be told from a false one here. */
export async function searchAgain(
  { work, task, metric, families, contentKey }: SearchFile,
  table: Table,
  tell: Tell,
  signal: AbortSignal,
): Promise<Result<RunAgain>> {
  const { trials, budget, folds, seed, rowCycles } = work;
  const spec: SearchSpec = {
    task: task as SearchSpec['task'],
    metric: metric as Metric,
    families: families as readonly Family[],
    ...{ trials, budget, folds, seed, rowCycles },
  };
  const salt = resultSalt(contentKey);
  const entries: ChunkEntry[] = [];
  const steps = searchSteps(nodeKernels(), table, spec, {
    operations: STEP_OPERATIONS,
    onJob(summary, _, result) {
      const { index, cycles } = summary;
      entries.push({
        chunk: index,
        stateHash: jobHash(salt, result, encodeSummary(summary)),
        cycles: hpuCycles(cycles),
      });
      tell(entries.length, trials);
    },
  });
  const found = await driven(steps, signal, 'stopped; nothing was compared');
  if (!found.ok) return found;
  const { bundle } = found.value;
  entries.sort((a, b) => a.chunk - b.chunk);
  return ok({ result: bundle, root: resultRoot(salt, [bundle]), entries });
}

export function predictTableAgain(bundle: Bundle, table: Table, contentKey: Uint8Array): RunAgain {
  const meter = new Meter();
  const prediction = predictBundle(nodeKernels(), bundle, table, meter);
  const result = encodePrediction(prediction);
  const salt = resultSalt(contentKey);
  return {
    result,
    root: resultRoot(salt, predictionLeaves(prediction)),
    entries: [{ chunk: 0, stateHash: tablePredictionHash(salt, result), cycles: hpuCycles(meter.cycles) }],
  };
}
