/**
 * The model of a prediction that is run again. A prediction's order names the training that made it, and the receipt of that training
 * holds the root of its result: whoever stores the model could otherwise have computed, and serve, another one.
 */
import { bytesToHex } from '@noble/hashes/utils.js';
import { type Bundle, decodeBundle } from '../../../ml/bundle/bundle.ts';
import { decodeModel, type MlpModel } from '../../../ml/mlp/model.ts';
import { resultRoot, resultSalt } from '../../../protocol/order/results.ts';
import type { VerifiedReceipt } from '../../../protocol/proof/verify-receipt.ts';
import { openContent } from '../../../sealing/content.ts';
import { UntrustedError } from '../../sdk/errors.ts';
import { verifyReceiptText } from '../../sdk/light.ts';
import { Refusal } from '../exit-codes.ts';
import type { ModelFile } from '../order-files.ts';
import type { SearchFile } from '../search-files.ts';
import { FILE_BYTES_MAX, readBytesFile, readTextFile } from '../secret-files.ts';
import type { Session } from '../session.ts';
import { heldOf, pinOf, servedOf } from './light.ts';

export interface ModelSources {
  /** The model's bytes, as `hai order result` wrote them; asked of the network unless given. */
  readonly weights?: string;
  /** Receipt of the training; asked of the network unless given. */
  readonly modelReceipt?: string;
}

/** What was given is refused (exit 1), what was served is untrusted (exit 5): both with `result_differs` where it is another model. */
export async function boundModel(session: Session, file: ModelFile, sources: ModelSources): Promise<MlpModel> {
  return heldOf(decodeModel(await boundBytes(session, file, sources)));
}

/** The same of the model of a search. */
export async function boundBundle(session: Session, file: SearchFile, sources: ModelSources): Promise<Bundle> {
  return heldOf(decodeBundle(await boundBytes(session, file, sources)));
}

async function boundBytes(session: Session, file: ModelFile | SearchFile, sources: ModelSources): Promise<Uint8Array> {
  const { weights } = sources;
  const receipt = await trainingReceipt(session, file, sources);
  const bytes =
    weights === undefined ? await fetchedModel(session, file) : readBytesFile(weights, FILE_BYTES_MAX.weights);
  const root = bytesToHex(resultRoot(resultSalt(file.contentKey), [bytes]));
  if (root !== receipt.resultRoot) {
    const told = `the model has the root ${root}, the receipt of its training ${receipt.resultRoot}`;
    if (weights !== undefined) throw new Refusal(told, 'result_differs');
    throw new UntrustedError(told, { code: 'result_differs' });
  }
  return bytes;
}

/** Verified under the pin of the prediction's own receipt. */
async function trainingReceipt(
  session: Session,
  { order, ...file }: ModelFile | SearchFile,
  { modelReceipt }: ModelSources,
): Promise<VerifiedReceipt> {
  const pin = pinOf(session);
  const receipt =
    modelReceipt === undefined
      ? servedOf(await verifyReceiptText(await session.clientOf(file).receipt(order), pin), 'the model’s receipt: ')
      : heldOf(await verifyReceiptText(readTextFile(modelReceipt), pin));
  if (receipt.order === order && receipt.work.kind === (file.kind === 'model' ? 'train' : 'search')) return receipt;
  const told = `the receipt is of order ${receipt.order}, not of the training ${order}`;
  if (modelReceipt !== undefined) throw new Refusal(told, 'receipt_invalid');
  throw new UntrustedError(told, { code: 'receipt_invalid' });
}

async function fetchedModel(session: Session, file: ModelFile | SearchFile): Promise<Uint8Array> {
  const ciphertext = await session.clientOf(file).modelCiphertext(file.order);
  const bytes = await openContent(file.contentKey, 'result', ciphertext);
  if (!bytes) throw new UntrustedError(`the model of order ${file.order} does not open under its content key`);
  return bytes;
}
