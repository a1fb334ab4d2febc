/** The model in a model file; one that is not in it yet is fetched, checked and kept there. */
import { hasCheckedResult } from '../../../protocol/order/lifecycle.ts';
import { Refusal } from '../exit-codes.ts';
import { writeModelFile } from '../order-files.ts';
import type { LocalModelFile, SearchFile } from '../search-files.ts';
import type { Session } from '../session.ts';
import { bundleOfFile, type OpenedBundle, openBundle } from './open-bundle.ts';

export async function bundleOfModelFile(
  session: Session,
  file: SearchFile | LocalModelFile,
  /** Undefined for a model that has no file to be kept in. */
  path: string | undefined,
): Promise<OpenedBundle> {
  if (file.bundle) return bundleOfFile(file.bundle, path ?? 'the model file');
  if (file.kind === 'local') throw new Refusal(`${path} holds no model`);
  const client = session.clientOf(file);
  await client.network();
  const { order } = await client.order(file.order);
  if (!hasCheckedResult(order.state))
    throw new Refusal(`the search ${file.order} is ${order.state}`, 'result_not_ready');
  const opened = await openBundle(client, order, file);
  if (path !== undefined) writeModelFile(path, { ...file, bundle: opened.bytes }, true);
  return opened;
}
