import { bytesToHex } from '@noble/hashes/utils.js';
import { describe, expect, test } from 'vitest';
import { addressOf } from '../../../protocol/address.ts';
import { type ChainEvent, chainEvent, eventsOf } from '../../../protocol/events.ts';
import { compareBytes } from '../../../protocol/hash.ts';
import { encodeBatchSettle } from '../../../protocol/tx/batch-settle.ts';
import { encodeEpochReward } from '../../../protocol/tx/epoch-reward.ts';
import { encodeOrderOpenFor } from '../../../protocol/tx/order-open-for.ts';
import type { HpuCycles, UnixMs, Zhi } from '../../../protocol/units.ts';
import { advance } from '../../support/apply.ts';
import { TestChain } from '../../support/chain.ts';
import { testNetwork } from '../../support/network.ts';
import { openBody, openOrder, steps } from '../../support/order-life.ts';
import { sealAllowedOrder } from '../../support/stake-life.ts';

const network = testNetwork();
const demander = network.key('demander');

function opened(manual = false) {
  const chain = new TestChain(network);
  advance(chain, chain.fund(demander, 5_000_000n));
  const { id, bytes } = openOrder(
    chain,
    demander,
    manual ? { confirm: { kind: 'manual', windowMs: 9n as UnixMs } } : {},
  );
  return { chain, id, bytes };
}

/** The events of a block with these transactions, which it then takes. */
function eventsIn(chain: TestChain, ...transactions: Uint8Array[]): ChainEvent[] {
  const built = chain.build(transactions);
  chain.take(built);
  return eventsOf(built).map(chainEvent);
}
const types = (events: readonly ChainEvent[]): string[] => events.map(({ type }) => type);

