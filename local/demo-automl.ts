/**
 * `npm run demo:automl`: a messy table becomes a model on a network of this machine, and every claim about it is checked. Exits 0
 * only when all of them hold. `--json` prints one line last.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { bytesToHex } from '@noble/hashes/utils.js';
import { accountOfSeed, newAccountSeed } from '../clients/sdk/account.ts';
import { type Client, createClient } from '../clients/sdk/client.ts';
import { predictBundle } from '../ml/bundle/predict.ts';
import { encodePrediction } from '../ml/bundle/prediction.ts';
import { exportOnnx } from '../ml/export/onnx/export.ts';
import { leaderboardHash, leaderboardOf } from '../ml/report/leaderboard.ts';
import { localSearch } from '../ml/search/local.ts';
import { withoutTarget } from '../ml/table/rows.ts';
import type { Table } from '../ml/table/table.ts';
import { nodeKernels } from '../ml/trainers/node.ts';
import { equalBytes } from '../protocol/hash.ts';
import { formatHai } from '../protocol/units.ts';
import { ROOT } from './bundle.ts';
import { scoreWithOnnxruntime } from './demo/onnx.ts';
import { FILE, loadPenguins, type Penguins, TARGET } from './demo/penguins.ts';
import { haiVerifies, writeTampered } from './demo/receipts.ts';
import { type Found, type Predicted, predictRows, SPEC, searchModel } from './demo/search.ts';
import { passingStorage } from './demo/storage.ts';
import { Story } from './demo/story.ts';
import { type LocalNetwork, startNetwork } from './network.ts';

const ENDPOINT = 'penguin-sex';
const OUT = join(ROOT, '.hai/demo');
/** Largest difference between onnxruntime's scores and ours. */
const ONNX_DIFFERENCE_MAX = 1e-5;
/** A share of the held-out rows that guessing does not reach: both sexes are about as frequent. */
const ACCURACY_MIN = 0.8;

interface Setting {
  readonly story: Story;
  readonly network: LocalNetwork;
  readonly client: Client;
  readonly penguins: Penguins;
}

async function readPenguins(story: Story): Promise<Penguins> {
  story.chapter(`A messy table: ${FILE}`);
  const penguins = await loadPenguins();
  const { read, notices, train, heldOut } = penguins;
  for (const { name, role, kind, missing, distinct } of read.columns) {
    const told = role === 'target' ? 'target' : role === 'leftOut' ? 'left out' : kind;
    story.fact(name, `${told.padEnd(10)} ${String(missing).padStart(4)} missing, ${distinct} different`);
  }
  for (const notice of notices) story.fact('noticed', notice);
  story.fact('rows', `${train.rows} to learn from, ${heldOut.rows} kept back`);
  return penguins;
}

async function orderSearch({ story, client, penguins }: Setting) {
  story.chapter(`A search for ${TARGET}: at most ${SPEC.trials} trials and ${SPEC.budget} cycles`);
  const found = await searchModel(client, penguins.train, story);
  const { order, bundle, summaries } = found;
  const { report } = bundle;
  story.fact(
    'score',
    `${report.score?.toFixed(4)} ± ${report.sd.toFixed(4)} out of fold; the prior ${report.baseline}`,
  );
  story.fact('members', report.members.map(({ family, weight }) => `${family} ${weight}/64`).join(', '));
  for (const { column, share } of report.importance.slice(0, 5)) story.fact(column, `${(100 * share).toFixed(1)} %`);
  story.fact('quote', `${order.quote.cycles} cycles, ${formatHai(BigInt(order.quote.priceZhi))}`);
  story.fact('bill', `${order.bill?.cycles} cycles, ${formatHai(BigInt(order.bill?.priceZhi ?? '0'))}`);
  const cycles = summaries.reduce((sum, job) => sum + job.cycles, 0n);
  const billExact = order.bill?.cycles === cycles.toString() && cycles <= BigInt(order.quote.cycles);
  story.verdict('the bill is the sum of the jobs, and below the quote', billExact);
  const hash = bytesToHex(leaderboardHash(leaderboardOf(summaries)));
  const boardEqual = hash === report.leaderboardHash;
  story.verdict(
    'the leaderboard made of the trials as they came is the one in the model',
    boardEqual,
    hash.slice(0, 16),
  );
  return { found, billExact, boardEqual };
}

/** The same search without the network: nobody has to be believed. */
function searchAgain({ story, penguins }: Setting, found: Found): boolean {
  story.chapter('The same search again, in this process');
  const again = localSearch(nodeKernels(), penguins.train, SPEC);
  const same = again.ok && equalBytes(again.value.bundle, found.bytes);
  story.verdict(`the same model, bit for bit, all ${found.bytes.length} bytes of it`, same);
  return same;
}

/** The name answers with the order that made the model; the predictions after this ask it. */
async function deploy({ story, client }: Setting, found: Found): Promise<boolean> {
  story.chapter(`The model is deployed as ${ENDPOINT}`);
  await client.deployEndpoint(ENDPOINT, found.order.id);
  const { active, versions } = await client.endpoint(ENDPOINT);
  const deployed = versions.find(({ version }) => version === active)?.order === found.order.id;
  story.verdict(`${ENDPOINT} answers by version ${active}, the search’s model`, deployed);
  return deployed;
}

