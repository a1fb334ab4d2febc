/** hai predict: rows through a model that this user trained. Neither rows nor results leave in the clear. */

import { hexToBytes } from '@noble/hashes/utils.js';
import type { Command } from 'commander';
import { parseRowsCsv } from '../../../ml/dataset/csv.ts';
import { encodeRows } from '../../../ml/dataset/rows.ts';
import { formatHai } from '../../../protocol/units.ts';
import { endpointName, haiAmount } from '../arguments.ts';
import { columnNames, onlyColumns } from '../csv-columns.ts';
import { Refusal, UsageError } from '../exit-codes.ts';
import { followOrder } from '../follow.ts';
import { keptBy, type SignedOrder } from '../kept-order.ts';
import { type ModelFile, OrderFiles, type PredictionFile, readAnyModelFile } from '../order-files.ts';
import type { Io } from '../output.ts';
import { signerOf, withPayer } from '../payer.ts';
import { priceLimit } from '../price-limit.ts';
import { withCellOptions } from '../read-options.ts';
import { openPredictions, predictionsCsv } from '../results.ts';
import type { SearchFile } from '../search-files.ts';
import { FILE_BYTES_MAX, readTextFile, writeResultFile } from '../secret-files.ts';
import { Session, withCommonOptions } from '../session.ts';
import type { PredictOptions } from './predict-options.ts';

/** Seconds that the first answer is waited for: small orders need no second request. */
const WAIT_SECONDS = 20;

export function addPredict(program: Command, io: Io): void {
  const command = program
    .command('predict')
    .description("predict a file's rows with a trained model")
    .argument('<model>', 'the model file that hai train wrote, or @NAME of an endpoint of this account')
    .argument('<csv>', "the model's columns by name; a column of the target is only compared with, here")
    .option('--limit <hai>', 'highest price', haiAmount)
    .option('--yes', 'take the quote as the limit')
    .option('--out <file>', 'write the predictions as CSV')
    .option('--proba', 'with the probability of each class, of the model of a search')
    .option('--local', 'compute it here, with the model of a search: no order')
    .option('--queue', 'by queue even if small');
  withPayer(withCommonOptions(withCellOptions(command))).action(
    async (path: string, rows: string, options: PredictOptions) => {
      const session = new Session(io, options);
      const model = path.startsWith('@') ? await modelOfEndpoint(session, path.slice(1)) : readAnyModelFile(path);
      if (model.kind !== 'model') {
        const { predictTable } = await import('./predict-table.ts');
        return predictTable(session, { model, path, rows }, options);
      }
      if (options.proba || options.local) throw new UsageError('--proba and --local are of the model of a search');
      return predict(session, model, readTextFile(rows, FILE_BYTES_MAX.table), options);
    },
  );
}

/** The model that answers under a name; its key is among this user's order files. */
async function modelOfEndpoint(session: Session, name: string): Promise<ModelFile | SearchFile> {
  const { active, versions } = await session.client().endpoint(endpointName(name), session.address());
  const order = versions.find(({ version }) => version === active)?.order ?? '';
  const file = new OrderFiles(session.io.env).read(order);
  if (file.kind === 'model' || file.kind === 'search') return file;
  throw new Refusal(`${order} makes no model`, 'unknown_model');
}

function readRows(text: string, columns: readonly string[]) {
  const parsed = parseRowsCsv(onlyColumns(text, columns));
  if (!parsed.ok) throw Refusal.of(parsed);
  return parsed.value;
}

/** Share of rows whose value in the target's column was predicted; undefined without that column. */
function accuracyOn(text: string, target: string, predicted: readonly number[]): number | undefined {
  if (!columnNames(text).includes(target)) return undefined;
  const parsed = parseRowsCsv(onlyColumns(text, [target]));
  if (!parsed.ok) throw Refusal.of(parsed);
  const hits = predicted.filter((value, row) => Math.fround(value) === parsed.value.x[row]).length;
  return hits / predicted.length;
}

async function predict(session: Session, model: ModelFile, text: string, options: PredictOptions): Promise<void> {
  const { out } = session;
  const rows = readRows(text, model.columns);
  const account = await session.account();
  const client = session.clientOf(model, signerOf(account, options));
  const work = { kind: 'predict', rows: rows.rows, model: hexToBytes(model.order) } as const;
  const priceLimitZhi = await priceLimit(session, client, work, options);
  const files = new OrderFiles(session.io.env);
  const fileOf = ({ id: order, contentKey }: SignedOrder): PredictionFile => {
    const { genesis, target, classValues } = model;
    return { kind: 'prediction', order, url: client.url, genesis, contentKey, target, classValues, rows: rows.rows };
  };
  const opened = await client.predict(
    { model, rows: encodeRows(rows), rowCount: rows.rows, priceLimitZhi },
    {
      waitSeconds: WAIT_SECONDS,
      preferQueue: options.queue === true,
      onPrepared: keptBy(files, fileOf),
    },
  );
  const order = await followOrder(client, out, opened.id, 'checked', opened.order);
  const values = await openPredictions(client, order, fileOf(opened), opened.result);
  const accuracy = accuracyOn(text, model.target, values);
  const csv = predictionsCsv(model.target, values);
  if (options.out !== undefined) writeResultFile(options.out, csv);
  const scored = accuracy === undefined ? {} : { accuracy };
  const { cycles, priceZhi } = order.quote;
  out.note(`order ${order.id}: ${values.length} rows, ${cycles} cycles, ${formatHai(BigInt(priceZhi))}`);
  if (accuracy !== undefined) out.note(`accuracy ${accuracy.toFixed(4)}`);
  out.result(
    { order: order.id, state: order.state, rows: values.length, predictions: values, ...scored, cycles, priceZhi },
    options.out === undefined ? csv.trimEnd() : `${values.length} predictions in ${options.out}`,
  );
}
