/** All resources of the API. */
import { addAccounts } from './accounts.ts';
import { addAllowances } from './allowances.ts';
import { addBlockBytes } from './block-bytes.ts';
import { addBlocks } from './blocks.ts';
import { addChain } from './chain.ts';
import type { Api } from './context.ts';
import { addDatasets } from './datasets.ts';
import { addDevelopment } from './development.ts';
import { addOrderFiles } from './order-files.ts';
import { addOrderReads } from './orders.ts';
import { addOrderIntake } from './place-order.ts';
import { addProofs } from './proofs.ts';
import { addQuotes } from './quotes.ts';
import { addRegions } from './regions.ts';
import { addStateProofs } from './state-proofs.ts';
import { addTransactionBatch } from './transaction-batch.ts';
import { addTransactions } from './transactions.ts';
import { addWebhooks } from './webhooks.ts';

export function addRoutes(api: Api): void {
  addOrderIntake(api);
  addOrderReads(api);
  addOrderFiles(api);
  addQuotes(api);
  addTransactions(api);
  addTransactionBatch(api);
  addAccounts(api);
  addAllowances(api);
  addBlocks(api);
  addBlockBytes(api);
  addStateProofs(api);
  addChain(api);
  addRegions(api);
  addDatasets(api);
  addProofs(api);
  addWebhooks(api);
  addDevelopment(api);
}
