/** The light client's checks of receipts and webhooks' events, with the fastest signatures that the runtime has. */
import { hexToBytes } from '@noble/hashes/utils.js';
import { fail, type Result } from '../../protocol/errors.ts';
import type { Genesis } from '../../protocol/genesis.ts';
import type { VerifiedReceipt } from '../../protocol/proof/verify-receipt.ts';
import type { WireChainEvent } from '../../protocol/webhook/event.ts';
import { eventFault } from '../../protocol/webhook/proof.ts';
import { verifyFast } from '../../sealing/signatures.ts';
import { verifyReceiptText as verifyText } from '../light/receipt-text.ts';

/** `text` is a receipt.json, byte for byte; `genesis` 64 hex digits. Refuses with receipt_invalid or foreign_network. */
export async function verifyReceiptText(text: string, genesis: string): Promise<Result<VerifiedReceipt>> {
  if (!/^[0-9a-f]{64}$/.test(genesis))
    return fail('invalid_field', 'a genesis hash has 64 lower-case hex digits', 'genesis');
  return verifyText(text, hexToBytes(genesis), verifyFast);
}

/**
 * Why a webhook's event is not one of a final block, or undefined. What is proved, and what is not: protocol/webhook/proof.ts.
 * Beside it a receiver verifies the signature of the delivery, with any Standard Webhooks library.
 */
export const webhookEventFault = (event: WireChainEvent, genesis: Genesis): Promise<string | undefined> =>
  eventFault(event, genesis, verifyFast);
