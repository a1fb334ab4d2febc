/** hai train: a CSV becomes an encrypted data set, an order and a model file. */
import { basename } from 'node:path';
import { type Command, Option } from 'commander';
import { parseCsv, type Table } from '../../../ml/dataset/csv.ts';
import { encodeTable } from '../../../ml/dataset/rows.ts';
import { MLP_LIMITS } from '../../../protocol/mlp.ts';
import type { TrainWork } from '../../../protocol/order/work.ts';
import { formatHai, unixMs, type Zhi } from '../../../protocol/units.ts';
import type { WireOrder } from '../../../protocol/wire.ts';
import type { Client } from '../../sdk/client.ts';
import type { PreparedOrder } from '../../sdk/open-order.ts';
import type { OpenedOrder } from '../../sdk/orders.ts';
import { haiAmount, integerIn, seedNumber } from '../arguments.ts';
import { withTargetLast } from '../csv-columns.ts';
import { Refusal } from '../exit-codes.ts';
import { followOrder, type Until } from '../follow.ts';
import { type ModelFile, OrderFiles, writeModelFile } from '../order-files.ts';
import { type Io, table } from '../output.ts';
import { type PayerOptions, signerOf, withPayer } from '../payer.ts';
import { priceLimit } from '../price-limit.ts';
import { expectReceipt } from '../receipts.ts';
import { openModel } from '../results.ts';
import { FILE_BYTES_MAX, fileExists, readTextFile } from '../secret-files.ts';
import { type CommonOptions, Session, withCommonOptions } from '../session.ts';

interface TrainOptions extends CommonOptions, PayerOptions {
  readonly target?: string;
  readonly hidden: number;
  readonly epochs: number;
  readonly batch: number;
  readonly seed: bigint;
  readonly limit?: Zhi;
  readonly yes?: true;
  readonly model?: string;
  readonly force?: true;
  readonly manual?: number;
  readonly queue?: true;
  readonly until: Until | 'sent';
}

// The help text prints defaults as JSON, which has no bigint: hence the second argument.
const seedOption = new Option('--seed <n>', 'of the first weights and the shuffles')
  .argParser(seedNumber)
  .default(1n, '1');

export function addTrain(program: Command, io: Io): void {
  const command = program
    .command('train')
    .description('order a model, trained on a CSV whose last column (or --target) is the class')
    .argument('<csv>', 'numeric table with a header')
    .option('--target <column>', 'the column to learn')
    .option('--hidden <n>', 'hidden units', integerIn(1, MLP_LIMITS.hiddenMax), 32)
    .option('--epochs <n>', 'passes over the table', integerIn(1, MLP_LIMITS.epochsMax), 40)
    .option('--batch <n>', 'rows of a step', integerIn(1, MLP_LIMITS.batchMax), 32)
    .addOption(seedOption)
    .option('--limit <hai>', 'highest price', haiAmount)
    .option('--yes', 'take the quote as the limit')
    .option('--model <file>', 'where the model file goes (its key is in it)')
    .option('--force', 'overwrite the model file')
    .option('--manual <seconds>', 'confirm by hand within this time', integerIn(1, 86_400))
    .option('--queue', 'by queue even if small')
    .addOption(new Option('--until <step>', 'when to return').choices(['sent', 'checked', 'final']).default('checked'));
  withPayer(withCommonOptions(command)).action((csv: string, options: TrainOptions) =>
    train(new Session(io, options), csv, options),
  );
}

function readTable(csv: string, target: string | undefined): Table {
  const text = readTextFile(csv, FILE_BYTES_MAX.table);
  const parsed = parseCsv(target === undefined ? text : withTargetLast(text, target));
  if (!parsed.ok) throw Refusal.of(parsed);
  return parsed.value;
}

function modelPath(csv: string, { model, force }: TrainOptions): string {
  const path = model ?? `${basename(csv).replace(/\.csv$/i, '')}.model.json`;
  if (!force && fileExists(path)) throw new Refusal(`${path} exists; --force overwrites it, --model names another`);
  return path;
}

async function train(session: Session, csv: string, options: TrainOptions): Promise<void> {
  const dataset = readTable(csv, options.target);
  const path = modelPath(csv, options);
  const client = session.client(signerOf(await session.account(), options));
  const { rows, features, classes, columns, target, classValues } = dataset;
  const { hidden, epochs, batch, seed } = options;
  const work: TrainWork = { kind: 'train', rows, features, hidden, classes, epochs, batch, seed };
  const priceLimitZhi = await priceLimit(session, client, work, options);
  const genesis = (await client.network()).hex;
  const files = new OrderFiles(session.io.env);
  const fileOf = ({ id: order, contentKey }: Pick<PreparedOrder, 'id' | 'contentKey'>): ModelFile => {
    return { kind: 'model', order, url: client.url, genesis, contentKey, target, classValues, columns, work };
  };
  let pending: PreparedOrder | undefined;
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
      onPrepared(prepared) {
        // Signed anew under another nonce: the earlier order was refused and will never be.
        if (pending) files.remove(pending.id);
        pending = prepared;
        files.write(fileOf(prepared));
      },
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
  until: TrainOptions['until'],
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
