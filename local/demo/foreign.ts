/** A second network with keys of its own, and the receipt of an order there. */
import { accountOfSeed, newAccountSeed } from '../../clients/sdk/account.ts';
import { createClient } from '../../clients/sdk/client.ts';
import { type EncodedTable, encodeTable } from '../../ml/dataset/rows.ts';
import type { Zhi } from '../../protocol/units.ts';
import { startNetwork } from '../network.ts';

const ROWS = 64;
const LIMIT_ZHI = 5_000_000n as Zhi;

export async function foreignReceipt(table: EncodedTable): Promise<string> {
  const network = await startNetwork();
  try {
    const client = createClient({
      url: network.url,
      genesis: network.genesis,
      account: accountOfSeed(newAccountSeed()),
    });
    await client.faucet();
    const { features, classes } = table;
    const few = { rows: ROWS, features, classes, x: table.x.slice(0, ROWS * features), y: table.y.slice(0, ROWS) };
    const work = { rows: ROWS, features, classes, hidden: 8, epochs: 2, batch: 16, seed: 1n };
    const { id } = await client.train({ dataset: encodeTable(few), work, priceLimitZhi: LIMIT_ZHI });
    await client.waitOrder(id, 'final');
    return await client.receipt(id);
  } finally {
    await network.close();
  }
}
