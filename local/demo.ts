/**
 * `npm run demo`: the whole network on this machine, one real job end to end, and every claim checked. Exits 0 only when all of
 * them hold. `--json` prints one line last; `--keep` leaves the network up.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js';
import { buildCircuits } from '../circuits/build.ts';
import { proveBidCoversAsk } from '../circuits/prove.ts';
import { accountOfSeed, newAccountSeed } from '../clients/sdk/account.ts';
import { type Client, createClient } from '../clients/sdk/client.ts';
import { HaiError } from '../clients/sdk/errors.ts';
import { loadKernels } from '../hpu/node.ts';
import { createMlKernel } from '../ml/kernel.ts';
import { predictFloat } from '../ml/mlp/predict.ts';
import { orderSignal } from '../protocol/proof/groth16-order.ts';
import type { Region } from '../protocol/regions.ts';
import { formatHai, SUPPLY_ZHI } from '../protocol/units.ts';
import type { WireOrder } from '../protocol/wire.ts';
import { ROOT } from './bundle.ts';
import { PLACES, type Place } from './demo/cast.ts';
import { type Digits, loadDigits } from './demo/digits.ts';
import { foreignReceipt } from './demo/foreign.ts';
import { accuracyOf, type Predicted, predictRows, type Trained, tellSteps, trainDigits } from './demo/orders.ts';
import { searchPlaintext } from './demo/plaintext.ts';
import { haiVerifies, writeTampered } from './demo/receipts.ts';
import { type Receiver, startReceiver } from './demo/receiver.ts';
import { passingStorage } from './demo/storage.ts';
import { Story } from './demo/story.ts';
import { type LocalNetwork, startNetwork } from './network.ts';

const OUT = join(ROOT, '.hai/demo');
const WEBHOOK_WAIT_MS = 10_000;
const ACCURACY_MIN = 0.95;
/** What the project promises of a receipt's file. */
const RECEIPT_BYTES_MAX = 10_240;
/** Of a ciphertext: few enough to lie in one page of SQLite, enough to be nothing else. */
const KNOWN_BYTES = 48;

interface Setting {
  readonly story: Story;
  readonly network: LocalNetwork;
  readonly demander: Client;
  readonly digits: Digits;
}

function clientAt(network: LocalNetwork, place: Place): Client {
  const account = accountOfSeed(newAccountSeed());
  return createClient({ url: network.url, genesis: network.genesis, account, fetch: network.fetchFrom(PLACES[place]) });
}

async function meetRegions({ story, network }: Omit<Setting, 'demander' | 'digits'>): Promise<Client> {
  story.chapter('Four accounts, four places: each gets its home region from where its first request arrives');
  const clients = (['shanghai', 'newYork', 'saoPaulo', 'sydney'] as const).map((place) => ({
    place,
    client: clientAt(network, place),
  }));
  for (const { place, client } of clients) {
    await client.faucet();
    const { address, homeRegion, balanceZhi } = await client.account();
    story.fact(place, `${homeRegion.padEnd(5)} ${address.slice(0, 18)}…  ${formatHai(BigInt(balanceZhi))}`);
  }
  return (clients[0] as { client: Client }).client;
}

async function subscribe(demander: Client): Promise<Receiver> {
  const receiver = await startReceiver((await demander.network()).genesis);
  const { secret } = await demander.webhooks.create({ url: receiver.url });
  receiver.trust(secret);
  return receiver;
}

interface MainJob {
  readonly trained: Trained;
  readonly accuracy: number;
  readonly accuracyInt8: number;
  readonly predicted: Predicted;
}

async function runMainJob({ story, demander, digits }: Setting): Promise<MainJob> {
  const { train, heldOut } = digits;
  story.chapter(`Train on ${train.rows} digits; ${heldOut.rows} rows are held out and their labels stay here`);
  const trained = await trainDigits(demander, train, story);
  tellSteps(story, trained.order);
  story.chapter(`Predict the ${heldOut.rows} held-out rows on the int8 HPU`);
  const predicted = await predictRows(demander, trained, heldOut);
  tellSteps(story, predicted.order);
  const kernel = createMlKernel(loadKernels().float);
  const float = predictFloat(kernel, trained.model, heldOut.x, heldOut.rows);
  const accuracy = accuracyOf(float.labels, heldOut.y);
  const accuracyInt8 = accuracyOf(predicted.labels, heldOut.y);
  story.verdict(
    `accuracy ${accuracyInt8.toFixed(4)} in int8 (float ${accuracy.toFixed(4)}, here from the same model)`,
    accuracyInt8 >= ACCURACY_MIN,
  );
  return { trained, predicted, accuracy, accuracyInt8 };
}

