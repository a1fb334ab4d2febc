/**
 * `--recompute`: what a receipt does not prove by itself. With the demander's plaintext and content key the job is run again, and
 * its result must have the root of the receipt, its work log the head that the provider signed.
 */
import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js';
import type { Command } from 'commander';
import { parseCsv, parseRowsCsv } from '../../../ml/dataset/csv.ts';
import { rowsOptionsOf } from '../../../ml/table/read-as.ts';
import { readRows } from '../../../ml/table/read-rows.ts';
import { shapeOf } from '../../../ml/table/shape.ts';
import { logCycles, logHead } from '../../../protocol/order/worklog.ts';
import type { VerifiedReceipt } from '../../../protocol/proof/verify-receipt.ts';
import { sha256 } from '../../../protocol/sha256.ts';
import { onlyColumns, withTargetLast } from '../csv-columns.ts';
import { Refusal, UsageError } from '../exit-codes.ts';
import { type ModelFile, OrderFiles, readAnyModelFile, readModelFile } from '../order-files.ts';
import { ProgressLine } from '../progress.ts';
import { type ReadFileOptions, withReadOptions } from '../read-options.ts';
import { fileSource } from '../search/file-source.ts';
import { readTrainTable } from '../search/train-table.ts';
import type { SearchFile } from '../search-files.ts';
import { FILE_BYTES_MAX, readTextFile } from '../secret-files.ts';
import type { Session } from '../session.ts';
import { boundBundle, boundModel, type ModelSources } from './bound-model.ts';
import { heldOf } from './light.ts';
import { predictAgain, type RunAgain, trainAgain } from './run-again.ts';
import { predictTableAgain, searchAgain } from './search-again.ts';

export interface RecomputeOptions extends ModelSources, ReadFileOptions {
  readonly recompute?: true;
  readonly csv?: string;
  readonly model?: string;
}

export interface Recomputed {
  /** Length of the result. */
  readonly bytes: number;
  /** SHA-256 of the result's plaintext. */
  readonly sha256: string;
  /** Chunks, or tiles, whose states are those of the work log. */
  readonly chunks: number;
}

/** A file is read as it was when it was ordered; model files from before that was noted need the same options again. */
export const withRecomputeOptions = (command: Command): Command =>
  withReadOptions(command)
    .option('--recompute', 'run the work again with --csv, and compare its result with the one of the receipt')
    .option('--csv <file>', 'what was ordered: the table of a training, the rows of a prediction')
    .option('--model <file>', 'the model file that hai train wrote (found by its order)')
    .option('--weights <file>', "a prediction's model, as hai order result wrote it (fetched)")
    .option('--model-receipt <file>', "receipt of the training that made a prediction's model (fetched)");

export async function recompute(
  session: Session,
  receipt: VerifiedReceipt,
  options: RecomputeOptions,
): Promise<Recomputed> {
  const { csv } = options;
  if (csv === undefined) throw new UsageError('--recompute needs --csv FILE: what was ordered');
  const progress = new ProgressLine(session.out);
  const tell = (done: number, all: number): void => progress.show(`computing: ${done} of ${all}`);
  try {
    return compared(receipt, await AGAIN[receipt.work.kind](session, receipt, csv, options, tell));
  } finally {
    progress.end();
  }
}

type Tell = (done: number, all: number) => void;

type Again = (
  session: Session,
  receipt: VerifiedReceipt,
  csv: string,
  options: RecomputeOptions,
  tell: Tell,
) => RunAgain | Promise<RunAgain>;

const AGAIN: Readonly<Record<VerifiedReceipt['work']['kind'], Again>> = {
  train: trainedAgain,
  predict: predictedAgain,
  search: searchedAgain,
  predictTable: tablePredictedAgain,
};

function modelFile(session: Session, order: string, { model }: RecomputeOptions): ModelFile {
  const file = model === undefined ? new OrderFiles(session.io.env).read(order) : readModelFile(model);
  if (file.kind !== 'model') throw new Refusal(`order ${order} trained no model`, 'unknown_model');
  if (file.order !== order) throw new Refusal(`the model file is of order ${file.order}`, 'unknown_model');
  return file;
}

function trainedAgain(
  session: Session,
  { order, work }: VerifiedReceipt,
  csv: string,
  options: RecomputeOptions,
  tell: Tell,
): RunAgain {
  if (work.kind !== 'train') throw new Error('not a training');
  const { target, contentKey } = modelFile(session, order, options);
  const table = heldOf(parseCsv(withTargetLast(readTextFile(csv, FILE_BYTES_MAX.table), target)));
  const { rows, features, classes } = table;
  if (rows !== work.rows || features !== work.features || classes !== work.classes)
    throw new Refusal(`${csv} has ${rows} rows, ${features} features, ${classes} classes`, 'dataset_malformed');
  return heldOf(trainAgain(work, table, contentKey, tell));
}