async function predictHeldOut({ story, client, penguins }: Setting, found: Found) {
  const { heldOut } = penguins;
  story.chapter(`${heldOut.rows} rows that nobody has seen, ordered from the network`);
  const predicted = await predictRows(client, found, heldOut);
  const here = encodePrediction(predictBundle(nodeKernels(), found.bundle, withoutTarget(heldOut)));
  const predictedEqual = equalBytes(here, predicted.bytes);
  const accuracy = accuracyOf(predicted, heldOut);
  story.fact('accuracy', accuracy.toFixed(4));
  story.verdict('the network’s answers are those of the model here, bit for bit', predictedEqual);
  return { predicted, predictedEqual, accuracy };
}

function accuracyOf({ prediction }: Predicted, { target }: Table): number {
  if (target.kind !== 'classes') throw new RangeError('no classes to compare with');
  const right = prediction.labels.reduce((sum, label, row) => sum + Number(label === target.labels[row]), 0);
  return right / prediction.rows;
}

async function exportAndScore({ story, penguins }: Setting, found: Found, predicted: Predicted) {
  story.chapter('The model leaves as ONNX, and onnxruntime scores the same rows');
  const onnx = exportOnnx(found.bundle);
  if (!onnx.ok) throw new Error(`no ONNX: ${onnx.evidence}`);
  const file = join(OUT, 'penguins.onnx');
  await writeFile(file, onnx.value);
  const scores = await scoreWithOnnxruntime(onnx.value, withoutTarget(penguins.heldOut));
  const ours = predicted.prediction.values;
  const difference = ours.reduce((most, value, i) => Math.max(most, Math.abs(value - (scores[i] ?? Number.NaN))), 0);
  const onnxEqual = scores.length === ours.length && difference <= ONNX_DIFFERENCE_MAX;
  story.fact('file', `${relative(process.cwd(), file)}, ${onnx.value.length} bytes`);
  story.verdict(`${scores.length} probabilities, at most ${difference.toExponential(1)} from ours`, onnxEqual);
  return { onnxDifference: difference, onnxEqual, onnx: relative(process.cwd(), file) };
}

async function checkReceipt({ story, network, client }: Setting, found: Found) {
  story.chapter('The receipt of the search, verified by a process that has no server to ask');
  const text = await client.receipt(found.order.id);
  const [file, tampered] = [join(OUT, 'search-receipt.json'), join(OUT, 'search-receipt.tampered.json')];
  await Promise.all([writeFile(file, text), writeTampered(text, tampered)]);
  const receiptVerified = await haiVerifies(file, network.genesis);
  const tamperedReceiptRefused = !(await haiVerifies(tampered, network.genesis));
  story.verdict('hai verify: the receipt holds', receiptVerified, `${text.length} bytes`);
  story.verdict('refused with one byte changed', tamperedReceiptRefused);
  return { receiptVerified, tamperedReceiptRefused, receipt: relative(process.cwd(), file) };
}

async function main(): Promise<boolean> {
  const story = new Story(process.stdout);
  const penguins = await readPenguins(story);
  story.chapter('The network starts on this machine');
  const network = await startNetwork({ persist: passingStorage() });
  await mkdir(OUT, { recursive: true });
  try {
    const account = accountOfSeed(newAccountSeed());
    const client = createClient({ url: network.url, genesis: network.genesis, account });
    await client.faucet();
    story.fact('url', network.url);
    const setting: Setting = { story, network, client, penguins };
    const { found, billExact, boardEqual } = await orderSearch(setting);
    const replayed = searchAgain(setting, found);
    const deployed = await deploy(setting, found);
    const { predicted, predictedEqual, accuracy } = await predictHeldOut(setting, found);
    const exported = await exportAndScore(setting, found, predicted);
    const proved = await checkReceipt(setting, found);
    const { order, bundle } = found;
    const result = {
      rows: penguins.read.table.rows,
      target: TARGET,
      score: bundle.report.score,
      sd: bundle.report.sd,
      accuracy,
      families: [...new Set(bundle.report.leaderboard.map(({ family }) => family))],
      members: bundle.report.members.map(({ family }) => family),
      leaderboardHash: bundle.report.leaderboardHash,
      quoteCycles: order.quote.cycles,
      billCycles: order.bill?.cycles ?? null,
      billExact,
      boardEqual,
      replayed,
      endpoint: ENDPOINT,
      deployed,
      predictedEqual,
      ...exported,
      ...proved,
      order: order.id,
      final: order.final,
      seconds: Number(story.seconds().toFixed(2)),
    };
    const holds = allHold(result);
    story.chapter(holds ? `Every claim holds, in ${result.seconds} s` : 'A CLAIM DOES NOT HOLD');
    if (process.argv.includes('--json')) process.stdout.write(`${JSON.stringify(result)}\n`);
    return holds;
  } finally {
    await network.close();
  }
}

const FLAGS = [
  'billExact',
  'boardEqual',
  'replayed',
  'deployed',
  'predictedEqual',
  'onnxEqual',
  'receiptVerified',
  'tamperedReceiptRefused',
  'final',
];

const allHold = (claims: Readonly<Record<string, unknown>> & { readonly accuracy: number }): boolean =>
  claims.accuracy >= ACCURACY_MIN && FLAGS.every((flag) => claims[flag] === true);

process.exitCode = (await main()) ? 0 : 1;
