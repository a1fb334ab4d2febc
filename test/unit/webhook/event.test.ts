import { bytesToHex } from '@noble/hashes/utils.js';
import { base64 } from '@scure/base';
import { beforeAll, describe, expect, it } from 'vitest';
import { webhookEventFault } from '../../../clients/sdk/light.ts';
import { encodeCertificate } from '../../../protocol/block/certificate.ts';
import { encodeHeader } from '../../../protocol/block/header.ts';
import { type VerifySignature, verifySignature } from '../../../protocol/ed25519.ts';
import { chainEvent, EVENT_TYPES, type EventType, eventsOf } from '../../../protocol/events.ts';
import type { Genesis } from '../../../protocol/genesis.ts';
import { verifyClaim } from '../../../protocol/swap/verify.ts';
import type { UnixMs, Zhi } from '../../../protocol/units.ts';
import { WEBHOOK_BODY_CHARS_MAX, type WireChainEvent, webhookEvents } from '../../../protocol/webhook/event.ts';
import { eventFault } from '../../../protocol/webhook/proof.ts';
import { certifyBuilt, type SealedBlock, TestChain } from '../../support/chain.ts';
import { sealChange } from '../../support/governance.ts';
import { testNetwork, vestingNetwork } from '../../support/network.ts';
import { openOrder, SMALL_TRAIN, steps } from '../../support/order-life.ts';
import { sealAllowedOrder, sealEndpoint, sealLater, sealStakes } from '../../support/stake-life.ts';
import { swapNetwork } from '../../support/swap.ts';
import { sealSwaps } from '../../support/swap-life.ts';

const network = swapNetwork(vestingNetwork('webhook'));
const demander = network.key('demander');

function bodiesOf({ built, certified }: SealedBlock): WireChainEvent[] {
  const { header, body } = certified.block;
  const bodyOf = webhookEvents({
    header,
    hash: certified.hash,
    headerBytes: encodeHeader(header),
    certificateBytes: encodeCertificate(certified.certificate),
    body,
  });
  return eventsOf(built).map((event, i) => JSON.parse(bodyOf(chainEvent(event), BigInt(i + 1))) as WireChainEvent);
}

/** A chain whose blocks hold an event of every type. */
async function story(): Promise<WireChainEvent[]> {
  const chain = new TestChain(network);
  const seal = async (...transactions: Uint8Array[]) => void (await chain.seal(transactions));
  await seal(chain.fund(demander, 10_000_000_000n));
  const first = openOrder(chain, demander, {
    work: SMALL_TRAIN,
    confirm: { kind: 'manual', windowMs: 60_000n as UnixMs },
  });
  const second = openOrder(chain, demander, { work: SMALL_TRAIN });
  const third = openOrder(chain, demander, { work: SMALL_TRAIN, priceLimitZhi: 1n as Zhi });
  await seal(first.bytes, second.bytes, third.bytes);
  await seal(steps.match(chain, first.id));
  await seal(steps.work(chain, first.id));
  await seal(steps.verdict(chain, first.id, { verdict: 'failed' }));
  await seal(steps.match(chain, first.id), steps.refund(chain, second.id, demander, 'cancel'));
  await seal(steps.work(chain, first.id));
  await seal(steps.verdict(chain, first.id));
  await seal(steps.confirm(chain, first.id, demander));
  await seal(steps.settle(chain, first.id));
  await sealStakes(chain, demander);
  await sealEndpoint(chain, demander, await sealAllowedOrder(chain, demander));
  await sealSwaps(chain, demander);
  await sealChange(chain, 'turnoutMillionths', '50000');
  await sealLater(chain, demander);
  return chain.blocks.flatMap(bodiesOf);
}

/** The same few signatures are checked hundreds of times over. */
const verdicts = new Map<string, boolean | Promise<boolean>>();
const verify: VerifySignature = (key, message, signature, scheme) => {
  if (scheme === 'evmClaim') return verifyClaim(key, message, signature);
  const question = [key, message, signature].map(bytesToHex).join();
  const verdict = verdicts.get(question) ?? verifySignature(key, message, signature);
  verdicts.set(question, verdict);
  return verdict;
};
const check = (event: WireChainEvent, genesis: Genesis = network.genesis) => eventFault(event, genesis, verify);

let events: WireChainEvent[];
const ofType = (type: EventType): WireChainEvent => {
  const found = events.find((event) => event.type === type);
  if (!found) throw new Error(`no ${type} in the story`);
  return structuredClone(found);
};

beforeAll(async () => {
  events = await story();
});

describe('webhookEvents', () => {
  it('tells a story with every type of event', () => {
    expect(new Set(events.map(({ type }) => type))).toEqual(new Set(EVENT_TYPES));
  });

  it('has the Standard Webhooks form, wire strings and a proof', () => {
    const event = ofType('order.opened');
    expect(Object.keys(event)).toEqual(['type', 'timestamp', 'seq', 'data']);
    expect(event.timestamp).toBe('2026-01-01T00:00:02.000Z');
    expect(event.data).toMatchObject({
      height: '2',
      index: 0,
      transactionIndex: 0,
      account: demander.address,
      region: 'weur',
    });
    expect(event.data.body).toMatchObject({ state: 'open', priceLimitZhi: '1000000' });
    expect(Object.keys(event.data.proof)).toEqual([
      'height',
      'blockHash',
      'header',
      'certificate',
      'transaction',
      'index',
      'path',
      'outcome',
      'outcomePath',
    ]);
    expect(Object.keys(ofType('block.finalized').data.proof)).toEqual(['height', 'blockHash', 'header', 'certificate']);
  });

  it('stays far below its bound', () => {
    expect(Math.max(...events.map((event) => JSON.stringify(event).length))).toBeLessThan(WEBHOOK_BODY_CHARS_MAX / 4);
  });
});

