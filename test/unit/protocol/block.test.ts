import { beforeAll, describe, expect, test } from 'vitest';
import { BLOCK_BYTES_MAX, BLOCK_TRANSACTIONS_MAX, encodeBody } from '../../../protocol/block/block.ts';
import { type BuiltBlock, buildBlock } from '../../../protocol/block/build.ts';
import {
  type Certificate,
  certificateFault,
  certificateOf,
  certify,
  QUORUM,
  voteBytes,
} from '../../../protocol/block/certificate.ts';
import { type BlockHeader, headerHash } from '../../../protocol/block/header.ts';
import { BLOCK_TIME_MS_MAX, linkFault } from '../../../protocol/block/link.ts';
import { sign } from '../../../protocol/ed25519.ts';
import { electionRoot, resourceRoot } from '../../../protocol/genesis.ts';
import { updateTree } from '../../../protocol/state/leaves.ts';
import { treeRoot } from '../../../protocol/state/tree.ts';
import { encodeOrderSettles, type OrderSettle } from '../../../protocol/tx/order-settle.ts';
import { encodeTransfer } from '../../../protocol/tx/transfer.ts';
import { type BlockHeight, type HpuCycles, SUPPLY_ZHI, type UnixMs, type Zhi } from '../../../protocol/units.ts';
import { verifyFast } from '../../../sealing/signatures.ts';
import { advance } from '../../support/apply.ts';
import { TestChain } from '../../support/chain.ts';
import { signedTransaction, testNetwork } from '../../support/network.ts';
import { openOrder, steps } from '../../support/order-life.ts';

const network = testNetwork();
const demander = network.key('demander');

describe('building', () => {
  test('the header commits to the network, the parent, the state and the supply', () => {
    const chain = new TestChain(network);
    const { block, state } = chain.build([chain.fund(demander, 5n)], network.genesis.createdMs + 5n);
    const root = treeRoot(updateTree(chain.tree, state));
    expect(block.header).toMatchObject({
      genesis: network.hash,
      height: 1n,
      parent: network.hash,
      timeMs: network.genesis.createdMs + 5n,
      regime: 'final',
      txCount: 1,
      stateRoot: root.hash,
      supplyZhi: SUPPLY_ZHI,
      resourceRoot: resourceRoot(network.genesis),
      electionRoot: electionRoot(network.genesis),
      cyclesBilled: 0n,
      mintedZhi: 0n,
      burnedZhi: network.genesis.baseFeeZhi,
    });
  });

  test('the same input gives the same block, and leaves its input untouched', () => {
    const chain = new TestChain(network);
    const transactions = [chain.fund(demander, 5n)];
    const before = treeRoot(chain.tree).hash;
    const hashes = [chain.build(transactions), chain.build(transactions)].map(({ block }) => headerHash(block.header));
    expect(hashes[0]).toEqual(hashes[1]);
    expect(treeRoot(chain.tree).hash).toEqual(before);
    expect(chain.state.account(demander.key)).toBeUndefined();
  });

  test('time never runs backwards', () => {
    const chain = new TestChain(network);
    expect(chain.build([chain.fund(demander, 5n)], 1n).block.header.timeMs).toBe(network.genesis.createdMs);
  });

  test('nothing to decide, no block', () => {
    const { parent, state, tree } = new TestChain(network);
    const { genesis, hash: genesisHash } = network;
    const input = { genesis, genesisHash, parent, state, tree, nowMs: 0n as UnixMs, proposerSeat: 0, candidates: [] };
    expect(buildBlock(input)).toBeUndefined();
  });

  test('a transaction twice is taken once', () => {
    const chain = new TestChain(network);
    const bytes = chain.fund(demander, 5n);
    const built = chain.build([bytes, bytes]);
    expect(built.transactions).toHaveLength(1);
    expect(built.refused.map(({ code }) => code)).toEqual(['nonce_used']);
    expect(built.state.account(demander.key)?.balanceZhi).toBe(5n);
  });

  test('counts the cycles of the orders that it settles, not of refused settlements', () => {
    const chain = new TestChain(network);
    advance(chain, chain.fund(demander, 5_000_000n));
    const { id, bytes } = openOrder(chain, demander);
    advance(chain, bytes);
    for (const step of [steps.match, steps.work, steps.verdict]) advance(chain, step(chain, id));
    const cycles = chain.state.order(id)?.quoteCycles as HpuCycles;
    const built = chain.build([steps.settle(chain, id), steps.settle(chain, id)]);
    expect(built.transactions.map(({ outcome }) => outcome.entries)).toEqual([[0], [404]]);
    expect(built.block.header.cyclesBilled).toBe(cycles);
  });

  test('no more transactions than a block holds; the rest waits', () => {
    const chain = new TestChain(network);
    const settle = encodeOrderSettles([unknownSettle()]);
    const many = Array.from({ length: BLOCK_TRANSACTIONS_MAX + 3 }, () =>
      chain.sign(network.searcher('weur'), 'orderSettle', settle),
    );
    const built = chain.build(many);
    expect(built.transactions).toHaveLength(BLOCK_TRANSACTIONS_MAX);
    expect(built.refused).toEqual([]);
    expect(encodeBody(built.block.body).length).toBeLessThanOrEqual(BLOCK_BYTES_MAX);
  });

  test('no more bytes than a block holds; the rest waits', () => {
    const chain = new TestChain(network);
    const settle = encodeOrderSettles(Array.from({ length: 8 }, unknownSettle));
    const many = Array.from({ length: 1400 }, () => chain.sign(network.searcher('weur'), 'orderSettle', settle));
    const built = chain.build(many);
    const size = encodeBody(built.block.body).length;
    expect(size).toBeLessThanOrEqual(BLOCK_BYTES_MAX);
    expect(size).toBeGreaterThan(BLOCK_BYTES_MAX - 32 * 1024);
    expect(built.refused).toEqual([]);
  });
});

