/** What the tests of orders under faults begin with, and what holds after each of them. */
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import type { Client } from '../../clients/sdk/client.ts';
import type { WireOrder } from '../../protocol/wire.ts';
import { type FaultyNetwork, startFaultyNetwork } from './faulty-network.ts';
import { fundedClient, type TestModel, trainedModel } from './jobs.ts';

/** Within which an order is final, whatever faults it meets. */
const FINAL_MS = 30_000;
/** More often than anything is called in a test: for as long as the fault is armed. */
export const ALWAYS = 1_000_000;

/** There from the first test on: not to be read while tests are collected. */
export interface FaultyRun {
  readonly network: FaultyNetwork;
  /** A demander of `enam` with money. */
  readonly client: Client;
  /** A small model of this demander's, its order settled. */
  readonly model: TestModel;
  /** The order once nothing can change it any more, as `by` is told; without `by`, as `client` is. */
  finalOrder(id: string, by?: Client): Promise<WireOrder>;
}

/**
 * Called once at the top of a test file: gives all its tests one faulty network, whose consumers are missed after `leaseMs` and
 * which takes any deadline ahead, a demander and a model. After each test every fault is disarmed, and the audit of the whole
 * database must find nothing.
 */
export function runUnderFaults(leaseMs: number): FaultyRun {
  let network: FaultyNetwork;
  let client: Client;
  let model: TestModel;

  beforeAll(async () => {
    network = await startFaultyNetwork({ leaseMs, deadlineMarginMs: 0 });
    client = await fundedClient(network, 'enam');
    model = await trainedModel(client);
  });
  afterAll(() => network?.close());
  afterEach(async () => {
    await network.arm();
    expect((await network.audit()).faults).toEqual([]);
  });

  return {
    get network() {
      return network;
    },
    get client() {
      return client;
    },
    get model() {
      return model;
    },
    finalOrder: async (id, by = client) => (await by.waitOrder(id, 'final', FINAL_MS)).order,
  };
}
