/** What the tests of webhook endpoints share: real objects and a real D1, with a chain whose blocks they seal. */
import { env } from 'cloudflare:workers';
import { afterEach, beforeAll, beforeEach, expect, vi } from 'vitest';
import type { WebhookEndpoint } from '../../durable-objects/endpoint/endpoint.ts';
import { endpointOf, newEndpoint } from '../../durable-objects/endpoint/namespace.ts';
import type { CreatedEndpoint, EndpointConfig, EndpointView } from '../../durable-objects/endpoint/rpc.ts';
import { openLedger } from '../../ledger/d1.ts';
import type { Result } from '../../protocol/errors.ts';
import type { ChainEvent } from '../../protocol/events.ts';
import { TestChain } from '../support/chain.ts';
import { testNetwork } from '../support/network.ts';
import { catchFetch, type Receiver } from './receiver.ts';

export const endpoints = (env as unknown as { ENDPOINT: DurableObjectNamespace<WebhookEndpoint> }).ENDPOINT;
export const network = testNetwork('endpoint');
export const owner = network.key('owner');
export const signingSeed = network.key('webhook').seed;
/** The 75 hours pass in 2.7 s. */
export const FAST = 100_000;
/** They pass in 27 s: longer than a test keeps a receiver down, and no single wait is longer than a test can. */
export const STEADY = 10_000;

export function granted<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(`${result.code}: ${result.evidence}`);
  return result.value;
}

export const configOf = (to: Receiver, change: Partial<EndpointConfig> = {}): EndpointConfig => {
  return { url: to.url, account: owner.address, filter: {}, signingSeed, retryDivisor: FAST, ...change };
};

/** A stub made anew: one does not survive its object's crash. */
export function stubOf(id: string): DurableObjectStub<WebhookEndpoint> {
  const stub = endpointOf(endpoints, id);
  if (!stub) throw new Error(`no object ${id}`);
  return stub;
}

export const describeOf = async (id: string): Promise<EndpointView> => granted(await stubOf(id).describe());

export const until = (condition: () => boolean | Promise<boolean>) =>
  vi.waitFor(async () => expect(await condition()).toBe(true), { timeout: 20_000, interval: 10 });

export const oneTo = (n: number): number[] => Array.from({ length: n }, (_, i) => i + 1);
const placeOf = (event: { height: bigint | string; index: number }) => `${event.height}/${event.index}`;

/** What a receiver that keeps one of each id ends up with, against what the ledger says it should have. */
export function expectStory(to: Receiver, expected: readonly ChainEvent[]): void {
  const kept = to.received.filter(({ id }, i) => to.received.findIndex((other) => other.id === id) === i);
  expect(kept.map(({ event }) => Number(event?.seq))).toEqual(oneTo(expected.length));
  expect(kept.map(({ event }) => event?.data && placeOf(event.data))).toEqual(expected.map(placeOf));
  expect(kept.map(({ event }) => event?.type)).toEqual(expected.map(({ type }) => type));
}

/** Registers the hooks of a test file; its chain starts with the file's empty storage. */
export function webhookTests() {
  const chain = new TestChain(network);
  const ledger = openLedger(env.DB);
  let made: string[] = [];

  beforeAll(async () => {
    await ledger.start(network.bytes, chain.state.accounts());
  });
  beforeEach(catchFetch);
  afterEach(async () => {
    for (const id of made) await stubOf(id).remove();
    made = [];
    vi.restoreAllMocks();
  });

  async function create(to: Receiver, change: Partial<EndpointConfig> = {}): Promise<CreatedEndpoint> {
    const created = granted(await newEndpoint(endpoints).create(configOf(to, change)));
    made.push(created.id);
    return created;
  }

  /** Seals and commits a block of `transfers` transfers: as many events, and block.finalized. */
  async function block(transfers = 1): Promise<bigint> {
    const transactions = Array.from({ length: transfers }, (_, i) => chain.fund(owner, BigInt(i + 1)));
    const { built, certified } = await chain.seal(transactions);
    expect(await ledger.commit(certified, built)).toBe('committed');
    return certified.block.header.height;
  }

  async function blockAndWake(id: string, transfers = 1): Promise<bigint> {
    const height = await block(transfers);
    await stubOf(id).wake(height);
    return height;
  }

  const eventsAfter = (height: bigint) => ledger.events({ height: height + 1n, index: -1 }, 1000);
  return { create, block, blockAndWake, eventsAfter, tip: () => chain.parent.height };
}
