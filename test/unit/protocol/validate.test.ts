/** Blocks executed again from the header before, the body and the witness alone. */
import fc from 'fast-check';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { type Block, type BlockBody, receiptRootOf, txRootOf } from '../../../protocol/block/block.ts';
import { type BuiltBlock, witnessFor } from '../../../protocol/block/build.ts';
import type { BlockHeader } from '../../../protocol/block/header.ts';
import { validateBlock } from '../../../protocol/block/validate.ts';
import { errorNumber } from '../../../protocol/errors.ts';
import { equalBytes, type Hash } from '../../../protocol/hash.ts';
import { decodeWitness, encodeWitness, type WitnessNode, witnessOf } from '../../../protocol/state/witness.ts';
import { transactionHash } from '../../../protocol/tx/envelope.ts';
import type { BlockHeight, UnixMs, Zhi } from '../../../protocol/units.ts';
import { verifyFast } from '../../../sealing/signatures.ts';
import { TestChain } from '../../support/chain.ts';
import { testNetwork } from '../../support/network.ts';
import { openOrder, steps } from '../../support/order-life.ts';
import { lifeAction, lifeTransaction } from '../../support/order-lives.ts';

const network = testNetwork();
const demander = network.key('demander');
const strangers = Array.from({ length: 6 }, (_, i) => network.key(`stranger/${i}`));

interface Proposed {
  readonly previous: BlockHeader | undefined;
  readonly built: BuiltBlock;
  readonly witness: Uint8Array;
}

/** Builds on the chain, keeps what a validator is given, and takes the block into the chain. */
function propose(chain: TestChain, previous: BlockHeader | undefined, transactions: Uint8Array[], nowMs?: bigint) {
  const built = chain.build(transactions, nowMs);
  const witness = witnessFor(built, chain);
  return { previous, built, witness };
}

const validate = ({ previous, built, witness }: Proposed, change: Partial<Block> = {}) =>
  validateBlock({
    genesis: network.genesis,
    genesisHash: network.hash,
    previous,
    block: { ...built.block, ...change },
    witness,
    verify: verifyFast,
  });

const randomBlocks = fc.array(
  fc.record({
    action: lifeAction,
    transfers: fc.array(fc.record({ to: fc.nat(5), amount: fc.constantFrom(0, 1, 3000) }), { maxLength: 4 }),
    /** Candidates that the builder refuses: what they read is not in the witness. */
    stray: fc.boolean(),
  }),
  { minLength: 1, maxLength: 12 },
);

describe('a block that was built', () => {
  test('is valid over random lives of orders and transfers, from the genesis on, with the same header', async () => {
    const seen = { blocks: 0, transactions: 0, refusedEntries: 0, stray: 0 };
    await fc.assert(
      fc.asyncProperty(randomBlocks, async (blocks) => {
        const chain = new TestChain(network);
        const ids: Hash[] = [];
        let previous: BlockHeader | undefined;
        const fund = { transactions: [chain.fund(demander, 2_000_000n)], nowMs: chain.parent.timeMs };
        const rounds = [fund, ...blocks];
        for (const round of rounds) {
          chain.forgetUnsealed();
          const { transactions, nowMs } = 'transactions' in round ? round : roundOf(chain, ids, round);
          if (transactions.length === 0) continue;
          const proposed = propose(chain, previous, transactions, nowMs);
          if (proposed.built.transactions.length === 0) continue;
          expect(await validate(proposed)).toEqual({ ok: true, value: proposed.built.block.header });
          chain.take(proposed.built);
          previous = proposed.built.block.header;
          seen.blocks++;
          seen.stray += proposed.built.refused.length;
          for (const { outcome } of proposed.built.transactions) {
            seen.transactions++;
            seen.refusedEntries += outcome.entries.filter((code) => code !== 0).length;
          }
        }
      }),
      { numRuns: 40 },
    );
    expect(seen.blocks).toBeGreaterThan(60);
    expect(seen.transactions).toBeGreaterThan(seen.blocks);
    expect(seen.refusedEntries).toBeGreaterThan(20);
    expect(seen.stray).toBeGreaterThan(10);
  });
});

