/** What the network needs built: kernels and page. Both builders return at once when nothing has changed. */
import { buildExplorer } from '../clients/explorer/build.ts';
import { buildKernels } from '../hpu/build.ts';

export async function buildMissing(): Promise<void> {
  await buildKernels();
  await buildExplorer();
}
