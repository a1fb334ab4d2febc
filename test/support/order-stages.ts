/** Orders brought to a stage of their life, and what a refusal is: for the tests of the order rules. */
import { expect } from 'vitest';
import { SYSTEM_ACCOUNT } from '../../protocol/address.ts';
import { equalBytes, type Hash } from '../../protocol/hash.ts';
import type { OrderOpen } from '../../protocol/tx/order-open.ts';
import { type AppliedResult, advance } from './apply.ts';
import { TestChain } from './chain.ts';
import type { KeyPair } from './keys.ts';
import { testNetwork } from './network.ts';
import { openOrder, steps } from './order-life.ts';

export const network = testNetwork();
export const demander = network.key('demander');
export const stranger = network.key('stranger');
export const searcher = network.searcher('weur');
export const checker = network.checker('weur');
export const UNKNOWN = new Uint8Array(32).fill(9) as Hash;

export function funded(): TestChain {
  const chain = new TestChain(network);
  advance(chain, chain.fund(demander, 5_000_000n));
  advance(chain, chain.fund(stranger, 5_000_000n));
  return chain;
}

type Stage = 'opened' | 'matched' | 'computed' | 'checked' | 'exhausted';

export function orderAt(stage: Stage, open: Partial<OrderOpen> = {}): { chain: TestChain; id: Hash } {
  const chain = funded();
  const { id, bytes } = openOrder(chain, demander, open);
  advance(chain, bytes);
  const through: Record<Stage, ('match' | 'work' | 'pass' | 'fail')[]> = {
    opened: [],
    matched: ['match'],
    computed: ['match', 'work'],
    checked: ['match', 'work', 'pass'],
    exhausted: ['match', 'work', 'fail', 'match', 'work', 'fail', 'match', 'work', 'fail'],
  };
  for (const step of through[stage]) {
    if (step === 'match') advance(chain, steps.match(chain, id));
    if (step === 'work') advance(chain, steps.work(chain, id));
    if (step === 'pass') advance(chain, steps.verdict(chain, id));
    if (step === 'fail') advance(chain, steps.verdict(chain, id, { verdict: 'failed' }));
  }
  return { chain, id };
}

/** Refused: the nonce is used and the fee burned, and nothing else has changed. */
export function expectRefused(chain: TestChain, by: KeyPair, result: AppliedResult, code: string): void {
  expect(result).toMatchObject({ sealed: true, outcome: [code] });
  expect(result.state.orders()).toEqual([]);
  const touched = result.state.accounts().map(({ key }) => key);
  expect(touched.every((key) => equalBytes(key, by.key) || equalBytes(key, SYSTEM_ACCOUNT.burned))).toBe(true);
  expect(result.state.account(by.key)?.nonce).toBe((chain.state.account(by.key)?.nonce ?? 0n) + 1n);
}
