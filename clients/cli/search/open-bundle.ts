/** The model of a search: decrypted here, held against the root that the order commits to, and decoded. */
import { type Bundle, decodeBundle } from '../../../ml/bundle/bundle.ts';
import type { WireOrder } from '../../../protocol/wire.ts';
import type { Client } from '../../sdk/client.ts';
import { UntrustedError } from '../../sdk/errors.ts';
import { Refusal } from '../exit-codes.ts';
import type { OrderKeys } from '../search-files.ts';

export interface OpenedBundle {
  /** Canonical. */
  readonly bytes: Uint8Array;
  readonly bundle: Bundle;
}

/** What a search without a model ends with. */
const NO_MODEL =
  'the search found no model: it was stopped before its first trial, or its budget was too small for one';

/** Throws UntrustedError for what the network serves and is none; Refusal where the search found none. */
export async function openBundle(client: Client, order: WireOrder, file: OrderKeys): Promise<OpenedBundle> {
  const ciphertext = await client.resultCiphertext(file.order);
  const bytes = await client.openResult(order, file.contentKey, ciphertext);
  if (bytes.length === 0) throw new Refusal(`${NO_MODEL}; the bill is ${order.bill?.cycles ?? 'to come'} cycles`);
  const decoded = decodeBundle(bytes);
  if (!decoded.ok) throw new UntrustedError(`the result is no model: ${decoded.evidence ?? decoded.code}`);
  return { bytes, bundle: decoded.value };
}

/** Throws Refusal for bytes of a file that are none. */
export function bundleOfFile(bytes: Uint8Array, path: string): OpenedBundle {
  const decoded = decodeBundle(bytes);
  if (!decoded.ok) throw new Refusal(`${path} holds no model: ${decoded.evidence ?? decoded.code}`, decoded.code);
  return { bytes, bundle: decoded.value };
}
