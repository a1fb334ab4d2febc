/**
 * One block of transfers, part by part, in this process: the same functions that the region's object calls, with the Worker's
 * kernel for hashes, the state's tree in memory and the ledger's statements on a file of node:sqlite. A Worker's clock stands still while it works, so the parts
 * can't be timed in there.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { sha256Kernel } from '../../hpu/hash/sha256.ts';
import { loadKernel } from '../../hpu/node.ts';
import { commitStatements } from '../../ledger/commit.ts';
import { effectsOf } from '../../ledger/effects.ts';
import { ledgerOver } from '../../ledger/ledger.ts';
import { type BuiltBlock, buildBlock, candidatesOf, witnessFor } from '../../protocol/block/build.ts';
import { type CertifiedBlock, certificateOf, certify, voteBytes } from '../../protocol/block/certificate.ts';
import type { BlockHeader } from '../../protocol/block/header.ts';
import { validateBlock } from '../../protocol/block/validate.ts';
import { useDigests } from '../../protocol/digests.ts';
import { updateTree } from '../../protocol/state/leaves.ts';
import { signatureFault } from '../../protocol/transition.ts';
import type { UnixMs, Zhi } from '../../protocol/units.ts';
import { signFast, verifyFast } from '../../sealing/signatures.ts';
import { TestChain } from '../support/chain.ts';
import { testNetwork } from '../support/network.ts';
import { runBatch, sqliteStore } from '../support/sqlite-store.ts';
import { median } from './interleave.ts';
import { SENDERS } from './ledger-load.ts';
import { recipient, type Sender, senderOf, transfer } from './ledger-network.ts';

useDigests(sha256Kernel(loadKernel('sha256')));

const BLOCK_TRANSFERS = 1000;
const BLOCKS = 7;
const WARM_UP_BLOCKS = 2;
const SENDER_ZHI = 10_000_000_000n as Zhi;

export interface Parts {
  readonly verify: number;
  readonly execute: number;
  readonly tree: number;
  readonly witness: number;
  /** By somebody else, from the block and its witness alone, signatures checked again. */
  readonly reExecution: number;
  /** Signatures of 13 seats, and the certificate checked. */
  readonly votes: number;
  readonly commit: number;
}

export interface PartsFigures {
  readonly accounts: number;
  readonly msPerBlock: Parts;
  readonly witnessBytesPerTx: number;
  /** Transfers a second of the commit alone: the same rows, nothing else done. */
  readonly sqliteTxPerSecond: number;
}

/** WAL, and a sync at every commit: what a block is final by must be on the disk. */
function fileDatabase(folder: string): DatabaseSync {
  const db = new DatabaseSync(join(folder, 'ledger.sqlite'));
  db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON');
  const migrations = new URL('../../migrations/', import.meta.url);
  const files = readdirSync(migrations).filter((name) => name.endsWith('.sql'));
  for (const name of files.sort()) db.exec(readFileSync(new URL(name, migrations), 'utf8'));
  return db;
}

const network = testNetwork('bench');

/** The genesis, and `accounts` beside: the senders with money, from the faucet's, the recipients with none. */
function chainOf(accounts: number, senders: readonly Sender[]): TestChain {
  const chain = new TestChain(network);
  const home = { nonce: 0n, homeRegion: 0 };
  for (const { key } of senders) chain.state.setAccount(key, { ...home, balanceZhi: SENDER_ZHI });
  for (let i = 0; i < accounts - senders.length; i++) {
    chain.state.setAccount(recipient(i), { ...home, balanceZhi: 0n as Zhi });
  }
  const faucet = chain.state.account(network.faucet.key);
  if (!faucet) throw new Error('no faucet');
  const left = (faucet.balanceZhi - SENDER_ZHI * BigInt(senders.length)) as Zhi;
  chain.state.setAccount(network.faucet.key, { ...faucet, balanceZhi: left });
  chain.tree = updateTree(undefined, chain.state);
  return chain;
}

async function certified(built: BuiltBlock): Promise<CertifiedBlock> {
  const message = voteBytes(built.block.header);
  const votes = network.seats.map(async ({ seed }, seat) => ({ seat, signature: await signFast(seed, message) }));
  const certificate = certificateOf(built.block.header, await Promise.all(votes));
  const result = await certify(built.block, certificate, network.genesis.seats, verifyFast);
  if (typeof result === 'string') throw new Error(result);
  return result;
}

