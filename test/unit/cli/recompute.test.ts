/** `hai verify receipt --recompute` on receipts of real work, and on those of a network that computed, and serves, another model. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bytesToHex } from '@noble/hashes/utils.js';
import { beforeAll, describe, expect, it } from 'vitest';
import { OrderFiles } from '../../../clients/cli/order-files.ts';
import { Session } from '../../../clients/cli/session.ts';
import { recompute } from '../../../clients/cli/verify/recompute.ts';
import { predictAgain, type RunAgain, trainAgain } from '../../../clients/cli/verify/run-again.ts';
import { verifyReceiptText } from '../../../clients/sdk/light.ts';
import { parseCsv, parseRowsCsv } from '../../../ml/dataset/csv.ts';
import { decodeModel } from '../../../ml/mlp/model.ts';
import type { Result } from '../../../protocol/errors.ts';
import type { Hash } from '../../../protocol/hash.ts';
import type { Work } from '../../../protocol/order/work.ts';
import { logHead } from '../../../protocol/order/worklog.ts';
import { receiptFile } from '../../../protocol/proof/receipt-file.ts';
import type { VerifiedReceipt } from '../../../protocol/proof/verify-receipt.ts';
import type { WorkProof } from '../../../protocol/tx/work-proof.ts';
import type { HpuCycles } from '../../../protocol/units.ts';
import { sealContent } from '../../../sealing/content.ts';
import { TestChain } from '../../support/chain.ts';
import { testNetwork } from '../../support/network.ts';
import { openOrder, SMALL_TRAIN, steps } from '../../support/order-life.ts';
import { apart, receiptIn } from '../../support/receipts.ts';
import { jsonOf, runHai, temporaryFolder } from './captured-io.ts';

const ROWS = 5;
const network = testNetwork();
const genesis = bytesToHex(network.hash);
const folder = temporaryFolder();
const file = (name: string): string => join(folder, name);
const env = { XDG_CONFIG_HOME: folder, HAI_GENESIS: genesis };
const trainKey = new Uint8Array(32).fill(1);
const predictKey = new Uint8Array(32).fill(2);

function ok<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(`${result.code}: ${result.evidence}`);
  return result.value;
}

/** 40 rows of four features that say nothing, and two classes. */
const table = Array.from({ length: SMALL_TRAIN.rows }, (_, i) => [
  (i * 7) % 11,
  (i * 5) % 13,
  (i * 3) % 17,
  i % 19,
  i % 2,
]);
const tableCsv = ['a,b,c,d,y', ...table.map((row) => row.join(','))].join('\n');
const rowsCsv = ['a,b,c,d', ...table.slice(0, ROWS).map((row) => row.slice(0, 4).join(','))].join('\n');

const trained = (seed: bigint): RunAgain =>
  ok(trainAgain({ ...SMALL_TRAIN, seed }, ok(parseCsv(tableCsv)), trainKey, () => undefined));
const predicted = (model: RunAgain): RunAgain =>
  ok(predictAgain(ok(decodeModel(model.result)), ok(parseRowsCsv(rowsCsv)), predictKey, () => undefined));

const ordered = trained(SMALL_TRAIN.seed);
const other = trained(9n);

const chain = new TestChain(network);
const demander = network.key('demander');

/** An order whose provider claims this work, which the checker passes. */
async function settled(work: Work, done: RunAgain, change: Partial<WorkProof> = {}): Promise<Hash> {
  const { id, bytes } = openOrder(chain, demander, { work });
  await chain.seal([bytes]);
  await chain.seal([steps.match(chain, id)]);
  const claim = {
    resultRoot: done.root,
    logHead: logHead(id, 1, done.entries),
    chunks: done.entries.length,
    ...change,
  };
  await chain.seal([steps.work(chain, id, claim)]);
  await chain.seal([steps.verdict(chain, id)]);
  await chain.seal([steps.settle(chain, id)]);
  return id;
}

interface Ordered {
  readonly id: string;
  /** Of its receipt. */
  readonly path: string;
  readonly text: string;
}

async function kept(id: Hash): Promise<Ordered> {
  const text = receiptFile(await receiptIn(chain, id));
  const path = file(`${bytesToHex(id)}.json`);
  writeFileSync(path, text);
  return { id: bytesToHex(id), path, text };
}

let training: Ordered;
let prediction: Ordered;
/** Of the same order, by another model than the one that was ordered. */
let lie: Ordered;
let padded: Ordered;

beforeAll(async () => {
  await chain.seal([chain.fund(demander, 90_000_000n)]);
  const model = await settled(SMALL_TRAIN, ordered);
  const predict = { kind: 'predict', rows: ROWS, model } as const;
  training = await kept(model);
  prediction = await kept(await settled(predict, predicted(ordered)));
  lie = await kept(await settled(predict, predicted(other)));
  padded = await kept(await settled(predict, predicted(ordered), { chunks: 2 }));
  const files = new OrderFiles(env);
  const base = { url: 'http://127.0.0.1:1', genesis, target: 'y', classValues: [0, 1] };
  const columns = ['a', 'b', 'c', 'd'];
  files.write({ ...base, kind: 'model', order: training.id, contentKey: trainKey, work: SMALL_TRAIN, columns });
  for (const { id } of [prediction, lie, padded])
    files.write({ ...base, kind: 'prediction', order: id, contentKey: predictKey, rows: ROWS });
  writeFileSync(file('table.csv'), tableCsv);
  writeFileSync(file('rows.csv'), rowsCsv);
  writeFileSync(file('ordered.bin'), ordered.result);
  writeFileSync(file('other.bin'), other.result);
});

