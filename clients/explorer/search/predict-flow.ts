/** Rows by the model of a search: computed in this browser, or ordered, checked and paid. The bytes are the same. */

import { hexToBytes } from '@noble/hashes/utils.js';
import { decodePrediction, type Prediction, predictionLeaves } from '../../../ml/bundle/prediction.ts';
import { encodeTypedTable } from '../../../ml/table/canonical.ts';
import type { Table } from '../../../ml/table/table.ts';
import type { WireOrder } from '../../../protocol/wire.ts';
import type { Client } from '../../sdk/client.ts';
import { UntrustedError } from '../../sdk/errors.ts';
import { runJob } from '../kernels/run-job.ts';
import { limitFor, type Show, untilFinal } from '../order-flow.ts';
import type { Found } from './found.ts';

export interface Answer {
  readonly prediction: Prediction;
  /** Canonical bytes. */
  readonly bytes: Uint8Array;
}

function answerOf(bytes: Uint8Array, rows: number, classes: number): Answer {
  const prediction = decodePrediction(bytes, rows, classes);
  if (!prediction.ok) throw new UntrustedError(`the result is no prediction: ${prediction.evidence ?? ''}`);
  return { prediction: prediction.value, bytes };
}

export async function predictHere({ bytes, model }: Found, table: Table): Promise<Answer> {
  const done = await runJob({ kind: 'bundle', bundle: bytes, rows: encodeTypedTable(table) });
  return answerOf(done.result, table.rows, model.work.classes);
}

export async function predictOrdered(
  client: Client,
  { model }: Found,
  table: Table,
  show: Show,
): Promise<Answer & { readonly order: WireOrder }> {
  show(undefined);
  const work = { kind: 'predictTable', rows: table.rows, model: hexToBytes(model.order) } as const;
  const priceLimitZhi = limitFor(await client.quote(work));
  const rows = encodeTypedTable(table);
  const opened = await client.predictTable({ model, rows, rowCount: table.rows, priceLimitZhi });
  show(opened.order);
  const order = await untilFinal(client, opened.id, show);
  const { classes } = model.work;
  const leaves = (plain: Uint8Array) => predictionLeaves(answerOf(plain, table.rows, classes).prediction);
  const ciphertext = await client.resultCiphertext(opened.id);
  const plain = await client.openResult(order, opened.contentKey, ciphertext, leaves);
  return { ...answerOf(plain, table.rows, classes), order };
}
