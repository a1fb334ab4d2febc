/** hai order: this account's orders. */
import { type Command, Option } from 'commander';
import type { Metric } from '../../../ml/search/search.ts';
import { STEPS } from '../../../protocol/order/lifecycle.ts';
import { formatHai } from '../../../protocol/units.ts';
import type { WireOrder, WireTransaction } from '../../../protocol/wire.ts';
import { address, cursorText, integerIn, orderId } from '../arguments.ts';
import { UsageError } from '../exit-codes.ts';
import { followOrder, type Until } from '../follow.ts';
import { OrderFiles } from '../order-files.ts';
import { openOrderResult } from '../order-result.ts';
import { type Io, table } from '../output.ts';
import { fetchReceipt } from '../receipts.ts';
import type { SearchFile } from '../search-files.ts';
import { writeResultFile } from '../secret-files.ts';
import { type CommonOptions, Session, withCommonOptions } from '../session.ts';

const PAGE_MAX = 100;

export function addOrder(program: Command, io: Io): void {
  const order = program.command('order').description('orders: show, follow, confirm, cancel, open');
  const add = (name: string, description: string) => withCommonOptions(order.command(name).description(description));
  const addOf = (name: string, description: string) => add(name, description).argument('<id>', 'order id', orderId);
  add('list', "an account's orders, newest first")
    .option('--account <address>', 'of this account', address)
    .option('--limit <n>', 'how many', integerIn(1, PAGE_MAX), 20)
    .option('--cursor <text>', '`next` of the page before')
    .action((options: ListOptions) => list(new Session(io, options), options));
  addOf('show', 'an order with its seven steps').action((id: string, options: CommonOptions) =>
    show(new Session(io, options), id),
  );
  addOf('watch', 'follow an order; a search of this user with its jobs')
    .addOption(new Option('--until <step>', 'when to return').choices(['checked', 'final']).default('final'))
    .option('--events', 'of a search: a JSON line on stdout for each finished job (implies --json)')
    .option('--cursor <text>', 'of a search: go on from it, as an event `resume` gave it; with --events', cursorText)
    .action((id: string, options: WatchOptions) =>
      watch(new Session(io, options.events ? { ...options, json: true } : options), id, options),
    );
  addOf('confirm', 'confirm the checked result of an order with --manual').action(
    (id: string, options: CommonOptions) => act(new Session(io, options), id, 'confirm'),
  );
  addOf('cancel', 'cancel an order that is not computed yet; a search that has begun is stopped').action(
    (id: string, options: CommonOptions) => act(new Session(io, options), id, 'cancel'),
  );
  addOf('stop', 'end a search with what it has: the bill is for what was done').action(
    (id: string, options: CommonOptions) => stop(new Session(io, options), id),
  );
  addOf('result', "open an order's result with its stored key")
    .option('--out <file>', 'write it there: a model as its bytes, predictions as CSV')
    .action((id: string, options: CommonOptions & { out?: string }) =>
      result(new Session(io, options), id, options.out),
    );
  addOf('receipt', 'fetch receipt.json and verify it')
    .option('--out <file>', 'write it there, otherwise to stdout')
    .action((id: string, options: CommonOptions & { out?: string }) =>
      receipt(new Session(io, options), id, options.out),
    );
}

interface WatchOptions extends CommonOptions {
  readonly until: Until;
  readonly events?: true;
  readonly cursor?: string;
}

interface ListOptions extends CommonOptions {
  readonly account?: string;
  readonly limit: number;
  readonly cursor?: string;
}

function kindOf({ work }: WireOrder): string {
  if (work.kind === 'train') return `train ${work.rows} x ${work.features}`;
  if (work.kind === 'search') return `search ${work.rows} x ${work.columns}, ${work.trials} trials`;
  return `predict ${work.rows} rows`;
}

async function list(session: Session, { account, limit, cursor }: ListOptions): Promise<void> {
  const page = { limit, ...(cursor === undefined ? {} : { cursor }) };
  const found = await session.client().orders(account ?? session.address(), page);
  const lines = found.orders.map((order) => `${order.id}  ${order.state.padEnd(9)}  ${kindOf(order)}`);
  if (found.next !== null) lines.push(`more: --cursor ${found.next}`);
  session.out.result(found, lines.length === 0 ? 'no orders' : lines.join('\n'));
}

function stepRows(order: WireOrder): [string, string][] {
  const started = BigInt(order.steps.intake ?? '0');
  return STEPS.map((step) => {
    const at = order.steps[step];
    return [step, at === null ? '-' : `+${BigInt(at) - started} ms`];
  });
}

