/** hai train: a table becomes an encrypted data set, a search on the network, and a model file with the model in it. */
import type { SearchSpec } from '../../../ml/search/search.ts';
import { encodeTypedTable } from '../../../ml/table/canonical.ts';
import type { Table } from '../../../ml/table/table.ts';
import { formatHai, unixMs } from '../../../protocol/units.ts';
import type { WireEndpoint, WireOrder } from '../../../protocol/wire.ts';
import type { Client } from '../../sdk/client.ts';
import type { PreparedOrder } from '../../sdk/open-order.ts';
import { UsageError } from '../exit-codes.ts';
import { modelPath } from '../model-path.ts';
import { OrderFiles, writeModelFile } from '../order-files.ts';
import { table as columns } from '../output.ts';
import { signerOf } from '../payer.ts';
import { priceLimit } from '../price-limit.ts';
import { expectReceipt } from '../receipts.ts';
import { followSearch } from '../search/follow-search.ts';
import { LiveBoard } from '../search/live-board.ts';
import { type OpenedBundle, openBundle } from '../search/open-bundle.ts';
import { reportJson, reportText } from '../search/report-text.ts';
import { searchHere } from '../search/search-here.ts';
import { searchWorkOf, specOf } from '../search/spec.ts';
import { readTrainTable } from '../search/train-table.ts';
import type { SearchFile } from '../search-files.ts';
import type { Session } from '../session.ts';
import type { SearchOptions } from './train-options.ts';

export async function trainSearch(session: Session, path: string, options: SearchOptions): Promise<void> {
  if (options.local && options.name !== undefined) throw new UsageError('--name deploys an order: not with --local');
  if (options.until === 'sent' && options.name !== undefined)
    throw new UsageError('--name waits until the order is final');
  const model = modelPath(path, options);
  const { table, metric } = await readTrainTable(session.out, path, options);
  const spec = specOf(table, metric, options);
  const board = new LiveBoard(session.out, { ...spec, events: options.events === true });
  if (options.local) await trainHere(session, table, spec, board, model);
  else await orderSearch(session, { table, spec, board, model }, options);
}

/** No order, nobody else, nothing paid: to see what a search would find. */
async function trainHere(
  session: Session,
  table: Table,
  spec: SearchSpec,
  board: LiveBoard,
  path: string,
): Promise<void> {
  const found = await searchHere(session.io, table, spec, board);
  const target = targetOf(table);
  writeModelFile(path, { kind: 'local', target, metric: spec.metric, bundle: found.bytes }, true);
  session.out.result(
    { order: null, model: path, ...reportJson(found) },
    `${reportText(found, session.out.colours.bold)}\n\n${columns([['model file', path]])}`,
  );
}

interface Asked {
  readonly table: Table;
  readonly spec: SearchSpec;
  readonly board: LiveBoard;
  /** Path of the model file. */
  readonly model: string;
}

async function orderSearch(session: Session, asked: Asked, options: SearchOptions): Promise<void> {
  const { table, spec, board, model } = asked;
  const client = session.client(signerOf(await session.account(), options));
  const work = searchWorkOf(table, spec);
  const priceLimitZhi = await priceLimit(session, client, work, options);
  const genesis = (await client.network()).hex;
  const files = new OrderFiles(session.io.env);
  const fileOf = ({ id: order, contentKey }: Pick<PreparedOrder, 'id' | 'contentKey'>): SearchFile => {
    const { task, metric, families } = spec;
    const said = { target: targetOf(table), task, metric, families, work };
    return { kind: 'search', order, url: client.url, genesis, contentKey, ...said };
  };
  let pending: PreparedOrder | undefined;
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
      onPrepared(prepared) {
        if (pending) files.remove(pending.id);
        pending = prepared;
        files.write(fileOf(prepared));
      },
    },
  );
  const file = fileOf(opened);
  writeModelFile(model, file, true);
  session.out.note(`order ${opened.id}`);
  if (options.until === 'sent') {
    const told = { order: opened.id, state: opened.order.state, model };
    session.out.result(told, `order ${opened.id}\nmodel file ${model}`);
    return;
  }
  // The chain names no model that is not in it.
  const until = options.name === undefined ? options.until : 'final';
  const order = await followSearch(client, session, { file, board, until, known: opened.order });
  if (order.final) await expectReceipt(client, order);
  const bundle = await openBundle(client, order, file);
  writeModelFile(model, { ...file, bundle: bundle.bytes }, true);
  const endpoint = options.name === undefined ? undefined : await deployed(client, options.name, order.id);
  tellFound(session, { order, bundle, model, endpoint });
}

async function deployed(client: Client, name: string, order: string): Promise<WireEndpoint> {
  await client.deployEndpoint(name, order);
  return client.endpoint(name);
}

const targetOf = ({ target }: Table): string => (target.kind === 'none' ? '' : target.name);

interface Told {
  readonly order: WireOrder;
  readonly bundle: OpenedBundle;
  readonly model: string;
  readonly endpoint: WireEndpoint | undefined;
}

function tellFound({ out }: Session, { order, bundle, model, endpoint }: Told): void {
  const { quote, bill } = order;
  out.result(
    {
      order: order.id,
      state: order.state,
      final: order.final,
      model,
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
