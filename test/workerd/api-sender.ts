/** An account with money that sends transactions of any type, and the records that they leave. */
import { env } from 'cloudflare:workers';
import { base64 } from '@scure/base';
import { expect } from 'vitest';
import { LedgerRecords } from '../../durable-objects/region/ledger-records.ts';
import { openLedger } from '../../ledger/d1.ts';
import type { RecordPlace, RecordView } from '../../protocol/state/record.ts';
import type { TxTypeName } from '../../protocol/tx/types.ts';
import type { WireTransaction } from '../../protocol/wire.ts';
import { keyPair } from '../support/keys.ts';
import { signedTransaction, testNetwork } from '../support/network.ts';
import { call, clientOf, type Place } from './api-caller.ts';

let sent = 0;

export type Sender = Awaited<ReturnType<typeof startSender>>;

/** The network is the one that is there; a file's first sender calls `forgetNetwork` before. */
export async function startSender(name: string, from: Place = 'enam') {
  const client = clientOf(name, from);
  const { genesis, hash } = await client.network();
  await client.faucet();
  const network = { ...testNetwork(), genesis, hash };

  async function post(type: TxTypeName, body: Uint8Array, prefer = 'wait=20'): Promise<Response> {
    const nonce = BigInt((await client.account()).nextNonce);
    const bytes = signedTransaction(network, { by: keyPair(name), type, nonce, body });
    return call('POST', '/v1/transactions', {
      json: { transaction: base64.encode(bytes) },
      key: `sent-${sent++}`,
      headers: { prefer },
    });
  }

  return {
    name,
    key: keyPair(name).key,
    client,
    genesis,
    post,
    /** In its block: `applied`, or the code with which its rule refused it. */
    async outcome(type: TxTypeName, body: Uint8Array): Promise<string> {
      const response = await post(type, body);
      expect(response.status, await response.clone().text()).toBe(200);
      const { status, code } = (await response.json()) as WireTransaction;
      return code ?? status;
    },
    balance: async (): Promise<bigint> => BigInt((await client.account()).balanceZhi),
  };
}

/** As of the last final block. */
export async function recordsAt(...places: RecordPlace[]): Promise<RecordView> {
  const records = new LedgerRecords(openLedger(env.DB));
  await records.load(places);
  return records;
}