function orderText(order: WireOrder): string {
  const { quote, bill, attempts, block } = order;
  return table([
    ['order', order.id],
    ['state', order.final ? `${order.state}, final` : order.state],
    ['work', kindOf(order)],
    ['demander', order.demander],
    ['region', `${order.region}, ${order.path}`],
    ['limit', formatHai(BigInt(order.priceLimitZhi))],
    ['quote', `${quote.cycles} cycles, ${formatHai(BigInt(quote.priceZhi))}, ${quote.durationMs} ms`],
    ...attempts.map(({ attempt, provider, verdict, method }): [string, string] => {
      return [`attempt ${attempt}`, `${provider} ${verdict}${method === null ? '' : ` by ${method}`}`];
    }),
    ...stepRows(order),
    ['bill', bill ? `${bill.cycles} cycles, ${formatHai(BigInt(bill.priceZhi))}` : '-'],
    ['refund', bill ? formatHai(BigInt(bill.refundZhi)) : '-'],
    ['result root', order.resultRoot ?? '-'],
    ['block', block ? `${block.height} ${block.hash}` : '-'],
  ]);
}

async function show(session: Session, id: string): Promise<void> {
  const { order } = await session.client().order(id);
  session.out.result(order, orderText(order));
}

async function watch(session: Session, id: string, options: WatchOptions): Promise<void> {
  const { until, events, cursor } = options;
  if (cursor !== undefined && !events) throw new UsageError('--cursor goes on with --events');
  const files = new OrderFiles(session.io.env);
  const file = events || files.has(id) ? files.read(id) : undefined;
  if (events && file?.kind !== 'search') throw new UsageError(`--events are of a search, which ${id} is not`);
  const order =
    file?.kind === 'search'
      ? await watchSearch(session, file, {
          until,
          events: events === true,
          ...(cursor === undefined ? {} : { cursor }),
        })
      : await followOrder(session.client(), session.out, id, until);
  session.out.result(order, orderText(order));
}

async function watchSearch(
  session: Session,
  file: SearchFile,
  { until, events, cursor }: { readonly until: Until; readonly events: boolean; readonly cursor?: string },
): Promise<WireOrder> {
  const { followSearch } = await import('../search/follow-search.ts');
  const { LiveBoard } = await import('../search/live-board.ts');
  const { trials, budget } = file.work;
  const board = new LiveBoard(session.out, { metric: file.metric as Metric, trials, budget, events });
  const client = session.clientOf(file);
  await client.network();
  const { order: known } = await client.order(file.order);
  const stop = async (): Promise<void> =>
    session.clientOf(file, { account: await session.account() }).stopSearch(file.order);
  const isOurs = session.hasKeystore() && session.readKeystore().address === known.demander;
  const from = { ...(cursor === undefined ? {} : { cursor }), ...(isOurs ? { stop } : {}) };
  return followSearch(client, session, { file, board, until, known, ...from });
}

async function act(session: Session, id: string, what: 'confirm' | 'cancel'): Promise<void> {
  const client = session.client({ account: await session.account() });
  const transaction: WireTransaction = await client[what](id);
  const done = what === 'confirm' ? 'confirmed' : 'cancelled';
  session.out.result({ order: id, ...transaction }, `${done} in block ${transaction.height}`);
}

async function stop(session: Session, id: string): Promise<void> {
  const client = session.client({ account: await session.account() });
  await client.stopSearch(id);
  session.out.result({ order: id, stopped: true }, `stopping; hai order watch ${id} shows how it ends`);
}

async function result(session: Session, id: string, out: string | undefined): Promise<void> {
  const file = new OrderFiles(session.io.env).read(id);
  const client = session.clientOf(file);
  await client.network();
  const { order } = await client.order(id);
  const { content, told, text } = await openOrderResult(client, order, file, session.out.colours.bold);
  if (out !== undefined) writeResultFile(out, content);
  session.out.result({ order: id, kind: file.kind, out: out ?? null, ...told }, text(out));
}

async function receipt(session: Session, id: string, out: string | undefined): Promise<void> {
  const { text, verified } = await fetchReceipt(session.client(), id);
  if (out !== undefined) writeResultFile(out, text);
  const { genesis, height } = verified;
  const told = { order: id, genesis, height, receipt: out ?? JSON.parse(text) };
  session.out.result(told, out === undefined ? text.trimEnd() : `verified; ${out}`);
}
