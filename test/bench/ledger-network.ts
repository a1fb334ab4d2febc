/** The local network under transfers: its accounts are made by transfers too, so that all of it is what anybody could do. */
import { createPrivateKey, type KeyObject, sign as signWith } from 'node:crypto';
import { concatBytes, hexToBytes } from '@noble/hashes/utils.js';
import { base64 } from '@scure/base';
import { type LocalNetwork, startNetwork } from '../../local/network.ts';
import { addressOf } from '../../protocol/address.ts';
import { publicKeyOf } from '../../protocol/ed25519.ts';
import type { Genesis } from '../../protocol/genesis.ts';
import { decodeGenesis } from '../../protocol/genesis.ts';
import { taggedHash } from '../../protocol/hash.ts';
import { regionNumber } from '../../protocol/regions.ts';
import { chainIdOf, encodeTransaction, signingBytes, TX_VERSION } from '../../protocol/tx/envelope.ts';
import { encodeTransfer } from '../../protocol/tx/transfer.ts';
import { txTypeNumber } from '../../protocol/tx/types.ts';
import type { BlockHeight, Zhi } from '../../protocol/units.ts';
import type { WireBatchOutcome } from '../../protocol/wire.ts';
import { BATCH, type BenchedChain, JSON_BODY, load, SENDERS } from './ledger-load.ts';

/** The faucet pays no more at once; the funder passes it on to so many accounts, and each of these to its share of the senders. */
const FAUCET_ZHI = 1_000_000_000_000n;
const FIRST = 50;
const SENDER_ZHI = 900_000_000n;
/** Blocks until a transfer expires: more than any run takes. */
const EXPIRY = 50_000n;
/** While accounts are made: below what one account may have pending, 64, times the senders. */
const PENDING_MAX = 10_000;
/** RFC 8410. */
const PKCS8_PREFIX = hexToBytes('302e020100300506032b657004220420');
const HOME = 'weur';

export interface Sender {
  readonly key: Uint8Array;
  readonly secret: KeyObject;
  nonce: bigint;
}

const seedOf = (name: string, i: number): Uint8Array =>
  taggedHash('HAI/bench', new TextEncoder().encode(`${name}/${i}`));

export function senderOf(name: string, i: number): Sender {
  const seed = seedOf(name, i);
  const der = Buffer.from(concatBytes(PKCS8_PREFIX, seed));
  return { key: publicKeyOf(seed), secret: createPrivateKey({ key: der, format: 'der', type: 'pkcs8' }), nonce: 0n };
}

/** The account that number `i` of the recipients is: nobody needs its key. */
export const recipient = (i: number): Uint8Array => seedOf('recipient', i);

export interface Rules {
  readonly hash: Uint8Array;
  readonly genesis: Pick<Genesis, 'baseFeeZhi'>;
}

/** Uses up the sender's next nonce. */
export function transfer(rules: Rules, by: Sender, to: Uint8Array, amountZhi: bigint): Uint8Array {
  const unsigned = {
    version: TX_VERSION,
    chain: chainIdOf(rules.hash),
    type: txTypeNumber('transfer'),
    sender: by.key,
    nonce: by.nonce++,
    expiryHeight: EXPIRY as BlockHeight,
    feeZhi: rules.genesis.baseFeeZhi,
    body: encodeTransfer({ to, amountZhi: amountZhi as Zhi, homeRegion: regionNumber(HOME) }),
  };
  const signature = Uint8Array.from(signWith(null, signingBytes(rules.hash, unsigned), by.secret));
  return encodeTransaction({ ...unsigned, signature });
}

/** Bodies of requests with BATCH transactions each. */
export function batchesOf(transactions: readonly Uint8Array[]): string[] {
  if (transactions.length % BATCH !== 0) throw new Error(`${transactions.length} transactions are no whole batches`);
  return Array.from({ length: transactions.length / BATCH }, (_, i) =>
    JSON.stringify({
      transactions: transactions.slice(i * BATCH, (i + 1) * BATCH).map((bytes) => base64.encode(bytes)),
    }),
  );
}