describe('events', () => {
  test('tell the life of an order, each with its demander, its region and the state then', () => {
    const { chain, id, bytes } = opened(true);
    const story = [
      eventsIn(chain, bytes),
      eventsIn(chain, steps.match(chain, id)),
      eventsIn(chain, steps.work(chain, id)),
      eventsIn(chain, steps.verdict(chain, id)),
      eventsIn(chain, steps.confirm(chain, id, demander)),
      eventsIn(chain, steps.settle(chain, id)),
    ];
    const kinds = ['opened', 'matched', 'computed', 'checked', 'confirmed', 'settled'];
    expect(story.map(types)).toEqual(kinds.map((kind) => [`order.${kind}`, 'block.finalized']));
    const states = ['open', 'matched', 'computed', 'checked', 'confirmed', 'settled'];
    expect(story.map(([event]) => event?.body.state)).toEqual(states);
    for (const [event] of story) {
      expect(event).toMatchObject({
        order: bytesToHex(id),
        account: demander.address,
        region: 'weur',
        transactionIndex: 0,
      });
    }
    expect(story.at(-1)?.[0]?.body.billZhi).toBe(chain.state.order(id)?.match?.billZhi.toString());
  });

  test('tell a failed check and a refund', () => {
    const { chain, id, bytes } = opened();
    advance(chain, bytes);
    advance(chain, steps.match(chain, id));
    advance(chain, steps.work(chain, id));
    expect(types(eventsIn(chain, steps.verdict(chain, id, { verdict: 'failed' })))[0]).toBe('order.check_failed');
    expect(types(eventsIn(chain, steps.refund(chain, id, demander, 'cancel')))[0]).toBe('order.refunded');
  });

  test('tell what was refused, and with what', () => {
    const { chain, id, bytes } = opened();
    advance(chain, bytes);
    const [event] = eventsIn(chain, steps.refund(chain, id, network.faucet, 'cancel'));
    expect(event).toMatchObject({
      type: 'order.refused',
      order: bytesToHex(id),
      body: { refusedWith: 'not_authorised', state: 'open' },
    });
    const broke = openOrder(chain, demander, { priceLimitZhi: 9_000_000n as Zhi });
    const [none] = eventsIn(chain, broke.bytes);
    expect(none).toMatchObject({ type: 'order.refused', body: { refusedWith: 'insufficient_balance' } });
    // An order that never came to be has no region; the account is that of whoever tried.
    expect(none).toMatchObject({ order: bytesToHex(broke.id), account: demander.address });
  });

  test('tell a transfer to its recipient, and say nothing of a refused one', () => {
    const chain = new TestChain(network);
    const events = eventsIn(chain, chain.fund(demander, 5n), chain.fund(demander, 0n));
    expect(types(events)).toEqual(['transfer.applied', 'block.finalized']);
    expect(events[0]).toMatchObject({
      account: demander.address,
      body: { from: network.faucet.address, amountZhi: '5' },
    });
  });

  test('tell of what an allowed key did to the payer, refused or not', async () => {
    const chain = new TestChain(network);
    advance(chain, chain.fund(demander, 50_000_000n));
    const id = await sealAllowedOrder(chain, demander);
    const story = chain.blocks
      .flatMap(({ built }) => eventsOf(built).map(chainEvent))
      .filter(({ type }) => type !== 'block.finalized');
    const kinds = ['opened', 'matched', 'computed', 'checked', 'settled'].map((kind) => `order.${kind}`);
    expect(types(story)).toEqual(['allowance.set', ...kinds, 'batch.claimed']);
    expect(story.slice(1, -1).map(({ account }) => account)).toEqual(kinds.map(() => demander.address));
    const provider = addressOf(chain.state.order(id)?.match?.provider as Uint8Array);
    expect(story.at(-1)).toMatchObject({ order: bytesToHex(id), account: provider });
    const dear = openBody(chain, { priceLimitZhi: 4_900_000n as Zhi });
    const body = encodeOrderOpenFor({ payer: demander.key, order: dear });
    const [refused] = eventsIn(chain, chain.sign(network.key('bearer'), 'orderOpenFor', body));
    expect(refused).toMatchObject({
      type: 'order.refused',
      account: demander.address,
      body: { refusedWith: 'allowance_exceeded' },
    });
  });

  test('say nothing of a batch that was refused, which names orders of anybody', () => {
    const { chain, id, bytes } = opened();
    advance(chain, bytes);
    const body = { orders: [id, id], root: id, billCycles: 0n as HpuCycles, billZhi: 0n as Zhi };
    const batch = chain.sign(network.searcher('weur'), 'batchSettle', encodeBatchSettle(body));
    expect(types(eventsIn(chain, batch))).toEqual(['block.finalized']);
  });

  test('tell each worker of its reward', () => {
    const chain = new TestChain(network);
    const work = ['a', 'b']
      .map((name) => ({ account: network.key(name).key, work: 2n, homeRegion: 0 }))
      .sort((a, b) => compareBytes(a.account, b.account));
    const bytes = chain.sign(network.searcher('weur'), 'epochReward', encodeEpochReward({ epoch: 0n, work }));
    const built = chain.build([bytes], chain.parent.timeMs + network.genesis.epochMs);
    const [first, second, last] = eventsOf(built).map(chainEvent);
    expect([first?.type, second?.type, last?.type]).toEqual(['reward.paid', 'reward.paid', 'block.finalized']);
    expect([first?.account, second?.account]).toEqual(work.map(({ account }) => addressOf(account)));
    expect(first?.body).toEqual({ epoch: '0', work: '2' });
  });

  test('are contiguous in a block, and its last is the block itself', () => {
    const { chain, bytes } = opened();
    const events = eventsIn(chain, bytes, chain.fund(demander, 1n), chain.fund(demander, 2n));
    expect(events.map(({ index }) => index)).toEqual([0, 1, 2, 3]);
    expect(new Set(events.map(({ height }) => height)).size).toBe(1);
    expect(events.at(-1)).toMatchObject({ type: 'block.finalized', region: 'weur', body: { transactions: 3 } });
  });
});
