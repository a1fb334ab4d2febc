/** Receipts of many lives of orders, and receipts forged by whoever holds the keys of every seat and role. */
import { ledgerOver } from '../../ledger/ledger.ts';
import { receiptOf } from '../../ledger/receipt.ts';
import { receiptRootOf, txRootOf } from '../../protocol/block/block.ts';
import { certificateOf, QUORUM, voteBytes } from '../../protocol/block/certificate.ts';
import { type BlockHeader, decodeHeader, encodeHeader } from '../../protocol/block/header.ts';
import { sign } from '../../protocol/ed25519.ts';
import type { Hash } from '../../protocol/hash.ts';
import type { Receipt } from '../../protocol/proof/receipt.ts';
import { initialState } from '../../protocol/state/initial.ts';
import { encodeTransaction, parseTransaction, signingBytes, type Transaction } from '../../protocol/tx/envelope.ts';
import { encodeTransfer } from '../../protocol/tx/transfer.ts';
import { hpuCycles, type UnixMs, type Zhi } from '../../protocol/units.ts';
import { TestChain } from './chain.ts';
import type { KeyPair } from './keys.ts';
import type { TestNetwork } from './network.ts';
import { openOrder, runOrder, SMALL_SEARCH, SMALL_TRAIN, steps } from './order-life.ts';
import { migratedDatabase, sqliteStore } from './sqlite-store.ts';
import { sealAllowedOrder } from './stake-life.ts';

export async function receiptIn(chain: TestChain, order: Hash): Promise<Receipt> {
  const ledger = ledgerOver(sqliteStore(migratedDatabase()));
  await ledger.start(chain.network.bytes, initialState(chain.network.genesis).accounts());
  for (const { certified, built } of chain.blocks) await ledger.commit(certified, built);
  const receipt = await receiptOf(ledger, order);
  if (!receipt) throw new Error('the order is not settled');
  return receipt;
}

async function funded(network: TestNetwork): Promise<TestChain> {
  const chain = new TestChain(network);
  await chain.seal([chain.fund(network.key('demander'), 9_000_000n)]);
  return chain;
}

type Life = (chain: TestChain, demander: KeyPair) => Promise<Hash>;

const MANUAL = { kind: 'manual', windowMs: 60_000n as UnixMs } as const;

/** Three steps to the verdict, and what is said of it. */
async function attempt(chain: TestChain, id: Hash, verdict: 'passed' | 'failed'): Promise<void> {
  await chain.seal([steps.match(chain, id)]);
  await chain.seal([steps.work(chain, id)]);
  await chain.seal([steps.verdict(chain, id, { verdict })]);
}

/** The five steps of a training, `others` blocks between each two. */
export async function apart(chain: TestChain, demander: KeyPair, others: number): Promise<Hash> {
  const { id, bytes } = openOrder(chain, demander);
  await chain.seal([bytes]);
  for (const step of [steps.match, steps.work, steps.verdict, steps.settle]) {
    for (let i = 0; i < others; i++) await chain.seal([chain.fund(demander, 1n)]);
    await chain.seal([step(chain, id)]);
  }
  return id;
}

