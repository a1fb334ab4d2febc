/** The development faucet: pays out of its own account, with its own key, as any sender would. */
import { fail, ok, type Result } from '../../../protocol/errors.ts';
import {
  chainIdOf,
  encodeTransaction,
  signingBytes,
  TX_VERSION,
  type UnsignedTransaction,
} from '../../../protocol/tx/envelope.ts';
import { feeOf } from '../../../protocol/tx/fee.ts';
import { encodeTransfer } from '../../../protocol/tx/transfer.ts';
import { txTypeNumber } from '../../../protocol/tx/types.ts';
import type { BlockHeight, Zhi } from '../../../protocol/units.ts';
import type { WireTransaction } from '../../../protocol/wire.ts';
import type { Network, RegionContext } from '../context.ts';
import { takeTransaction } from '../transactions.ts';

const EXPIRY_BLOCKS = 1_000n;
/** Payments that may be signed at once; the account may have no more pending. */
const TRIES_MAX = 64;

export async function payFromFaucet(
  context: RegionContext,
  network: Network,
  to: Uint8Array,
  amountZhi: bigint,
  homeRegion: number,
  now: () => number,
  triesLeft = TRIES_MAX,
): Promise<Result<WireTransaction>> {
  if (!context.isDevelopment) return fail('dev_only');
  const sender = context.keyring.publicKey('faucet');
  if (!(await context.accounts.load(sender, now()))) return fail('faucet_empty');
  const view = context.accounts.view(sender);
  if (!view) return fail('faucet_empty');
  const unsigned: UnsignedTransaction = {
    version: TX_VERSION,
    chain: chainIdOf(network.hash),
    type: txTypeNumber('transfer'),
    sender,
    nonce: view.nextNonce,
    expiryHeight: (context.tip.height + EXPIRY_BLOCKS) as BlockHeight,
    feeZhi: feeOf('transfer', context.ruleContext(network, now()).parameters.baseFeeZhi),
    body: encodeTransfer({ to, amountZhi: amountZhi as Zhi, homeRegion }),
  };
  const signature = await context.keyring.sign('faucet', signingBytes(network.hash, unsigned));
  const taken = takeTransaction(context, network, encodeTransaction({ ...unsigned, signature }), undefined, now());
  // Two payments at once took the same nonce while one was signing.
  const again = !taken.ok && taken.code === 'nonce_used' && triesLeft > 1;
  if (again) return payFromFaucet(context, network, to, amountZhi, homeRegion, now, triesLeft - 1);
  // The caller's own balance is not in question.
  if (!taken.ok) return taken.code === 'insufficient_balance' ? fail('faucet_empty') : taken;
  if (!taken.value) throw new Error('a payment without a key is no repeat');
  return ok(taken.value);
}
