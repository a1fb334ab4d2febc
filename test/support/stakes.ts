/** A chain with funded accounts, and tries of single transactions on it: for the tests of the rules that belong to no order. */
import { expect } from 'vitest';
import { SYSTEM_ACCOUNT } from '../../protocol/address.ts';
import { equalBytes } from '../../protocol/hash.ts';
import type { UnsignedTransaction } from '../../protocol/tx/envelope.ts';
import type { TxTypeName } from '../../protocol/tx/types.ts';
import { type AppliedResult, advance, applyTo } from './apply.ts';
import { TestChain } from './chain.ts';
import type { KeyPair } from './keys.ts';
import { type TestNetwork, testNetwork } from './network.ts';

export const FUNDS_ZHI = 5_000_000n;
export const FEE_ZHI = 1000n;

export class StakeChain extends TestChain {
  readonly alice: KeyPair;
  readonly bob: KeyPair;

  constructor(network: TestNetwork = testNetwork()) {
    super(network);
    this.alice = network.key('alice');
    this.bob = network.key('bob');
    advance(this, this.fund(this.alice, FUNDS_ZHI));
    advance(this, this.fund(this.bob, FUNDS_ZHI));
  }

  /** Leaves the chain as it is. */
  try(
    by: KeyPair,
    type: TxTypeName,
    body: Uint8Array,
    timeMs?: bigint,
    change?: Partial<UnsignedTransaction>,
  ): AppliedResult {
    this.forgetUnsealed();
    return applyTo(this, this.sign(by, type, body, change), timeMs);
  }

  /** Into the chain; throws when it is refused. */
  do(by: KeyPair, type: TxTypeName, body: Uint8Array, timeMs?: bigint): void {
    this.forgetUnsealed();
    advance(this, this.sign(by, type, body), timeMs);
  }

  /** Refused with the code; nothing has changed but the sender's nonce and the fee. */
  refuses(code: string, by: KeyPair, type: TxTypeName, body: Uint8Array, timeMs?: bigint): void {
    const result = this.try(by, type, body, timeMs);
    expect(result).toMatchObject({ sealed: true, outcome: [code] });
    expect([...result.state.orders(), ...result.state.records()]).toEqual([]);
    const touched = result.state.accounts().map(({ key }) => key);
    expect(touched.every((key) => equalBytes(key, by.key) || equalBytes(key, SYSTEM_ACCOUNT.burned))).toBe(true);
    const before = this.state.account(by.key);
    const feeZhi = this.#feePaid(result, by);
    expect(result.state.account(by.key)?.nonce).toBe((before?.nonce ?? 0n) + 1n);
    expect(result.postings).toHaveLength(feeZhi === 0n ? 0 : 2);
  }

  #feePaid({ state }: AppliedResult, by: KeyPair): bigint {
    return (this.state.account(by.key)?.balanceZhi ?? 0n) - (state.account(by.key)?.balanceZhi ?? 0n);
  }

  balance(key: Uint8Array, result?: AppliedResult): bigint {
    return (result?.state ?? this.state).account(key)?.balanceZhi ?? 0n;
  }
}