export interface BenchNetwork extends BenchedChain {
  readonly rules: Rules & { readonly genesis: Genesis };
  readonly local: LocalNetwork;
  readonly senders: readonly Sender[];
}

function chainOf(local: LocalNetwork): BenchedChain {
  let counted = { height: 0, transactions: 0 };
  let key = 0;
  return {
    name: 'hai',
    async post(body) {
      const response = await fetch(`${local.url}/v1/transactions/batch`, {
        method: 'POST',
        headers: { ...JSON_BODY, 'idempotency-key': `bench-${key++}` },
        body,
      });
      const { outcomes } = (await response.json()) as { outcomes?: WireBatchOutcome[] };
      const refused = outcomes?.find((one) => one.refused)?.refused;
      if (!outcomes || refused) throw new Error(`refused: ${response.status} ${JSON.stringify(refused)}`);
    },
    // Asked of D1 itself: the HTTP API would do, and cost the one thread that is measured.
    async final() {
      const db = await local.miniflare.getD1Database('DB');
      const rows = await db
        .prepare(
          'SELECT count(*) AS transactions, coalesce(max(height), ?1) AS height FROM transaction_ WHERE height > ?1',
        )
        .bind(counted.height)
        .all<typeof counted>();
      const [row] = rows.results;
      if (row) counted = { height: row.height, transactions: counted.transactions + row.transactions };
      return counted.transactions;
    },
  };
}

/** A network with SENDERS funded accounts, and `accounts` in all. */
export async function startBenchNetwork(accounts: number): Promise<BenchNetwork> {
  const local = await startNetwork({ verifier: true });
  const genesis = await fetch(`${local.url}/v1/genesis`).then(
    (response) => response.json() as Promise<{ genesis: string }>,
  );
  const rules = { genesis: decodeGenesis(base64.decode(genesis.genesis)), hash: hexToBytes(local.genesis) };
  const network = {
    ...chainOf(local),
    rules,
    local,
    senders: Array.from({ length: SENDERS }, (_, i) => senderOf('sender', i)),
  };
  await fund(network);
  await fill(network, accounts);
  return network;
}

async function fund(network: BenchNetwork): Promise<void> {
  const { rules, senders, local } = network;
  const funder = senderOf('funder', 0);
  const response = await fetch(`${local.url}/v1/faucet`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'idempotency-key': 'bench-faucet', prefer: 'wait=20' },
    body: JSON.stringify({ account: addressOf(funder.key), amountZhi: String(FAUCET_ZHI) }),
  });
  if (!response.ok) throw new Error(`no money: ${await response.text()}`);
  const first = Array.from({ length: FIRST }, (_, i) => senderOf('first', i));
  const share = SENDER_ZHI * BigInt(SENDERS / FIRST + 1);
  const toFirst = first.map((one) => transfer(rules, funder, one.key, share));
  const before = await network.final();
  await network.post(JSON.stringify({ transactions: toFirst.map((bytes) => base64.encode(bytes)) }));
  while ((await network.final()) < before + FIRST) await new Promise((resolve) => setTimeout(resolve, 20));
  const toSenders = senders.map((sender, i) => transfer(rules, first[i % FIRST] as Sender, sender.key, SENDER_ZHI));
  // Each of the first has two in a batch and the next one's after them: one request at a time.
  await load(network, batchesOf(toSenders), { posters: 1 });
}

async function fill(network: BenchNetwork, accounts: number): Promise<void> {
  const { senders, rules } = network;
  const made = Math.max(0, Math.ceil((accounts - SENDERS) / SENDERS)) * SENDERS;
  const started = performance.now();
  const transactions = Array.from({ length: made }, (_, i) =>
    transfer(rules, senders[i % SENDERS] as Sender, recipient(i), 1n),
  );
  const { finalMs } = await load(network, batchesOf(transactions), { pendingMax: PENDING_MAX });
  const signedMs = performance.now() - started - finalMs;
  console.log(
    `${made} accounts made by transfers in ${(finalMs / 1000).toFixed(1)} s, signed in ${(signedMs / 1000).toFixed(1)} s`,
  );
}