function roundOf(
  chain: TestChain,
  ids: Hash[],
  { action, transfers, stray }: (typeof randomBlocks extends fc.Arbitrary<infer T> ? T : never)[number],
) {
  const step = lifeTransaction(chain, ids, action);
  const moved = transfers.map(({ to, amount }) => chain.fund(strangers[to] as (typeof strangers)[0], BigInt(amount)));
  const strays = stray ? [chain.sign(network.key('nobody'), 'transfer', new Uint8Array(41))] : [];
  const late = action.kind === 'wait' || action.kind === 'expire';
  return {
    transactions: [...(step ? [step] : []), ...moved, ...strays],
    nowMs: chain.parent.timeMs + (late ? 21_000n : 1000n),
  };
}

describe('a block that is refused', () => {
  let chain: TestChain;
  let proposed: Proposed;
  const header = () => proposed.built.block.header;
  const body = () => proposed.built.block.body;

  beforeAll(async () => {
    chain = new TestChain(network);
    await chain.seal([chain.fund(demander, 9_000_000n)]);
    const { id, bytes } = openOrder(chain, demander);
    const { certified } = await chain.seal([bytes]);
    const transactions = [
      chain.fund(strangers[0] as (typeof strangers)[0], 5n),
      steps.match(chain, id),
      chain.fund(strangers[1] as (typeof strangers)[0], 6n),
    ];
    proposed = propose(chain, certified.block.header, transactions);
    expect(await validate(proposed)).toMatchObject({ ok: true });
  });

  const refusal = async (change: Partial<Block>, witness = proposed.witness, previous = proposed.previous) => {
    const result = await validate({ ...proposed, witness, previous }, change);
    return result.ok ? 'valid' : [errorNumber(result.code), result.evidence];
  };
  const byHeader = (change: Partial<BlockHeader>) => refusal({ header: { ...header(), ...change } });
  /** The header commits to the changed body, so that only execution shows the fault. */
  const committedTo = (changed: BlockBody): Partial<Block> => {
    const { transactions, outcomes } = changed;
    const roots = {
      txCount: transactions.length,
      txRoot: txRootOf(transactions),
      receiptRoot: receiptRootOf(outcomes),
    };
    return { header: { ...header(), ...roots }, body: changed };
  };
  const byBody = (change: (body: BlockBody) => BlockBody) => refusal(committedTo(change(body())));

  const OTHER = new Uint8Array(32).fill(7);
  test.each<[string, Partial<BlockHeader>]>([
    ['unknown version', { version: 2 }],
    ['another network', { genesis: OTHER }],
    ['not the next height', { height: 4n as BlockHeight }],
    ['another parent', { parent: OTHER }],
    ['time runs backwards', { timeMs: 1n as UnixMs }],
    ['not the proposing region', { region: 0 }],
    ['proposerSeat', { proposerSeat: 1 }],
    ['proposerSeat', { proposerSeat: 13 }],
    ['epoch', { epoch: 1n }],
    ['round', { round: 1 }],
    ['regime', { regime: 'recovered' }],
    ['txCount', { txCount: 2 }],
    ['txRoot', { txRoot: OTHER }],
    ['receiptRoot', { receiptRoot: OTHER }],
    ['stateRoot', { stateRoot: OTHER }],
    ['supplyZhi', { supplyZhi: 1n as Zhi }],
    ['resourceRoot', { resourceRoot: OTHER }],
    ['commitmentRoot', { commitmentRoot: OTHER }],
    ['electionRoot', { electionRoot: OTHER }],
    ['cyclesBilled', { cyclesBilled: 1n as never }],
    ['mintedZhi', { mintedZhi: 1n as never }],
    ['burnedZhi', { burnedZhi: 1n as never }],
  ])('for its header: %s', async (evidence, change) => {
    expect(await byHeader(change)).toEqual([605, evidence]);
  });

  test('each field of a header is one of those', () => {
    expect(Object.keys(header())).toHaveLength(21);
  });

  test('when transactions are dropped, repeated or in another order, though the header commits to that', async () => {
    const [first, second, third] = [0, 1, 2] as const;
    const pick = (...places: number[]) =>
      byBody(({ transactions, outcomes }) => ({
        transactions: places.map((i) => transactions[i] as Uint8Array),
        outcomes: places.map((i) => outcomes[i] as BlockBody['outcomes'][0]),
      }));
    expect(await pick(first, second)).toEqual([605, 'stateRoot']);
    expect(await pick(first, third)).toEqual([605, 'stateRoot']);
    expect(await pick(second, third)).toEqual([605, 'transaction 1: nonce_gap']);
    expect(await pick(first, second, third, third)).toEqual([605, 'transaction 3: nonce_used']);
    expect(await pick(third, second, first)).toEqual([605, 'transaction 0: nonce_gap']);
    expect(await pick()).toEqual([605, 'no transactions']);
    expect(await pick(first, second, third)).toBe('valid');
    // Transactions of different senders that do not meet: the order is committed to, and the state is the same.
    const swapped = [second, first, third].map((i) => body().transactions[i] as Uint8Array);
    expect(await refusal({ body: { ...body(), transactions: swapped } })).toEqual([605, 'txRoot']);
  });

  test('when an outcome is another than the execution gives', async () => {
    const outcomes = body().outcomes.map(({ entries }, i) => ({ entries: i === 1 ? [404] : entries }));
    expect(await byBody((same) => ({ ...same, outcomes }))).toEqual([605, 'receiptRoot']);
    expect(await refusal({ body: { ...body(), outcomes: outcomes.slice(1) } })).toEqual([605, 'txCount']);
  });

  test('when a signature does not verify, the envelope’s or one inside, or a transaction is malformed', async () => {
    const changed = (at: number, place: number) =>
      byBody((same) => {
        const transactions = same.transactions.map((bytes) => Uint8Array.from(bytes));
        const bytes = transactions[at] as Uint8Array;
        const index = place < 0 ? bytes.length + place : place;
        bytes[index] = (bytes[index] as number) ^ 1;
        return { ...same, transactions };
      });
    expect(await changed(0, -1)).toEqual([605, 'transaction 0: bad_signature']);
    // The last byte of the match's body is the provider's acceptance.
    expect(await changed(1, -65)).toEqual([605, 'transaction 1: bad_signature']);
    expect(await changed(2, 0)).toEqual([605, 'transaction 2: tx_malformed']);
  });

  test('when a signature does not verify, whatever other transactions are vouched for by their hash', async () => {
    const [first, ...rest] = body().transactions as [Uint8Array, ...Uint8Array[]];
    const verify = vi.fn(verifyFast);
    const vouched = transactionHash(first);
    const validated = (block: Partial<Block>) =>
      validateBlock({
        genesis: network.genesis,
        genesisHash: network.hash,
        previous: proposed.previous,
        block: { ...proposed.built.block, ...block },
        witness: proposed.witness,
        verify,
        isSigned: (hash) => equalBytes(hash, vouched),
      });
    expect(await validated({})).toMatchObject({ ok: true });
    // A match carries the provider's signature beside its own.
    expect(verify).toHaveBeenCalledTimes(3);
    const forged = first.map((byte, i) => byte ^ Number(i === first.length - 1));
    expect(await validated(committedTo({ ...body(), transactions: [forged, ...rest] }))).toMatchObject({
      code: 'block_invalid',
      evidence: 'transaction 0: bad_signature',
    });
  });

  test('on top of another header than its own', async () => {
    const { previous } = proposed;
    if (!previous) throw new Error('not on the genesis');
    expect(await refusal({}, proposed.witness, { ...previous, timeMs: 1n as UnixMs })).toEqual([605, 'another parent']);
    const onGenesis = await validate({ ...proposed, previous: undefined });
    expect(onGenesis).toMatchObject({ ok: false, code: 'block_invalid', evidence: 'not the next height' });
  });

  test('when its witness is of another state, or none', async () => {
    const state = [606, 'another state than the previous one'];
    expect(await refusal({}, Uint8Array.of(0))).toEqual(state);
    const later = new TestChain(network);
    later.take(later.build([later.fund(demander, 1n)]));
    const { touched } = proposed.built;
    expect(await refusal({}, encodeWitness(witnessOf(later.tree, later.state, touched)))).toEqual(state);
    expect(await refusal({}, new Uint8Array(0))).toEqual([606, expect.stringContaining('truncated')]);
    expect(await refusal({}, Uint8Array.of(...proposed.witness, 0))).toEqual([606, '1 spare bytes']);
  });

  test('when its witness covers a key less, or one more, than the block touches', async () => {
    const { accounts, orders, records } = proposed.built.touched;
    const covering = (keys: { accounts: readonly Uint8Array[]; orders: readonly Uint8Array[] }) =>
      refusal({}, encodeWitness(witnessOf(chain.tree, chain.state, { ...keys, records })));
    expect(await covering({ accounts, orders })).toBe('valid');
    const present = accounts.filter((key) => chain.state.account(key));
    expect(present.length).toBeGreaterThan(2);
    for (const key of present) {
      const result = await covering({ accounts: accounts.filter((one) => one !== key), orders });
      expect(result).toEqual([606, expect.stringMatching(/below a stub|not shown/)]);
    }
    expect((await covering({ accounts, orders: [] }))[0]).toBe(606);
    const spare = [...accounts, network.genesis.allocations[1]?.account as Uint8Array];
    expect(await covering({ accounts: spare, orders })).toEqual([606, '1 spare leaves']);
    expect(await covering({ accounts, orders: [...orders, OTHER] })).toEqual([606, '1 spare leaves']);
  });

  test('when a value in its witness is another: a balance, a nonce, an order', async () => {
    const changed = (change: (node: WitnessNode) => WitnessNode) => {
      const walk = (node: WitnessNode): WitnessNode =>
        node.kind === 'branch' ? { ...node, left: walk(node.left), right: walk(node.right) } : change(node);
      const witness = decodeWitness(proposed.witness);
      return refusal({}, encodeWitness(witness && walk(witness)));
    };
    const state = [606, 'another state than the previous one'];
    const rich = (value: { balanceZhi: Zhi }) => (value.balanceZhi + 1n) as Zhi;
    expect(
      await changed((node) =>
        node.kind === 'account' ? { ...node, value: { ...node.value, balanceZhi: rich(node.value) } } : node,
      ),
    ).toEqual(state);
    expect(
      await changed((node) => (node.kind === 'account' ? { ...node, value: { ...node.value, nonce: 9n } } : node)),
    ).toEqual(state);
    expect(
      await changed((node) => (node.kind === 'order' ? { ...node, value: { ...node.value, attempt: 2 } } : node)),
    ).toEqual(state);
    expect(await changed((node) => (node.kind === 'stub' ? { ...node, sum: node.sum + 1n } : node))).toEqual(state);
    expect(await changed((node) => node)).toBe('valid');
  });

  test('at any one byte of its witness that is changed', async () => {
    const { witness } = proposed;
    let refused = 0;
    for (let at = 0; at < witness.length; at++) {
      const changed = Uint8Array.from(witness);
      changed[at] = (changed[at] as number) ^ (1 << (at % 8));
      const result = await refusal({}, changed);
      if (Array.isArray(result) && result[0] === 606) refused++;
    }
    expect(witness.length).toBeGreaterThan(400);
    expect(refused).toBe(witness.length);
  });
});

test('the genesis alone stands before the first block', async () => {
  const chain = new TestChain(network);
  const bytes = chain.fund(demander, 5n);
  const first = propose(chain, undefined, [bytes]);
  expect(await validate(first)).toEqual({ ok: true, value: first.built.block.header });
});
