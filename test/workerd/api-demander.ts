/** A demander with money and a trained model, on a network founded for the test file that asks. */
import { base64 } from '@scure/base';
import { encodeRows, encodeTable } from '../../ml/dataset/rows.ts';
import type { UnsignedTransaction } from '../../protocol/tx/envelope.ts';
import type { TxTypeName } from '../../protocol/tx/types.ts';
import type { Zhi } from '../../protocol/units.ts';
import { forgetNetwork } from '../../workers/network.ts';
import { keyPair } from '../support/keys.ts';
import { signedTransaction, testNetwork } from '../support/network.ts';
import { call, clientOf, type Place } from './api-caller.ts';

const ROWS = 40;
const FEATURES = 4;
export const WORK = { rows: ROWS, features: FEATURES, hidden: 8, classes: 2, epochs: 2, batch: 8, seed: 7n };
/** 1 HAI: some hundred times the quote. */
export const LIMIT = 100_000_000n as Zhi;

const x = Float32Array.from({ length: ROWS * FEATURES }, (_, i) => (i * 37) % 11);
export const dataset = encodeTable({
  rows: ROWS,
  features: FEATURES,
  classes: 2,
  x,
  y: Uint8Array.from({ length: ROWS }, (_, row) => ((x[row * FEATURES] as number) > 5 ? 1 : 0)),
});
const rows = encodeRows({ rows: 3, features: FEATURES, x: x.slice(0, 3 * FEATURES) });

export type Demander = Awaited<ReturnType<typeof startDemander>>;

/** To be called once a file: the storage of the files before is gone, and with it the network that the isolate remembers. */
export async function startDemander(name: string, from: Place) {
  forgetNetwork();
  const client = clientOf(name, from);
  const network = await client.network();
  await client.faucet();
  const trained = await client.train({ dataset, work: WORK, priceLimitZhi: LIMIT }, { waitSeconds: 20 });
  // Final, so that nothing moves by itself while a test compares before and after.
  await client.waitOrder(trained.id, 'final', 20_000);
  const model = { order: trained.id, contentKey: trained.contentKey };
  return {
    client,
    network,
    model,
    key: keyPair(name),
    predictRequest: () => ({ model, rows, rowCount: 3, priceLimitZhi: LIMIT }),
    trainRequest: () => ({ dataset, work: WORK, priceLimitZhi: LIMIT }),
    nextNonce: async () => BigInt((await client.account()).nextNonce),
    /** A signed transaction of this network, wrong in whatever way `change` says. */
    signedBy(
      sender: string,
      type: TxTypeName,
      nonce: bigint,
      body: Uint8Array,
      change: Partial<UnsignedTransaction> = {},
    ): Uint8Array {
      const here = { ...testNetwork(), genesis: network.genesis, hash: network.hash };
      return signedTransaction(here, { by: keyPair(sender), type, nonce, body, change });
    },
  };
}

export const postOrder = (transaction: Uint8Array, sealed: Uint8Array, idempotencyKey: string, from: Place = 'weur') =>
  call('POST', '/v1/orders', {
    json: { transaction: base64.encode(transaction), sealed: base64.encode(sealed) },
    key: idempotencyKey,
    from,
  });