/** A network that serves this model, sealed as the real one is, and this receipt of its training. */
const serving =
  (model: RunAgain, receipt = training.text): typeof fetch =>
  async (input) => {
    const { pathname } = new URL(String(input));
    if (pathname === `/v1/models/${training.id}`)
      return new Response((await sealContent(trainKey, 'result', model.result)) as Uint8Array<ArrayBuffer>);
    if (pathname === `/v1/orders/${training.id}/receipt`) return new Response(receipt);
    return Response.json({ number: 105 }, { status: 404 });
  };

async function again({ path }: Ordered, fetcher: typeof fetch | undefined, ...more: string[]) {
  const csv = path === training.path ? 'table.csv' : 'rows.csv';
  const args = ['verify', 'receipt', path, '--recompute', '--csv', file(csv), ...more, '--json'];
  const ran = await runHai(args, { env, ...(fetcher ? { fetch: fetcher } : {}) });
  return { exit: ran.exit, json: jsonOf(ran) };
}

const differs = (exit: number) => ({ exit, json: { error: { code: 'result_differs' } } });

describe('a prediction that is run again', () => {
  it('holds with the model that its training’s receipt names, served or given', async () => {
    const holds = { exit: 0, json: { valid: true, recomputed: { chunks: 1 } } };
    expect(await again(training, undefined)).toMatchObject({ exit: 0 });
    expect(await again(prediction, serving(ordered))).toMatchObject(holds);
    const given = ['--weights', file('ordered.bin'), '--model-receipt', training.path];
    expect(await again(prediction, undefined, ...given)).toMatchObject(holds);
  });

  it('is refused with another model, though that gives the very result that was settled', async () => {
    const caught = await again(lie, serving(other));
    expect(caught).toMatchObject(differs(5));
    expect((caught.json.error as { message: string }).message).toContain('the receipt of its training');
    const given = ['--weights', file('other.bin'), '--model-receipt', training.path];
    expect(await again(lie, undefined, ...given)).toMatchObject(differs(1));
    // With the model that was ordered, the result is another one.
    expect(await again(lie, serving(ordered))).toMatchObject(differs(1));
  });

  it('takes no other order’s receipt for the training’s, no changed one, and none of another network', async () => {
    const refused = (exit: number, code = 'receipt_invalid') => ({ exit, json: { error: { code } } });
    expect(await again(prediction, serving(ordered, prediction.text))).toMatchObject(refused(5));
    expect(await again(prediction, serving(ordered, `${training.text} `))).toMatchObject(refused(5));
    expect(await again(prediction, serving(ordered), '--model-receipt', prediction.path)).toMatchObject(refused(1));
    const foreign = new TestChain(testNetwork('other'));
    await foreign.seal([foreign.fund(foreign.network.key('demander'), 9_000_000n)]);
    const elsewhere = receiptFile(await receiptIn(foreign, await apart(foreign, foreign.network.key('demander'), 0)));
    expect(await again(prediction, serving(ordered, elsewhere))).toMatchObject(refused(5, 'foreign_network'));
    expect(await again(prediction, undefined, '--model-receipt', file('none.json'))).toMatchObject({ exit: 1 });
  });
});

describe('the work log of what is run again', () => {
  const verified = async ({ text }: Ordered): Promise<VerifiedReceipt> => ok(await verifyReceiptText(text, genesis));
  const io = {
    stdout: () => undefined,
    stderr: () => undefined,
    env,
    terminal: { stdout: false, stderr: false, stdin: false },
    fetch,
    signal: new AbortController().signal,
  };
  const options = () => ({
    recompute: true as const,
    csv: file('rows.csv'),
    weights: file('ordered.bin'),
    modelReceipt: training.path,
  });

  it('has as many chunks as were claimed', async () => {
    const caught = await again(padded, serving(ordered));
    expect(caught).toMatchObject(differs(1));
    expect((caught.json.error as { message: string }).message).toContain('in 1 chunks here');
  });

  it('takes the cycles that were billed', async () => {
    const session = new Session(io, {});
    const receipt = await verified(prediction);
    expect(await recompute(session, receipt, options())).toMatchObject({ chunks: 1 });
    for (const change of [1n, -1n]) {
      const billCycles = (receipt.billCycles + change) as HpuCycles;
      await expect(recompute(session, { ...receipt, billCycles }, options())).rejects.toMatchObject({
        code: 'result_differs',
        message: expect.stringContaining('cycles in 1 chunks here'),
      });
    }
  });
});
