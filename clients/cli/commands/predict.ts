/** hai predict: rows through a model that this user trained. Neither rows nor results leave in the clear. */

import { hexToBytes } from '@noble/hashes/utils.js';
import type { Command } from 'commander';
import { parseRowsCsv } from '../../../ml/dataset/csv.ts';
import { encodeRows } from '../../../ml/dataset/rows.ts';
import { formatHai, type Zhi } from '../../../protocol/units.ts';
import type { PreparedOrder } from '../../sdk/open-order.ts';
import { haiAmount } from '../arguments.ts';
import { columnNames, onlyColumns } from '../csv-columns.ts';
import { Refusal } from '../exit-codes.ts';
import { followOrder } from '../follow.ts';
import { type ModelFile, OrderFiles, type PredictionFile, readModelFile } from '../order-files.ts';
import type { Io } from '../output.ts';
import { type PayerOptions, signerOf, withPayer } from '../payer.ts';
import { priceLimit } from '../price-limit.ts';
import { openPredictions, predictionsCsv } from '../results.ts';
import { FILE_BYTES_MAX, readTextFile, writeResultFile } from '../secret-files.ts';
import { type CommonOptions, Session, withCommonOptions } from '../session.ts';

interface PredictOptions extends CommonOptions, PayerOptions {
  readonly limit?: Zhi;
  readonly yes?: true;
  readonly out?: string;
  readonly queue?: true;
}

/** Seconds that the first answer is waited for: small orders need no second request. */
const WAIT_SECONDS = 20;

export function addPredict(program: Command, io: Io): void {
  const command = program
    .command('predict')
    .description("predict a CSV's rows with a trained model")
    .argument('<model>', 'the model file that hai train wrote')
    .argument('<csv>', "the model's columns by name; a column of the target is only compared with, here")
    .option('--limit <hai>', 'highest price', haiAmount)
    .option('--yes', 'take the quote as the limit')
    .option('--out <file>', 'write the predictions as CSV')
    .option('--queue', 'by queue even if small');
  withPayer(withCommonOptions(command)).action((model: string, csv: string, options: PredictOptions) =>
    predict(new Session(io, options), readModelFile(model), readTextFile(csv, FILE_BYTES_MAX.table), options),
  );
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
  const fileOf = ({ id: order, contentKey }: Pick<PreparedOrder, 'id' | 'contentKey'>): PredictionFile => {
    const { genesis, target, classValues } = model;
    return { kind: 'prediction', order, url: client.url, genesis, contentKey, target, classValues, rows: rows.rows };
  };
  let pending: PreparedOrder | undefined;
  const opened = await client.predict(
    { model, rows: encodeRows(rows), rowCount: rows.rows, priceLimitZhi },
    {
      waitSeconds: WAIT_SECONDS,
      preferQueue: options.queue === true,
      onPrepared(prepared) {
        if (pending) files.remove(pending.id);
        pending = prepared;
        files.write(fileOf(prepared));
      },
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