describe('eventFault', () => {
  it('finds none in any event of the story', async () => {
    for (const event of events) expect([event.type, await check(event)]).toEqual([event.type, undefined]);
  });

  it('is what the SDK answers a receiver', async () => {
    const event = ofType('order.settled');
    expect(await webhookEventFault(event, network.genesis)).toBeUndefined();
    const moved = { ...event, data: { ...event.data, order: '00'.repeat(32) } };
    expect(await webhookEventFault(moved, network.genesis)).toBe('the transaction does not bring this event about');
  });

  it('refuses every event under another genesis', async () => {
    const stranger = testNetwork('stranger').genesis;
    for (const event of events) expect(await check(event, stranger)).toBe('a block of another network');
  });

  it('refuses an event under any other name', async () => {
    for (const event of events) {
      for (const type of EVENT_TYPES.filter((other) => other !== event.type)) {
        expect([event.type, type, await check({ ...event, type })]).not.toEqual([event.type, type, undefined]);
      }
    }
  });

  it('refuses a byte flipped anywhere in the proof', async () => {
    const flipped = (text: string) => {
      const bytes = base64.decode(text);
      bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] as number) ^ 1;
      return base64.encode(bytes);
    };
    for (const field of ['header', 'certificate', 'transaction'] as const) {
      const event = ofType('order.opened');
      const proof = { ...event.data.proof, [field]: flipped(event.data.proof[field] as string) };
      expect([field, await check({ ...event, data: { ...event.data, proof } })]).not.toEqual([field, undefined]);
    }
  });

  const changes: [EventType, string, (data: WireChainEvent['data']) => object][] = [
    ['order.opened', 'another height', () => ({ height: '3' })],
    ['order.opened', 'another order', () => ({ order: bytesToHex(new Uint8Array(32)) })],
    ['order.opened', 'no order', () => ({ order: undefined })],
    ['order.opened', 'another position', () => ({ transactionIndex: 1 })],
    ['order.opened', 'another leaf', (data) => ({ transactionIndex: 1, proof: { ...data.proof, index: 1 } })],
    ['order.opened', 'no path', (data) => ({ proof: { ...data.proof, path: [] } })],
    ['order.opened', 'a missing path', (data) => ({ proof: { ...data.proof, path: undefined } })],
    ['order.opened', 'another outcome', (data) => ({ proof: { ...data.proof, outcome: [1] } })],
    ['order.opened', 'another outcome path', (data) => ({ proof: { ...data.proof, outcomePath: data.proof.path } })],
    ['order.opened', 'another block hash', (data) => ({ proof: { ...data.proof, blockHash: '00'.repeat(32) } })],
    ['order.opened', 'a proof that is no text', (data) => ({ proof: { ...data.proof, header: 1 } })],
    ['order.opened', 'no proof', () => ({ proof: undefined })],
    ['order.refused', 'an applied outcome', (data) => ({ proof: { ...data.proof, outcome: [0] } })],
    ['transfer.applied', 'another amount', (data) => ({ body: { ...data.body, amountZhi: '1' } })],
    ['transfer.applied', 'another sender', (data) => ({ body: { ...data.body, from: demander.address } })],
    ['transfer.applied', 'another recipient', () => ({ account: network.faucet.address })],
    ['transfer.applied', 'a field of its own', (data) => ({ body: { ...data.body, note: 'x' } })],
    ['transfer.applied', 'a region', () => ({ region: 'weur' })],
    ['reward.paid', 'other work', (data) => ({ body: { ...data.body, work: '4' } })],
    ['batch.claimed', 'another order', () => ({ order: '00'.repeat(32) })],
    ['dataset.granted', 'another grantee', () => ({ account: demander.address })],
    ['vote.cast', 'no candidate', () => ({ body: { candidate: null } })],
    ['bond.withdrawn', 'an order', () => ({ order: '00'.repeat(32) })],
    ['block.finalized', 'another parent', (data) => ({ body: { ...data.body, parent: '00'.repeat(32) } })],
    ['block.finalized', 'another state root', (data) => ({ body: { ...data.body, stateRoot: '00'.repeat(32) } })],
    ['block.finalized', 'another count', (data) => ({ body: { ...data.body, transactions: 99 } })],
    ['block.finalized', 'a field of its own', (data) => ({ body: { ...data.body, note: 'x' } })],
    ['block.finalized', 'another region', () => ({ region: 'apac' })],
  ];
  it.each(changes)('refuses %s with %s', async (type, _, change) => {
    const event = ofType(type);
    expect(
      await check({ ...event, data: { ...event.data, ...change(event.data) } as WireChainEvent['data'] }),
    ).toBeDefined();
  });

  it('refuses another time', async () => {
    expect(await check({ ...ofType('block.finalized'), timestamp: '2026-01-01T00:00:00.000Z' })).toContain('time');
  });

  it('refuses a block that fewer than nine seats signed', async () => {
    const chain = new TestChain(network);
    const { built, certified } = await chain.seal([chain.fund(demander, 1n)]);
    const { certificate } = certified;
    const few = { ...certificate, seats: certificate.seats >> 1, signatures: certificate.signatures.slice(0, 8) };
    const [event] = bodiesOf({ built, certified: { ...certified, certificate: few } });
    expect(await check(event as WireChainEvent)).toContain('needed');
    const [whole] = bodiesOf({ built, certified: await certifyBuilt(network, built, 13) });
    expect(await check(whole as WireChainEvent)).toBeUndefined();
  });
});