/** One region's provider flips a byte of a product. It is the first that the rule would choose. */
async function catchLiar(
  { story, demander, digits }: Setting,
  job: MainJob,
): Promise<{ paid: boolean; order: WireOrder }> {
  story.chapter('A provider lies: one byte of a product is flipped');
  const home = (await demander.account()).homeRegion as Region;
  await demander.setLies(home, 1);
  const liar = job.predicted.order.attempts[0]?.provider ?? '';
  const before = BigInt((await demander.account(liar)).balanceZhi);
  const { order } = await predictRows(demander, job.trained, digits.heldOut);
  const after = BigInt((await demander.account(liar)).balanceZhi);
  for (const { attempt, provider, verdict, method } of order.attempts) {
    story.fact(`attempt ${attempt}`, `${provider.slice(0, 18)}…  ${verdict} (${method})`);
  }
  const caught = order.attempts[0]?.provider === liar && order.attempts[0].verdict === 'failed';
  const finished = order.attempts.at(-1)?.verdict === 'passed' && order.final;
  story.verdict('caught before payment, another provider finished the order', caught && finished);
  story.verdict('the liar was paid nothing', after === before);
  return { paid: !caught || !finished || after !== before, order };
}

/** The longest file of these orders' receipts, in bytes. */
async function longestReceipt(demander: Client, orders: readonly WireOrder[]): Promise<number> {
  const texts = await Promise.all(orders.map(({ id }) => demander.receipt(id)));
  return Math.max(...texts.map((text) => Buffer.byteLength(text)));
}

async function checkReceipts(
  { story, network, demander, digits }: Setting,
  orders: readonly [WireOrder, ...WireOrder[]],
) {
  story.chapter('The receipt, by `hai verify` in a process without a network');
  const file = join(OUT, 'receipt.json');
  const text = await demander.receipt(orders[0].id);
  await mkdir(OUT, { recursive: true });
  await writeFile(file, text);
  const tampered = join(OUT, 'receipt-tampered.json');
  await writeTampered(text, tampered);
  const foreign = join(OUT, 'receipt-foreign.json');
  await writeFile(foreign, await foreignReceipt(digits.train));
  const receiptVerified = await haiVerifies(file, network.genesis);
  const tamperedReceiptRefused = !(await haiVerifies(tampered, network.genesis));
  const foreignReceiptRefused = !(await haiVerifies(foreign, network.genesis));
  const receiptBytes = await longestReceipt(demander, orders);
  story.verdict(`accepted: ${relative(process.cwd(), file)}, ${Buffer.byteLength(text)} bytes`, receiptVerified);
  story.verdict(
    `the longest of ${orders.length} receipts has ${receiptBytes} bytes, of at most ${RECEIPT_BYTES_MAX}`,
    receiptBytes <= RECEIPT_BYTES_MAX,
  );
  story.verdict('refused with one byte flipped', tamperedReceiptRefused);
  story.verdict('refused from a second network with keys of its own', foreignReceiptRefused);
  return { file, receiptBytes, receiptVerified, tamperedReceiptRefused, foreignReceiptRefused };
}

function randomSalt(): bigint {
  // 31 bytes: below the field's order; the circuit wants at least 2^128.
  const bytes = crypto.getRandomValues(new Uint8Array(31));
  return BigInt(`0x01${bytesToHex(bytes.subarray(1))}`);
}

/** The bid and the ask stay hidden; the proof says that the first covers the second. */
async function checkGroth16({ story, demander }: Setting, order: WireOrder): Promise<boolean> {
  story.chapter('A Groth16 proof that the bid covers the ask, neither shown');
  await buildCircuits();
  const bid = BigInt(order.priceLimitZhi);
  const ask = BigInt(order.quote.priceZhi);
  const made = await proveBidCoversAsk({
    bid,
    ask,
    bidSalt: randomSalt(),
    askSalt: randomSalt(),
    order: orderSignal(hexToBytes(order.id)),
  });
  const { valid, development } = await demander.verifyProof('bid_covers_ask', made.proof, made.publicSignals);
  const bent = made.publicSignals.map((signal, i) => (i === 0 ? (BigInt(signal) ^ 1n).toString() : signal));
  const bentRefused = await demander.verifyProof('bid_covers_ask', made.proof, bent).then(
    () => false,
    (error: unknown) => error instanceof HaiError && error.code === 'proof_invalid',
  );
  story.verdict('verified in the Worker', valid, development ? 'development key: anyone can forge under it' : '');
  story.verdict('refused with one public signal changed', bentRefused);
  return valid && bentRefused;
}

/** Every block states the supply in its header, and the accounts sum to it. */
async function checkSupply({ story, demander }: Setting): Promise<boolean> {
  const { supplyZhi, supplyByClass, tip } = await demander.chain();
  const sum = Object.values(supplyByClass).reduce((total, amount) => total + BigInt(amount), 0n);
  let conserved = BigInt(supplyZhi) === SUPPLY_ZHI && sum === SUPPLY_ZHI;
  for (let height = 1n; height <= BigInt(tip.height); height++) {
    conserved &&= BigInt((await demander.block(height)).supplyZhi) === SUPPLY_ZHI;
  }
  story.verdict(
    `supply is ${formatHai(sum)} in each of ${tip.height} blocks`,
    conserved,
    `burned ${formatHai(BigInt(supplyByClass.burned ?? '0'))}`,
  );
  return conserved;
}

