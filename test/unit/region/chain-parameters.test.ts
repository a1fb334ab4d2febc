/** What a region knows of the parameters: the newest of what it read and what it was told. */
import { bytesToHex } from '@noble/hashes/utils.js';
import { describe, expect, test, vi } from 'vitest';
import { isOnApproveList } from '../../../durable-objects/region/approve-list.ts';
import { ChainParameters } from '../../../durable-objects/region/chain-parameters.ts';
import { taggedHash } from '../../../protocol/hash.ts';
import { parametersPlace } from '../../../protocol/record/parameter.ts';
import type { UnixMs } from '../../../protocol/units.ts';
import { GovernanceChain } from '../../support/governance.ts';

const chain = new GovernanceChain();
const { genesis } = chain.network;
const fromMs = chain.change('baseFeeZhi', '2500');
const record = chain.state.record(parametersPlace.kind, parametersPlace.key) as Uint8Array;
const feeOf = (known: ChainParameters, timeMs: bigint = fromMs) =>
  known.forIntake(genesis, timeMs as UnixMs).baseFeeZhi;

/** A ledger that answers when the test says so. */
function ledger() {
  const asked: ((value: Uint8Array | undefined) => void)[] = [];
  return {
    record: () => new Promise<Uint8Array | undefined>((resolve) => asked.push(resolve)),
    answer: (value: Uint8Array | undefined) => asked.shift()?.(value),
  };
}

describe('the parameters that a region knows', () => {
  test('are the genesis’ until it hears of others', async () => {
    const source = ledger();
    const known = new ChainParameters(source);
    expect(feeOf(known)).toBe(1000n);
    const loading = known.load(7n);
    source.answer(record);
    await loading;
    expect(feeOf(known)).toBe(2500n);
    expect(feeOf(known, fromMs - 20_001n)).toBe(1000n);
  });

  test('of a notice stay when an older read comes in late', async () => {
    const source = ledger();
    const known = new ChainParameters(source);
    const loading = known.load(7n);
    known.take(8n, record);
    source.answer(undefined);
    await loading;
    expect(feeOf(known)).toBe(2500n);
  });

  test('of an older notice do not replace those of a later read', async () => {
    const source = ledger();
    const known = new ChainParameters(source);
    const loading = known.load(9n);
    source.answer(record);
    await loading;
    known.take(8n, undefined);
    expect(feeOf(known)).toBe(2500n);
    known.take(9n, undefined);
    expect(feeOf(known)).toBe(1000n);
  });
});

describe('the list of what hosted seats approve', () => {
  const id = taggedHash('HAI/test-proposal');
  const hex = bytesToHex(id);
  test.each<[string, string | undefined, boolean, boolean]>([
    ['the id', hex, false, true],
    ['the id among others', `${'ab'.repeat(32)}, ${hex}`, false, true],
    ['all, on a development network', 'all', true, true],
    ['all, elsewhere', 'all', false, false],
    ['nothing', '', true, false],
    ['no variable', undefined, true, false],
    ['another id', 'ab'.repeat(32), true, false],
    ['the beginning of the id', hex.slice(0, 32), true, false],
    ['the id in capitals', hex.toUpperCase(), false, true],
  ])('%s', (_, list, isDevelopment, approves) => {
    expect(isOnApproveList(list, id, isDevelopment)).toBe(approves);
  });

  test('tells once which words are malformed, and not what they say', () => {
    const told = vi.spyOn(console, 'error').mockImplementation(() => undefined);
    const list = ` ${hex},0x${hex},, all , secret-word`;
    for (let i = 0; i < 3; i++) expect(isOnApproveList(list, id, false)).toBe(true);
    expect(told.mock.calls).toEqual([['{"event":"approve_list_malformed","words":[2,5]}']]);
    expect(isOnApproveList(`${hex}, all`, id, false)).toBe(true);
    expect(told).toHaveBeenCalledTimes(1);
    told.mockRestore();
  });
});
