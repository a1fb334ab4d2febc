/** What a consumer and a process beside the network do alike with a job: what it reads, and what is recorded of it. */
import { summaryInput } from '../../../ml/search/assemble.ts';
import { decodeSummary, encodeSummary } from '../../../ml/search/canonical.ts';
import type { Job, JobSummary, SearchSpec, TableShape } from '../../../ml/search/search.ts';
import { shapeOf } from '../../../ml/table/shape.ts';
import type { Table } from '../../../ml/table/table.ts';
import { type Failure, fail, ok, type Result } from '../../../protocol/errors.ts';
import { equalBytes } from '../../../protocol/hash.ts';
import { resultRoot, resultSalt } from '../../../protocol/order/results.ts';
import { jobHash } from '../../../protocol/order/search-log.ts';
import { openContent, sealContent } from '../../../sealing/content.ts';

/** A job whose result is read. */
export interface Need {
  readonly index: number;
  readonly stateHash: Uint8Array;
  /** Ciphertext. */
  readonly summary: Uint8Array;
}

/**
 * Results that a job reads, each the one that the log has. Of the trials an assembly reads the summaries, which are here.
 * `read`: the result in the clear, undefined where it is not there or does not open.
 */
export async function neededResults<N extends Need>(
  contentKey: Uint8Array,
  needs: readonly N[],
  kind: Job['kind'],
  read: (need: N) => Promise<Uint8Array | undefined>,
): Promise<Result<Map<number, Uint8Array>>> {
  const results = new Map<number, Uint8Array>();
  const salt = resultSalt(contentKey);
  for (const need of needs) {
    const said = await openContent(contentKey, 'summary', need.summary);
    if (said && kind === 'assemble' && isOfTrial(said)) {
      results.set(need.index, summaryInput(said));
      continue;
    }
    const result = await read(need);
    if (!result || !said || !equalBytes(jobHash(salt, result, said), need.stateHash))
      return fail('result_mismatch', `the result of job ${need.index} is not the one in the log`);
    results.set(need.index, result);
  }
  return ok(results);
}

function isOfTrial(bytes: Uint8Array): boolean {
  const summary = decodeSummary(bytes);
  return summary.ok && summary.value.kind === 'trial';
}

/** What is recorded of a job that is over, but for where its result is. */
export async function recordOf(contentKey: Uint8Array, result: Uint8Array, summary: JobSummary) {
  const salt = resultSalt(contentKey);
  const bytes = encodeSummary(summary);
  return {
    stateHash: jobHash(salt, result, bytes),
    cycles: summary.cycles,
    root: resultRoot(salt, [result]),
    summary: await sealContent(contentKey, 'summary', bytes),
  };
}

const TARGET_OF = { classes: 'classes', values: 'values', clusters: 'none' } as const;

/** The table must have the shape that the order declares, and the target that its task asks for: dataset_malformed else. */
export function shapeFault(table: Table, task: SearchSpec['task'], shape: TableShape): Failure | undefined {
  const { kind } = table.target;
  if (kind !== TARGET_OF[task]) return fail('dataset_malformed', `the target is ${kind}`);
  const { rows, columns, classes, images } = shapeOf(table);
  const fits = rows === shape.rows && columns === shape.columns && classes === shape.classes && images === shape.images;
  return fits ? undefined : fail('dataset_malformed', 'the table has another shape than the order');
}
