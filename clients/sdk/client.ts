/**
 * The SDK: one client for one network and, if it is to sign, one account.
 *
 *   const client = createClient({ url, genesis, account: accountOfSeed(seed) });
 *   const model = await client.train({ dataset, work, priceLimitZhi }, { waitSeconds: 25 });
 *   const { order } = await client.waitOrder(model.id, 'final');
 *
 * Everything that signs or encrypts happens here, in Node 22+, a Worker or a browser: the network sees ciphertext and signed
 * bytes. Calls throw HaiError (a refusal with its code), UnreachableError (no answer) or UntrustedError (a false answer).
 */
import type { Account } from './account.ts';
import { allowanceCalls } from './allowances.ts';
import { chainCalls } from './chain.ts';
import { type Context, createContext } from './context.ts';
import { datasetCalls } from './datasets.ts';
import { endpointCalls } from './endpoints.ts';
import { openResult } from './open-result.ts';
import { orderCalls } from './orders.ts';
import { transactionCalls } from './transactions.ts';
import { createTransport } from './transport.ts';
import { webhookCalls } from './webhooks.ts';

export interface ClientOptions {
  readonly url: string;
  /** The runtime's unless given. */
  readonly fetch?: typeof fetch;
  /** Needed by whatever signs. */
  readonly account?: Account;
  /** Address of the account that allowed ours to open orders in its name and at its expense: they are its orders. */
  readonly payer?: string;
  /** Hash that the network's genesis must have, hex. Without it the client trusts the first genesis that it is sent. */
  readonly genesis?: string;
  /** The highest base fee that the client pays, in zhi; a hundred times that of the genesis unless given. */
  readonly baseFeeMaxZhi?: bigint;
}

export function createClient(options: ClientOptions) {
  const transport = createTransport(options.url, options.fetch ?? ((input, init) => fetch(input, init)));
  const context = createContext(transport, options.account, options.genesis, options.payer, options.baseFeeMaxZhi);
  return {
    url: transport.url,
    /** The verified genesis; asked once. */
    network: context.network,
    ...chainCalls(transport),
    ...transactionCalls(context),
    ...allowanceCalls(context),
    ...orderCalls(context),
    ...endpointCalls(context),
    openResult,
    datasets: datasetCalls(context),
    webhooks: webhookCalls(context),
    /** Calls that only some clients need, and only they load: `client.with(parameterCalls)`. */
    with: <T>(calls: (context: Context) => T): T => calls(context),
  };
}

export type Client = ReturnType<typeof createClient>;
