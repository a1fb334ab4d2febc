/** hai predict with the model of a search: ordered from the network, or computed here with --local. */
import { hexToBytes } from '@noble/hashes/utils.js';
import type { Bundle } from '../../../ml/bundle/bundle.ts';
import { predictBundle } from '../../../ml/bundle/predict.ts';
import type { Prediction } from '../../../ml/bundle/prediction.ts';
import { encodeTypedTable } from '../../../ml/table/canonical.ts';
import { rowsOptionsOf } from '../../../ml/table/read-as.ts';
import {
  type ActualTarget,
  type ExpectedTarget,
  type ReadRows,
  type RowsOptions,
  readRows,
} from '../../../ml/table/read-rows.ts';
import { nodeKernels } from '../../../ml/trainers/node.ts';
import { formatHai } from '../../../protocol/units.ts';
import type { WireOrder } from '../../../protocol/wire.ts';
import { Refusal } from '../exit-codes.ts';
import { followOrder } from '../follow.ts';
import { keptBy, type SignedOrder } from '../kept-order.ts';
import { OrderFiles } from '../order-files.ts';
import type { Output } from '../output.ts';
import { signerOf } from '../payer.ts';
import { priceLimit } from '../price-limit.ts';
import { fileSource } from '../search/file-source.ts';
import { bundleOfModelFile } from '../search/model-bundle.ts';
import { tellNotices, toldNotices } from '../search/notices.ts';
import { openTablePrediction, predictionCsv, predictionJson } from '../search/prediction-text.ts';
import type { LocalModelFile, SearchFile, TablePredictionFile } from '../search-files.ts';
import { writeResultFile } from '../secret-files.ts';
import type { Session } from '../session.ts';
import type { PredictOptions } from './predict-options.ts';

/** Seconds that the first answer is waited for: small orders need no second request. */
const WAIT_SECONDS = 20;

type ModelOfSearch = SearchFile | LocalModelFile;

export async function predictTable(
  session: Session,
  { model, path, rows: csv }: { readonly model: ModelOfSearch; readonly path: string; readonly rows: string },
  options: PredictOptions,
): Promise<void> {
  const { out } = session;
  const { bundle } = await bundleOfModelFile(session, model, path.startsWith('@') ? undefined : path);
  const rows = await rowsFor(out, bundle, csv, rowsOptionsOf(model.read, options));
  if (options.local || model.kind === 'local') {
    tell(session, { bundle, rows, prediction: predictBundle(nodeKernels(), bundle, rows.table) }, options);
    return;
  }
  const { order, prediction } = await ordered(session, model, bundle, rows, options);
  const { cycles, priceZhi } = order.bill ?? order.quote;
  const price = formatHai(BigInt(priceZhi));
  out.note(`order ${order.id}: ${rows.table.rows} rows, ${order.bill ? '' : 'at most '}${cycles} cycles, ${price}`);
  tell(session, { bundle, rows, prediction, order }, options);
}

async function rowsFor(out: Output, bundle: Bundle, csv: string, options: RowsOptions): Promise<ReadRows> {
  const { source, name, sizeBytes } = fileSource(csv);
  const expected: ExpectedTarget | undefined =
    bundle.task === 'clusters'
      ? undefined
      : bundle.task === 'classes'
        ? { kind: 'classes', name: bundle.target, classes: bundle.classes }
        : { kind: 'values', name: bundle.target };
  const read = await readRows(source, name, bundle.schema, {
    ...options,
    sizeBytes,
    ...(expected ? { expected } : {}),
  });
  if (!read.ok) throw Refusal.of(read);
  tellNotices(out, read.value.notices);
  return read.value;
}

async function ordered(
  session: Session,
  model: SearchFile,
  bundle: Bundle,
  { table }: ReadRows,
  options: PredictOptions,
): Promise<{ order: WireOrder; prediction: Prediction }> {
  const client = session.clientOf(model, signerOf(await session.account(), options));
  const work = { kind: 'predictTable', rows: table.rows, model: hexToBytes(model.order) } as const;
  const priceLimitZhi = await priceLimit(session, client, work, options);
  const files = new OrderFiles(session.io.env);
  const fileOf = ({ id: order, contentKey }: SignedOrder): TablePredictionFile => {
    const { genesis, target } = model;
    const { classes } = bundle;
    return { kind: 'tablePrediction', order, url: client.url, genesis, contentKey, target, classes, rows: table.rows };
  };
  const opened = await client.predictTable(
    { model, rows: encodeTypedTable(table), rowCount: table.rows, priceLimitZhi },
    {
      waitSeconds: WAIT_SECONDS,
      preferQueue: options.queue === true,
      onPrepared: keptBy(files, fileOf),
    },
  );
  const order = await followOrder(client, session.out, opened.id, 'checked', opened.order);
  return { order, prediction: await openTablePrediction(client, order, fileOf(opened), opened.result) };
}

interface Predicted {
  readonly bundle: Bundle;
  readonly rows: ReadRows;
  readonly prediction: Prediction;
  /** Absent for a prediction computed here. */
  readonly order?: WireOrder;
}

/** Share of rows right, or root of the mean squared difference, over the rows whose target the file has. */
function comparedWith({ labels, values }: Prediction, actual: ActualTarget | undefined): Record<string, number> {
  if (actual?.kind === 'classes') {
    const known = Array.from(actual.labels.keys()).filter((row) => (actual.labels[row] as number) >= 0);
    const hits = known.filter((row) => actual.labels[row] === labels[row]).length;
    return known.length === 0 ? {} : { accuracy: hits / known.length };
  }
  if (!actual) return {};
  const known = Array.from(actual.values.keys()).filter((row) => !Number.isNaN(actual.values[row]));
  const squares = known.reduce((sum, row) => sum + ((actual.values[row] as number) - (values[row] as number)) ** 2, 0);
  return known.length === 0 ? {} : { rmse: Math.sqrt(squares / known.length) };
}

function tell({ out }: Session, { bundle, rows, prediction, order }: Predicted, options: PredictOptions): void {
  const compared = comparedWith(prediction, rows.actual);
  for (const [name, value] of Object.entries(compared)) out.note(`${name} ${value.toFixed(4)}`);
  const isLong = options.proba === true;
  const csv = predictionCsv(bundle, prediction, isLong);
  if (options.out !== undefined) writeResultFile(options.out, csv);
  out.result(
    {
      order: order?.id ?? null,
      ...(order ? { state: order.state } : {}),
      rows: prediction.rows,
      ...predictionJson(bundle.classes, prediction, isLong),
      ...compared,
      notices: toldNotices(rows.notices),
      ...(order ? { cycles: (order.bill ?? order.quote).cycles, priceZhi: (order.bill ?? order.quote).priceZhi } : {}),
    },
    options.out === undefined ? csv.trimEnd() : `${prediction.rows} predictions in ${options.out}`,
  );
}
