/** Events of blocks whose bodies have left D1: a receiver that was away gets them, and their proofs, from R2. */
import { env } from 'cloudflare:workers';
import { describe, expect, it, vi } from 'vitest';
import { bodyKey } from '../../durable-objects/region/archive-key.ts';
import { openLedger } from '../../ledger/d1.ts';
import { verifySignature } from '../../protocol/ed25519.ts';
import { eventFault } from '../../protocol/webhook/proof.ts';
import { receiver } from './receiver.ts';
import { workerEnv } from './region-demander.ts';
import { expectStory, network, stubOf, until, webhookTests } from './webhooks.ts';

const ledger = openLedger(env.DB);
const { create, block, eventsAfter, tip } = webhookTests();

/** Out of D1; the way into R2 is returned. */
async function dropped(height: bigint): Promise<() => Promise<unknown>> {
  const stored = await ledger.block(height);
  if (!stored) throw new Error('no block');
  await ledger.dropBody(height);
  return () => workerEnv.BLOBS.put(bodyKey(stored.hash), stored.body);
}

describe('a webhook', () => {
  it('gets the events of a block whose body is in R2, each with a proof that holds', async () => {
    const to = receiver('archived');
    const start = tip();
    const { id } = await create(to);
    const height = await block(3);
    await (await dropped(height))();
    await stubOf(id).wake(height);
    await until(() => to.received.length === 4);
    expectStory(to, await eventsAfter(start));
    for (const { event } of to.received) {
      expect(event && (await eventFault(event, network.genesis, verifySignature))).toBeUndefined();
    }
  });

  it('gets none of a block whose body is nowhere, and all of them once it is there', async () => {
    const told = vi.spyOn(console, 'error').mockImplementation(() => undefined);
    const to = receiver('nowhere');
    const start = tip();
    const { id } = await create(to);
    const height = await block(1);
    const archive = await dropped(height);
    await stubOf(id).wake(height);
    await until(() => String(told.mock.calls).includes('neither in D1 nor in R2'));
    expect(to.received).toEqual([]);
    await archive();
    await stubOf(id).wake(height);
    await until(() => to.received.length === 2);
    expectStory(to, await eventsAfter(start));
  });
});