async function predictedAgain(
  session: Session,
  { order, work }: VerifiedReceipt,
  csv: string,
  options: RecomputeOptions,
  tell: Tell,
): Promise<RunAgain> {
  if (work.kind !== 'predict') throw new Error('not a prediction');
  const { contentKey } = new OrderFiles(session.io.env).read(order);
  const file = modelFile(session, bytesToHex(work.model), options);
  const rows = heldOf(parseRowsCsv(onlyColumns(readTextFile(csv, FILE_BYTES_MAX.table), file.columns)));
  if (rows.rows !== work.rows) throw new Refusal(`${csv} has ${rows.rows} rows`, 'dataset_malformed');
  return heldOf(predictAgain(await boundModel(session, file, options), rows, contentKey, tell));
}

function searchFile(session: Session, order: string, { model }: RecomputeOptions): SearchFile {
  const file = model === undefined ? new OrderFiles(session.io.env).read(order) : readAnyModelFile(model);
  if (file.kind !== 'search') throw new Refusal(`order ${order} was no search`, 'unknown_model');
  if (file.order !== order) throw new Refusal(`the model file is of order ${file.order}`, 'unknown_model');
  return file;
}

async function searchedAgain(
  session: Session,
  { order, work }: VerifiedReceipt,
  csv: string,
  options: RecomputeOptions,
  tell: Tell,
): Promise<RunAgain> {
  if (work.kind !== 'search') throw new Error('not a search');
  const file = searchFile(session, order, options);
  const { table } = await readTrainTable(session.out, csv, {
    ...file.read,
    ...options,
    target: file.target,
    task: file.task as Task,
  });
  const { rows, columns, classes } = shapeOf(table);
  if (rows !== work.rows || columns !== work.columns || classes !== work.classes)
    throw new Refusal(`${csv} has ${rows} rows, ${columns} columns, ${classes} classes`, 'dataset_malformed');
  return heldOf(await searchAgain(file, table, tell, session.io.signal));
}

type Task = 'classes' | 'values' | 'clusters';

async function tablePredictedAgain(
  session: Session,
  { order, work }: VerifiedReceipt,
  csv: string,
  options: RecomputeOptions,
): Promise<RunAgain> {
  if (work.kind !== 'predictTable') throw new Error('not a prediction of typed rows');
  const { contentKey } = new OrderFiles(session.io.env).read(order);
  const file = searchFile(session, bytesToHex(work.model), options);
  const bundle = await boundBundle(session, file, options);
  const { source, name, sizeBytes } = fileSource(csv);
  const reading = { ...rowsOptionsOf(file.read, options), sizeBytes };
  const { table } = heldOf(await readRows(source, name, bundle.schema, reading));
  if (table.rows !== work.rows) throw new Refusal(`${csv} has ${table.rows} rows`, 'dataset_malformed');
  return predictTableAgain(bundle, table, contentKey);
}

function compared(receipt: VerifiedReceipt, { result, root, entries }: RunAgain): Recomputed {
  // Whether a search was stopped early is not in its receipt.
  const unless =
    receipt.work.kind === 'search' ? '; a search that was stopped can not be told from a false one here' : '';
  if (bytesToHex(root) !== receipt.resultRoot)
    throw new Refusal(
      `the result here has the root ${bytesToHex(root)}, the receipt ${receipt.resultRoot}${unless}`,
      'result_differs',
    );
  // The same result by another way is still not the work that was claimed and paid.
  const head = bytesToHex(logHead(hexToBytes(receipt.order), receipt.attempts.length, entries));
  if (head !== receipt.logHead)
    throw new Refusal(`the work log here ends in ${head}, the receipt’s in ${receipt.logHead}`, 'result_differs');
  // What was paid is what the work takes, not what somebody said that it takes.
  const cycles = logCycles(entries);
  if (cycles !== receipt.billCycles || entries.length !== receipt.chunks)
    throw new Refusal(
      `the work takes ${cycles} cycles in ${entries.length} chunks here, the receipt has ${receipt.billCycles} in ${receipt.chunks}`,
      'result_differs',
    );
  return { bytes: result.length, sha256: bytesToHex(sha256(result)), chunks: entries.length };
}
