/** hai train: a table becomes an encrypted data set, a search on the network, and a model file with the model in it. */
import type { SearchSpec } from '../../../ml/search/search.ts';
import { encodeTypedTable } from '../../../ml/table/canonical.ts';
import { type ReadAs, readAsOf } from '../../../ml/table/read-as.ts';
import { searchWorkOf } from '../../../ml/table/shape.ts';
import type { Table } from '../../../ml/table/table.ts';
import { formatHai, unixMs } from '../../../protocol/units.ts';
import type { WireEndpoint, WireOrder } from '../../../protocol/wire.ts';
import type { Client } from '../../sdk/client.ts';
import { UsageError } from '../exit-codes.ts';
import { keptBy, type SignedOrder } from '../kept-order.ts';
import { modelPath } from '../model-path.ts';
import { OrderFiles, writeModelFile } from '../order-files.ts';
import { table as columns } from '../output.ts';
import { signerOf } from '../payer.ts';
import { priceLimit } from '../price-limit.ts';
import { readOptionsOf } from '../read-options.ts';
import { expectReceipt } from '../receipts.ts';
import { followSearch } from '../search/follow-search.ts';
import { LiveBoard } from '../search/live-board.ts';
import { type ToldNotice, toldNotices } from '../search/notices.ts';
import { type OpenedBundle, openBundle } from '../search/open-bundle.ts';
import { reportJson, reportText } from '../search/report-text.ts';
import { searchHere } from '../search/search-here.ts';
import { specOf } from '../search/spec.ts';
import { readTrainTable } from '../search/train-table.ts';
import type { SearchFile } from '../search-files.ts';
import type { Session } from '../session.ts';
import type { SearchOptions } from './train-options.ts';

export async function trainSearch(session: Session, path: string, options: SearchOptions): Promise<void> {
  if (options.local && options.name !== undefined) throw new UsageError('--name deploys an order: not with --local');
  if (options.until === 'sent' && options.name !== undefined)
    throw new UsageError('--name waits until the order is final');
  if (options.payer !== undefined && options.name !== undefined)
    throw new UsageError('--name deploys a model of this account: with --payer it is the payer’s (hai endpoint set)');
  const model = modelPath(path, options);
  const read = await readTrainTable(session.out, path, options);
  const { table } = read;
  const spec = specOf(table, read.metric, options);
  const board = new LiveBoard(session.out, { ...spec, events: options.events === true });
  const readAs = readAsOf(readOptionsOf(options), read);
  const asked = { table, spec, board, model, read: readAs, notices: toldNotices(read.notices) };
  if (options.local) await trainHere(session, asked);
  else await orderSearch(session, asked, options);
}

/** No order, nobody else, nothing paid: to see what a search would find. */
async function trainHere(session: Session, { table, spec, board, model, read, notices }: Asked): Promise<void> {
  const found = await searchHere(session.io, table, spec, board);
  const target = targetOf(table);
  writeModelFile(model, { kind: 'local', target, metric: spec.metric, read, bundle: found.bytes }, true);
  session.out.result(
    { order: null, model, notices, ...reportJson(found) },
    `${reportText(found, session.out.colours.bold)}\n\n${columns([['model file', model]])}`,
  );
}

interface Asked {
  readonly table: Table;
  readonly spec: SearchSpec;
  readonly board: LiveBoard;
  /** Path of the model file. */
  readonly model: string;
  readonly read: ReadAs;
  readonly notices: readonly ToldNotice[];
}

async function orderSearch(session: Session, asked: Asked, options: SearchOptions): Promise<void> {
  const { table, spec, board, model, read, notices } = asked;
  const client = session.client(signerOf(await session.account(), options));
  const work = searchWorkOf(table, spec);
  const priceLimitZhi = await priceLimit(session, client, work, options);
  const genesis = (await client.network()).hex;
  const files = new OrderFiles(session.io.env);
  const fileOf = ({ id: order, contentKey }: SignedOrder): SearchFile => {
    const { task, metric, families } = spec;
    const said = { target: targetOf(table), task, metric, families, work, read };
    return { kind: 'search', order, url: client.url, genesis, contentKey, ...said };
  };
  const { kind: _, ...fields } = work;
  const opened = await client.search(
    {
      dataset: encodeTypedTable(table),
      work: fields,
      task: spec.task,
      metric: spec.metric,
      families: spec.families,
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
  const file = fileOf(opened);
  writeModelFile(model, file, true);
  session.out.note(`order ${opened.id}`);
  if (options.until === 'sent') {
    const told = { order: opened.id, state: opened.order.state, model, notices };
    session.out.result(told, `order ${opened.id}\nmodel file ${model}`);
    return;
  }
  // The chain names no model that is not in it.
  const until = options.name === undefined ? options.until : 'final';
  const stop = options.payer === undefined ? { stop: () => client.stopSearch(opened.id) } : {};
  const order = await followSearch(client, session, { file, board, until, known: opened.order, ...stop });
  if (order.final) await expectReceipt(client, order);
  const bundle = await openBundle(client, order, file);
  writeModelFile(model, { ...file, bundle: bundle.bytes }, true);
  const found = { order, bundle, model, notices };
  if (options.name === undefined) tellFound(session, found);
  else
    tellFound(session, {
      ...found,
      endpoint: await deployed(client, options.name, order.id, () => tellFound(session, found)),
    });
}

/** What was found and paid is told all the same where its name is refused. */
export async function deployed(
  client: Client,
  name: string,
  order: string,
  onRefused: () => void,
): Promise<WireEndpoint> {
  try {
    await client.deployEndpoint(name, order);
    return await client.endpoint(name);
  } catch (error) {
    onRefused();
    throw error;
  }
}

const targetOf = ({ target }: Table): string => (target.kind === 'none' ? '' : target.name);

interface Told {
  readonly order: WireOrder;
  readonly bundle: OpenedBundle;
  readonly model: string;
  readonly endpoint?: WireEndpoint;
  readonly notices: readonly ToldNotice[];
}

function tellFound({ out }: Session, { order, bundle, model, endpoint, notices }: Told): void {
  const { quote, bill } = order;
  out.result(
    {
      order: order.id,
      state: order.state,
      final: order.final,
      model,
      notices,
      ...reportJson(bundle),
      quoteCycles: quote.cycles,
      quoteZhi: quote.priceZhi,
      billCycles: bill?.cycles ?? null,
      billZhi: bill?.priceZhi ?? null,
      refundZhi: bill?.refundZhi ?? null,
      resultRoot: order.resultRoot,
      height: order.block?.height ?? null,
      ...(endpoint ? { endpoint } : {}),
    },
    `${reportText(bundle, out.colours.bold)}\n\n${columns([
      ['order', order.id],
      ['state', order.final ? `${order.state}, final in block ${order.block?.height}` : order.state],
      ['quote', `${quote.cycles} HPU cycles at most, ${formatHai(BigInt(quote.priceZhi))}`],
      ['bill', bill ? `${bill.cycles} HPU cycles, ${formatHai(BigInt(bill.priceZhi))}` : 'with the settlement'],
      ['back', bill ? formatHai(BigInt(bill.refundZhi)) : '-'],
      ...(endpoint ? [['endpoint', `${endpoint.name}, version ${endpoint.active} answers`] as const] : []),
      ['model file', `${model} (holds its key and the model)`],
    ])}`,
  );
}
