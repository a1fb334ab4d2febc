/** Transactions other than orders, accounts and the development faucet. */
import { base64 } from '@scure/base';
import { APPLIED, codeOfNumber, type ErrorCode } from '../../protocol/errors.ts';
import { type Region, regionNumber } from '../../protocol/regions.ts';
import { encodeTransfer } from '../../protocol/tx/transfer.ts';
import type { TxTypeName } from '../../protocol/tx/types.ts';
import type { Zhi } from '../../protocol/units.ts';
import type { WireAccount, WireTransaction } from '../../protocol/wire.ts';
import { type Context, keyOf } from './context.ts';
import { HaiError } from './errors.ts';
import { signTransaction } from './signed-transaction.ts';
import { submit } from './submit.ts';
import { newIdempotencyKey, pause, type Transport } from './transport.ts';

const WAIT_SECONDS = 20;
/** Requests for the outcome of one transaction, each waiting WAIT_SECONDS. */
const OUTCOME_REQUESTS_MAX = 30;
const OUTCOME_PAUSE_MS = 100;

/** The transaction in its block. Throws HaiError with the chain's code when it was refused or expired. */
async function outcomeOf(transport: Transport, first: WireTransaction): Promise<WireTransaction> {
  let found = first;
  for (let i = 0; found.status === 'pending' && i < OUTCOME_REQUESTS_MAX; i++) {
    await pause(OUTCOME_PAUSE_MS);
    const path = `/v1/transactions/${first.hash}`;
    found = await transport.json<WireTransaction>({ method: 'GET', path, waitSeconds: WAIT_SECONDS });
  }
  if (found.status === 'pending') throw new HaiError('consensus_stalled', { detail: `${found.hash} is still pending` });
  const refused = refusalOf(found);
  if (refused) throw new HaiError(refused, { detail: `transaction ${found.hash}` });
  return found;
}

function refusalOf({ status, code, entries }: WireTransaction): ErrorCode | undefined {
  const entry = entries?.find((number) => number !== APPLIED);
  if (entry !== undefined) return codeOfNumber(entry) ?? 'internal';
  if (status === 'applied') return undefined;
  return status === 'expired' ? 'tx_expired' : ((code as ErrorCode | null) ?? 'internal');
}

export async function submitTransaction(
  context: Context,
  type: TxTypeName,
  bodyFor: (nonce: bigint) => Promise<Uint8Array>,
): Promise<WireTransaction> {
  const { transport } = context;
  const { answer } = await submit(
    context,
    async (nonce) => {
      const [network, expiryHeight, baseFeeZhi, body] = await Promise.all([
        context.network(),
        context.expiryHeight(),
        context.baseFeeZhi(),
        bodyFor(nonce),
      ]);
      return signTransaction(context.account(), network, { type, nonce, expiryHeight, baseFeeZhi, body });
    },
    ({ bytes }, idempotencyKey) =>
      transport.json<WireTransaction>({
        method: 'POST',
        path: '/v1/transactions',
        body: { transaction: base64.encode(bytes) },
        idempotencyKey,
        waitSeconds: WAIT_SECONDS,
      }),
  );
  return outcomeOf(transport, answer);
}

export function transactionCalls(context: Context) {
  const { transport } = context;
  return {
    /** Resolves once it is in a block. `homeRegion` is the recipient's, should this create its account; ours unless given. */
    async transfer(to: string, amountZhi: Zhi, homeRegion?: Region): Promise<WireTransaction> {
      const recipient = keyOf(to, 'to');
      return submitTransaction(context, 'transfer', async () =>
        encodeTransfer({
          to: recipient,
          amountZhi,
          homeRegion: homeRegion === undefined ? await context.homeRegion() : regionNumber(homeRegion),
        }),
      );
    },

    /** Development networks only. Resolves once the money is there. */
    async faucet(account = context.account().address, amountZhi?: Zhi): Promise<WireTransaction> {
      const body = { account, ...(amountZhi === undefined ? {} : { amountZhi: amountZhi.toString() }) };
      const answer = await transport.json<WireTransaction>({
        method: 'POST',
        path: '/v1/faucet',
        body,
        idempotencyKey: newIdempotencyKey(),
        waitSeconds: WAIT_SECONDS,
      });
      return outcomeOf(transport, answer);
    },

    transaction: (hash: string) => transport.json<WireTransaction>({ method: 'GET', path: `/v1/transactions/${hash}` }),
    account: (address = context.account().address): Promise<WireAccount> => context.accountView(address),
  };
}