async function tellBalances(
  story: Story,
  demander: Client,
  before: bigint,
  orders: readonly WireOrder[],
): Promise<void> {
  const after = BigInt((await demander.account()).balanceZhi);
  story.chapter('Balances');
  story.fact('demander before', formatHai(before));
  story.fact('demander after', formatHai(after));
  story.fact('bills', formatHai(orders.reduce((sum, order) => sum + BigInt(order.bill?.priceZhi ?? '0'), 0n)));
}

async function main(): Promise<boolean> {
  const story = new Story(process.stdout);
  story.chapter('The network starts: nine regions, D1, Durable Objects, queues and R2 in miniflare');
  const storage = passingStorage();
  const network = await startNetwork({ persist: storage });
  const keep = process.argv.includes('--keep');
  let receiver: Receiver | undefined;
  try {
    story.fact('url', network.url);
    story.fact('genesis', network.genesis);
    const digits = await loadDigits();
    const demander = await meetRegions({ story, network });
    const setting: Setting = { story, network, demander, digits };
    receiver = await subscribe(demander);
    const before = BigInt((await demander.account()).balanceZhi);
    const job = await runMainJob(setting);
    const { order } = job.trained;
    const liar = await catchLiar(setting, job);
    await tellBalances(story, demander, before, [order, job.predicted.order, liar.order]);
    const receipts = await checkReceipts(setting, [order, job.predicted.order, liar.order]);
    const groth16Verified = await checkGroth16(setting, order);
    story.chapter('The rest of the claims');
    await receiver.until(({ type, order: of }) => type === 'order.settled' && of === order.id, WEBHOOK_WAIT_MS);
    const settled = receiver.deliveries.some(({ type, order: of }) => type === 'order.settled' && of === order.id);
    const webhookVerified = settled && receiver.deliveries.every(({ verified, proved }) => verified && proved);
    story.verdict(
      `${receiver.deliveries.length} webhook deliveries verified with the standardwebhooks package, their events by the genesis`,
      webhookVerified,
    );
    const sealed = await demander.resultCiphertext(job.predicted.order.id);
    const tables = [digits.train, digits.heldOut];
    const search = await searchPlaintext(network.miniflare, storage, tables, Buffer.from(sealed.slice(0, KNOWN_BYTES)));
    const searched = `${search.values} stored values of D1 and R2, nor in ${search.files} files on disk`;
    story.verdict(`no row in the clear in ${searched}`, !search.found);
    const supplyConserved = await checkSupply(setting);
    const result = {
      accuracy: job.accuracy,
      accuracyInt8: job.accuracyInt8,
      quoteCycles: order.quote.cycles,
      billCycles: order.bill?.cycles ?? '0',
      order: order.id,
      height: Number(order.block?.height ?? '0'),
      final: order.final,
      webhookVerified,
      receiptVerified: receipts.receiptVerified,
      receiptBytes: receipts.receiptBytes,
      tamperedReceiptRefused: receipts.tamperedReceiptRefused,
      foreignReceiptRefused: receipts.foreignReceiptRefused,
      liarPaid: liar.paid,
      plaintextFound: search.found,
      groth16Verified,
      supplyConserved,
      seconds: Number(story.seconds().toFixed(2)),
      url: network.url,
      genesis: network.genesis,
      receipt: relative(process.cwd(), receipts.file),
    };
    const holds = allHold(result, digits.heldOut.rows);
    story.chapter(holds ? `Every claim holds, in ${result.seconds} s` : 'A CLAIM DOES NOT HOLD');
    if (process.argv.includes('--json')) process.stdout.write(`${JSON.stringify(result)}\n`);
    if (keep) await stayUp(network);
    return holds;
  } finally {
    await receiver?.close();
    await network.close();
  }
}

interface Claims {
  readonly accuracy: number;
  readonly accuracyInt8: number;
  readonly quoteCycles: string;
  readonly billCycles: string;
  readonly receiptBytes: number;
  readonly [flag: string]: unknown;
}

function allHold(claims: Claims, rows: number): boolean {
  // One row of 360 per half point of float accuracy, and one row for the rounding of both.
  const drop = claims.accuracy - claims.accuracyInt8;
  const accurate = claims.accuracyInt8 >= ACCURACY_MIN && drop <= Math.max(1 / rows, 0.005);
  const yes = [
    'final',
    'webhookVerified',
    'receiptVerified',
    'tamperedReceiptRefused',
    'foreignReceiptRefused',
    'groth16Verified',
    'supplyConserved',
  ];
  const no = ['liarPaid', 'plaintextFound'];
  return (
    accurate &&
    claims.quoteCycles === claims.billCycles &&
    claims.receiptBytes <= RECEIPT_BYTES_MAX &&
    yes.every((name) => claims[name] === true) &&
    no.every((name) => claims[name] === false)
  );
}

async function stayUp(network: LocalNetwork): Promise<void> {
  process.stderr.write(`The network stays up at ${network.url}; Ctrl-C ends it.\n`);
  await new Promise<void>((resolve) => {
    process.once('SIGINT', resolve);
    process.once('SIGTERM', resolve);
  });
}

process.exitCode = (await main()) ? 0 : 1;
