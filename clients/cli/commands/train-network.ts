/** hai train --network: one int8 network with a hidden layer, from a table of numbers. */
import { parseCsv, type Table } from '../../../ml/dataset/csv.ts';
import { encodeTable } from '../../../ml/dataset/rows.ts';
import type { TrainWork } from '../../../protocol/order/work.ts';
import { formatHai, unixMs } from '../../../protocol/units.ts';
import type { WireOrder } from '../../../protocol/wire.ts';
import type { Client } from '../../sdk/client.ts';
import type { OpenedOrder } from '../../sdk/orders.ts';
import { withTargetLast } from '../csv-columns.ts';
import { Refusal } from '../exit-codes.ts';
import { followOrder } from '../follow.ts';
import { keptBy, type SignedOrder } from '../kept-order.ts';
import { modelPath } from '../model-path.ts';
import { type ModelFile, OrderFiles, writeModelFile } from '../order-files.ts';
import { table } from '../output.ts';
import { signerOf } from '../payer.ts';
import { priceLimit } from '../price-limit.ts';
import { expectReceipt } from '../receipts.ts';
import { openModel } from '../results.ts';
import { FILE_BYTES_MAX, readTextFile } from '../secret-files.ts';
import type { Session } from '../session.ts';
import type { NetworkOptions } from './train-options.ts';

/** Of what is not said. */
const DEFAULTS = { hidden: 32, epochs: 40, batch: 32 } as const;

function readTable(csv: string, target: string | undefined): Table {
  const text = readTextFile(csv, FILE_BYTES_MAX.table);
  const parsed = parseCsv(target === undefined ? text : withTargetLast(text, target));
  if (!parsed.ok) throw Refusal.of(parsed);
  return parsed.value;
}

export async function trainNetwork(session: Session, csv: string, options: NetworkOptions): Promise<void> {
  const dataset = readTable(csv, options.target);
  const path = modelPath(csv, options);
  const client = session.client(signerOf(await session.account(), options));
  const { rows, features, classes, columns, target, classValues } = dataset;
  const { hidden, epochs, batch } = { ...DEFAULTS, ...options };
  const { seed } = options;
  const work: TrainWork = { kind: 'train', rows, features, hidden, classes, epochs, batch, seed };
  const priceLimitZhi = await priceLimit(session, client, work, options);
  const genesis = (await client.network()).hex;
  const files = new OrderFiles(session.io.env);
  const fileOf = ({ id: order, contentKey }: SignedOrder): ModelFile => {
    return { kind: 'model', order, url: client.url, genesis, contentKey, target, classValues, columns, work };
  };
  const opened = await client.train(
    {
      dataset: encodeTable(dataset),
      work,
      priceLimitZhi,
      ...(options.manual === undefined
        ? {}
        : { confirm: { kind: 'manual', windowMs: unixMs(BigInt(options.manual) * 1000n) } }),
    },
    {
      preferQueue: options.queue === true,
      onPrepared: keptBy(files, fileOf),
    },
  );
  writeModelFile(path, fileOf(opened), true);
  session.out.note(`order ${opened.id}`);
  await finish(session, client, fileOf(opened), path, opened, options.until);
}

async function finish(
  { out }: Session,
  client: Client,
  file: ModelFile,
  path: string,
  opened: OpenedOrder,
  until: NetworkOptions['until'],
): Promise<void> {
  if (until === 'sent') {
    out.result({ order: opened.id, state: opened.order.state, model: path }, `order ${opened.id}\nmodel file ${path}`);
    return;
  }
  const order = await followOrder(client, out, opened.id, until, opened.order);
  if (order.final) await expectReceipt(client, order);
  const { bytes, model } = await openModel(client, order, file);
  out.result(
    {
      order: order.id,
      state: order.state,
      final: order.final,
      model: path,
      modelBytes: bytes.length,
      shape: model.shape,
      cycles: order.quote.cycles,
      priceZhi: order.quote.priceZhi,
      resultRoot: order.resultRoot,
      height: order.block?.height ?? null,
    },
    trainedText(order, path, bytes.length),
  );
}

function trainedText(order: WireOrder, path: string, modelBytes: number): string {
  return table([
    ['order', order.id],
    ['state', order.final ? `${order.state}, final in block ${order.block?.height}` : order.state],
    ['work', `${order.quote.cycles} HPU cycles`],
    ['price', formatHai(BigInt(order.quote.priceZhi))],
    ['model', `${modelBytes} bytes, opened and equal to the checked root`],
    ['model file', `${path} (holds its key)`],
  ]);
}