async function verified(chain: TestChain, transactions: readonly Uint8Array[]) {
  const context = { genesis: network.genesis, genesisHash: network.hash, height: 0n as never, timeMs: 0n as UnixMs };
  const checked = candidatesOf(transactions, chain.network.hash, false).map(async (unchecked) => {
    const { parsed } = unchecked;
    if (!parsed.ok) throw new Error(parsed.code);
    return { ...unchecked, signaturesOk: !(await signatureFault(parsed.value, context, verifyFast)) };
  });
  return Promise.all(checked);
}

class Stopwatch {
  #lastMs = performance.now();
  lap(): number {
    const nowMs = performance.now();
    const ms = nowMs - this.#lastMs;
    this.#lastMs = nowMs;
    return ms;
  }
}

async function sealOne(
  chain: TestChain,
  db: DatabaseSync,
  transactions: readonly Uint8Array[],
  previous: BlockHeader | undefined,
): Promise<{ parts: Parts; witnessBytes: number; header: BlockHeader }> {
  const watch = new Stopwatch();
  const candidates = await verified(chain, transactions);
  const verify = watch.lap();
  const { genesis, hash: genesisHash } = network;
  const { parent, state, tree } = chain;
  const nowMs = (parent.timeMs + 1000n) as UnixMs;
  const built = buildBlock({ genesis, genesisHash, parent, state, tree, nowMs, proposerSeat: 0, candidates });
  const build = watch.lap();
  if (built?.transactions.length !== transactions.length) throw new Error('not all transfers were taken');
  updateTree(tree, built.state);
  const treeMs = watch.lap();
  const witness = witnessFor(built, chain);
  const witnessMs = watch.lap();
  const input = { genesis, genesisHash, previous, block: built.block, witness, verify: verifyFast };
  const validated = await validateBlock(input);
  const reExecution = watch.lap();
  // The first block stands on accounts that the genesis does not have.
  if (previous && !validated.ok) throw new Error(`${validated.code}: ${validated.evidence}`);
  const block = await certified(built);
  const votes = watch.lap();
  runBatch(db, commitStatements(block, effectsOf(built)));
  const commit = watch.lap();
  chain.take(built);
  const parts = { verify, execute: build - treeMs, tree: treeMs, witness: witnessMs, reExecution, votes, commit };
  return { parts, witnessBytes: witness.length, header: built.block.header };
}

function medianParts(all: readonly Parts[]): Parts {
  const names = Object.keys(all[0] as Parts) as (keyof Parts)[];
  return Object.fromEntries(names.map((name) => [name, median(all.map((parts) => parts[name]))])) as unknown as Parts;
}

/** Recipients all over the state: 7919 is prime and divides no count of accounts here. */
const scattered = (i: number, accounts: number): Uint8Array => recipient((i * 7919) % (accounts - SENDERS));

export async function benchParts(accounts: number): Promise<PartsFigures> {
  const senders = Array.from({ length: SENDERS }, (_, i) => senderOf('part', i));
  const folder = mkdtempSync(join(tmpdir(), 'hai-bench-'));
  const db = fileDatabase(folder);
  try {
    const chain = chainOf(accounts, senders);
    await ledgerOver(sqliteStore(db)).start(network.bytes, chain.state.accounts());
    const measured: Parts[] = [];
    let witnessBytes = 0;
    let previous: BlockHeader | undefined;
    for (let block = 0; block < WARM_UP_BLOCKS + BLOCKS; block++) {
      const transactions = Array.from({ length: BLOCK_TRANSFERS }, (_, i) =>
        transfer(network, senders[i % SENDERS] as Sender, scattered(block * BLOCK_TRANSFERS + i, accounts), 1n),
      );
      const sealed = await sealOne(chain, db, transactions, previous);
      previous = sealed.header;
      if (block < WARM_UP_BLOCKS) continue;
      measured.push(sealed.parts);
      witnessBytes = sealed.witnessBytes;
    }
    const msPerBlock = medianParts(measured);
    return {
      accounts,
      msPerBlock,
      witnessBytesPerTx: witnessBytes / BLOCK_TRANSFERS,
      sqliteTxPerSecond: (BLOCK_TRANSFERS / msPerBlock.commit) * 1000,
    };
  } finally {
    db.close();
    rmSync(folder, { recursive: true, force: true });
  }
}
