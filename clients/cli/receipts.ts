/** An order's receipt, fetched and verified against the genesis that the client verified. */
import type { VerifiedReceipt } from '../../protocol/proof/verify-receipt.ts';
import type { Client } from '../sdk/client.ts';
import { UntrustedError } from '../sdk/errors.ts';
import { verifyReceiptText } from '../sdk/light.ts';

/** Throws UntrustedError when it does not hold, or is another order's. */
export async function fetchReceipt(client: Client, id: string): Promise<{ text: string; verified: VerifiedReceipt }> {
  const { hex } = await client.network();
  const text = await client.receipt(id);
  const verified = await verifyReceiptText(text, hex);
  if (!verified.ok) throw new UntrustedError(`the receipt does not verify: ${verified.evidence ?? verified.code}`);
  if (verified.value.order !== id) throw new UntrustedError(`the receipt is of order ${verified.value.order}`);
  return { text, verified: verified.value };
}

/** Holds a final order's word against its receipt: from then on its root is the chain's, not the server's. */
export async function expectReceipt(client: Client, order: { id: string; resultRoot: string | null }): Promise<void> {
  const { verified } = await fetchReceipt(client, order.id);
  if (verified.resultRoot !== order.resultRoot) {
    throw new UntrustedError(`order ${order.id} has another result in its receipt than the network says`);
  }
}