function unknownSettle(): OrderSettle {
  const zero = new Uint8Array(32);
  return { order: zero, results: 1, resultRoot: zero, billCycles: 0n as HpuCycles, billZhi: 0n as Zhi };
}

describe('what a seat checks', () => {
  const chain = new TestChain(network);
  const { header } = chain.build([chain.fund(demander, 5n)]).block;
  const fault = (change: Partial<BlockHeader>) =>
    linkFault({ ...header, ...change }, chain.parent, network.genesis, network.hash);

  test('the next header of this network is sound', () => {
    expect(fault({})).toBeUndefined();
    expect(fault({ timeMs: BLOCK_TIME_MS_MAX as UnixMs })).toBeUndefined();
    expect(new Date(Number(BLOCK_TIME_MS_MAX)).toISOString()).toBe('9999-12-31T23:59:59.999Z');
  });

  test.each<[string, Partial<BlockHeader>]>([
    ['unknown version', { version: 2 }],
    ['another network', { genesis: new Uint8Array(32) }],
    ['not the next height', { height: 2n as BlockHeight }],
    ['another parent', { parent: new Uint8Array(32) }],
    ['time runs backwards', { timeMs: (network.genesis.createdMs - 1n) as UnixMs }],
    ['a time after the year 9999', { timeMs: (BLOCK_TIME_MS_MAX + 1n) as UnixMs }],
    ['not the proposing region', { region: 0 }],
  ])('%s', (why, change) => {
    expect(fault(change)).toBe(why);
  });
});

describe('certificates', () => {
  let built: BuiltBlock;
  let header: BlockHeader;
  const seats = network.genesis.seats;
  beforeAll(() => {
    const chain = new TestChain(network);
    built = chain.build([chain.fund(demander, 5n)]);
    header = built.block.header;
  });
  const vote = (seat: number, of = header) => ({
    seat,
    signature: sign((network.seats[seat] as { seed: Uint8Array }).seed, voteBytes(of)),
  });
  const votes = (count: number) => Array.from({ length: count }, (_, i) => vote(i));
  const fault = (certificate: Certificate) => certificateFault(header, certificate, seats, verifyFast);

  test('a quorum is nine of thirteen', () => {
    expect(QUORUM).toBe(9);
  });

  test('any quorum of seats does, in whatever order the votes came', async () => {
    expect(await fault(certificateOf(header, votes(QUORUM)))).toBeUndefined();
    expect(await fault(certificateOf(header, votes(13).reverse()))).toBeUndefined();
    expect(await fault(certificateOf(header, votes(13).slice(4)))).toBeUndefined();
  });

  test('every fault is told', async () => {
    const good = certificateOf(header, votes(QUORUM));
    const other = { ...header, timeMs: (header.timeMs + 1n) as UnixMs };
    expect(await fault(certificateOf(header, votes(QUORUM - 1)))).toBe('8 signatures, 9 needed');
    expect(await fault(certificateOf(other, votes(QUORUM)))).toBe('the certificate is for another block');
    expect(await fault({ ...good, round: 1 })).toBe('the certificate is for another round');
    expect(await fault({ ...good, seats: good.seats | (1 << 13) })).toBe('a seat that does not exist');
    expect(await fault({ ...good, seats: good.seats | (1 << 12) })).toBe('signatures and seats differ in number');
    expect(await fault({ ...good, signatures: good.signatures.slice(1) })).toBe(
      'signatures and seats differ in number',
    );
    const swapped = [...good.signatures].reverse();
    expect(await fault({ ...good, signatures: swapped })).toBe('a signature does not verify');
    expect(await fault(certificateOf(header, [...votes(8), vote(8, other)]))).toBe('a signature does not verify');
  });

  test('votes for another network, epoch, height or round are other bytes', () => {
    const bytes = [{}, { genesis: new Uint8Array(32) }, { epoch: 1n }, { height: 2n as BlockHeight }, { round: 1 }].map(
      (change) => String(voteBytes({ ...header, ...change }, headerHash(header))),
    );
    expect(new Set(bytes).size).toBe(5);
  });

  test('a certified block holds the body that its header commits to', async () => {
    const certificate = certificateOf(header, votes(QUORUM));
    const { body } = built.block;
    const certifies = async (change: Partial<typeof body>, of = header) => {
      const result = await certify({ header: of, body: { ...body, ...change } }, certificate, seats, verifyFast);
      return typeof result === 'string' ? result : 'certified';
    };
    expect(await certifies({})).toBe('certified');
    expect(await certifies({ transactions: [] })).toBe('the body has another number of transactions');
    expect(await certifies({ outcomes: [] })).toBe('the body has another number of transactions');
    expect(await certifies({ outcomes: [{ entries: [303] }] })).toBe('the outcomes are not those in the header');
    const body2 = encodeTransfer({ to: demander.key, amountZhi: 6n as Zhi, homeRegion: 3 });
    const another = signedTransaction(network, { by: network.faucet, type: 'transfer', nonce: 0n, body: body2 });
    expect(await certifies({ transactions: [another] })).toBe('the body is not the one in the header');
    expect(await certifies({}, { ...header, round: 1 })).toBe('the certificate is for another block');
  });
});