const LIVES = {
  train: (chain, demander) => runOrder(chain, demander, SMALL_TRAIN),
  async predict(chain, demander) {
    const model = await runOrder(chain, demander, SMALL_TRAIN);
    return runOrder(chain, demander, { kind: 'predict', rows: 3, model });
  },
  'a search, billed below its quote': (chain, demander) =>
    runOrder(chain, demander, SMALL_SEARCH, {}, { cycles: hpuCycles(77_777n) }),
  async 'after two false attempts'(chain, demander) {
    const { id, bytes } = openOrder(chain, demander);
    await chain.seal([bytes]);
    for (const verdict of ['failed', 'failed', 'passed'] as const) await attempt(chain, id, verdict);
    await chain.seal([steps.settle(chain, id)]);
    return id;
  },
  async 'confirmed by hand'(chain, demander) {
    const { id, bytes } = openOrder(chain, demander, { confirm: MANUAL });
    await chain.seal([bytes]);
    await attempt(chain, id, 'passed');
    await chain.seal([steps.confirm(chain, id, demander)]);
    await chain.seal([steps.settle(chain, id)]);
    return id;
  },
  async 'confirmed by silence'(chain, demander) {
    const { id, bytes } = openOrder(chain, demander, { confirm: MANUAL });
    await chain.seal([bytes]);
    await attempt(chain, id, 'passed');
    await chain.seal([steps.settle(chain, id)], chain.parent.timeMs + MANUAL.windowMs);
    return id;
  },
  /** By a key that the demander allowed to; settled in a batch. */
  'ordered for another': async (chain, demander) => (await sealAllowedOrder(chain, demander)) as Hash,
  /** One block of others' between each two of its own. */
  'between other blocks': (chain, demander) => apart(chain, demander, 1),
  /** Between other transactions, so that no path is empty. */
  async 'in crowded blocks'(chain, demander) {
    const { id, bytes } = openOrder(chain, demander);
    const gifts = (count: number) =>
      Array.from({ length: count }, () => {
        const gift = { to: chain.network.faucet.key, amountZhi: 1n as Zhi, homeRegion: 3 };
        return chain.sign(demander, 'transfer', encodeTransfer(gift));
      });
    await chain.seal([bytes, ...gifts(4)]);
    await chain.seal([...gifts(2), steps.match(chain, id)]);
    await chain.seal([...gifts(1), steps.work(chain, id), ...gifts(3)]);
    await chain.seal([...gifts(3), steps.verdict(chain, id), ...gifts(3)]);
    await chain.seal([steps.settle(chain, id), ...gifts(1)]);
    return id;
  },
} as const satisfies Record<string, Life>;

export type LifeName = keyof typeof LIVES;
export const LIFE_NAMES = Object.keys(LIVES) as LifeName[];

/** The receipt of an order that lived so. */
export async function receiptOfLife(network: TestNetwork, name: LifeName): Promise<Receipt> {
  const chain = await funded(network);
  return receiptIn(chain, await LIVES[name](chain, network.key('demander')));
}

/** A transaction of the receipt with a change, signed anew by `by`. */
export function forgedTransaction(
  network: TestNetwork,
  receipt: Receipt,
  at: number,
  by: KeyPair,
  change: (tx: Transaction) => Partial<Transaction>,
): Uint8Array {
  const parsed = parseTransaction((receipt.transactions[at] as Receipt['transactions'][0]).bytes, network.hash);
  if (!parsed.ok) throw new Error(parsed.code);
  const unsigned = { ...parsed.value, sender: by.key, ...change(parsed.value) };
  return encodeTransaction({ ...unsigned, signature: sign(by.seed, signingBytes(network.hash, unsigned)) });
}

/** The receipt with another transaction in a block of its own, whose header and certificate are made anew to fit. */
export function withForged(
  network: TestNetwork,
  receipt: Receipt,
  at: number,
  bytes: Uint8Array,
  header: Partial<BlockHeader> = {},
  signers = QUORUM,
): Receipt {
  const taken = receipt.transactions[at] as Receipt['transactions'][0];
  const made = {
    ...decodeHeader((receipt.blocks[taken.block] as Receipt['blocks'][0]).header),
    txCount: 1,
    txRoot: txRootOf([bytes]),
    receiptRoot: receiptRootOf([{ entries: taken.outcome }]),
    ...header,
  };
  const message = voteBytes(made);
  const votes = network.seats.slice(0, signers).map(({ seed }, seat) => ({ seat, signature: sign(seed, message) }));
  const { seats, signatures } = certificateOf(made, votes);
  const block = { header: encodeHeader(made), seats, signatures };
  return {
    ...receipt,
    blocks: receipt.blocks.map((one, i) => (i === taken.block ? block : one)),
    transactions: receipt.transactions.map((one, i) =>
      i === at ? { ...taken, index: 0, bytes, path: [], outcomePath: [] } : one,
    ),
  };
}
