/** Small predict orders, signed and sealed ahead, so that a phase measures the network and not the client's cryptography. */
import { accountOfSeed, newAccountSeed } from '../../clients/sdk/account.ts';
import { type Client, createClient } from '../../clients/sdk/client.ts';
import type { PreparedOrder } from '../../clients/sdk/open-order.ts';
import type { LocalNetwork } from '../../local/network.ts';
import { type EncodedTable, encodeRows, encodeTable } from '../../ml/dataset/rows.ts';
import type { Zhi } from '../../protocol/units.ts';
import type { WireOrder } from '../../protocol/wire.ts';

const PREDICT_LIMIT_ZHI = 100_000n as Zhi;
const TRAIN_LIMIT_ZHI = 1_000_000_000n as Zhi;
/** One row: the smallest order that there is. */
const ROWS_AN_ORDER = 1;

export interface Demander {
  readonly client: Client;
  readonly model: { readonly order: string; readonly contentKey: Uint8Array };
  nonce: bigint;
}

/** A funded account with a small model of its own. */
export async function newDemander(network: LocalNetwork, table: EncodedTable): Promise<Demander> {
  const client = createClient({ url: network.url, genesis: network.genesis, account: accountOfSeed(newAccountSeed()) });
  await client.faucet();
  const { rows, features, classes } = table;
  const work = { rows, features, classes, hidden: 32, epochs: 1, batch: 64, seed: 7n };
  const trained = await client.train({ dataset: encodeTable(table), work, priceLimitZhi: TRAIN_LIMIT_ZHI });
  await client.waitOrder(trained.id, 'final');
  return { client, model: { order: trained.id, contentKey: trained.contentKey }, nonce: 1n };
}

export async function preparePredicts(
  demander: Demander,
  table: EncodedTable,
  count: number,
): Promise<PreparedOrder[]> {
  const { features } = table;
  const work = {
    kind: 'train',
    rows: table.rows,
    features,
    classes: table.classes,
    hidden: 32,
    epochs: 1,
    batch: 64,
    seed: 7n,
  } as const;
  const prepared: PreparedOrder[] = [];
  for (let i = 0; i < count; i++) {
    const at = i % table.rows;
    const rows = encodeRows({
      rows: ROWS_AN_ORDER,
      features,
      x: table.x.slice(at * features, (at + ROWS_AN_ORDER) * features),
    });
    const request = {
      model: { ...demander.model, work },
      rows,
      rowCount: ROWS_AN_ORDER,
      priceLimitZhi: PREDICT_LIMIT_ZHI,
    };
    prepared.push(await demander.client.preparePredict(demander.nonce++, request));
  }
  return prepared;
}

/** A training that keeps the network busy; ends with the returned call. */
export function keepTraining(demander: Demander, table: EncodedTable): () => Promise<number> {
  let going = true;
  let trained = 0;
  const { rows, features, classes } = table;
  const work = { rows, features, classes, hidden: 64, epochs: 200, batch: 64, seed: 9n };
  const loop = (async () => {
    const dataset = encodeTable(table);
    while (going) {
      const { id } = await demander.client.train({ dataset, work, priceLimitZhi: TRAIN_LIMIT_ZHI });
      await demander.client.waitOrder(id, 'checked');
      trained++;
    }
  })();
  return async () => {
    going = false;
    await loop;
    return trained;
  };
}

export interface Served {
  readonly id: string;
  readonly resultMs: number;
}

export async function serve(
  demander: Demander,
  orders: readonly PreparedOrder[],
  preferQueue: boolean,
): Promise<Served[]> {
  const served: Served[] = [];
  for (const order of orders) {
    const startMs = performance.now();
    const answer = await demander.client.postOrder(order, { waitSeconds: 25, preferQueue });
    if (!answer.result) throw new Error(`order ${order.id} came back without its result, ${answer.order.state}`);
    served.push({ id: order.id, resultMs: performance.now() - startMs });
  }
  return served;
}

export async function finals(demander: Demander, served: readonly Served[]): Promise<WireOrder[]> {
  const orders: WireOrder[] = [];
  for (const { id } of served) orders.push((await demander.client.waitOrder(id, 'final')).order);
  return orders;
}
