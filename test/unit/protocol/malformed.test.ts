/** Every malformed transfer through the three passes: bytes, signatures, state. Each has its code, and changes nothing. */
import { bytesToHex } from '@noble/hashes/utils.js';
import { describe, expect, test } from 'vitest';
import { SYSTEM_ACCOUNT } from '../../../protocol/address.ts';
import { Overlay } from '../../../protocol/state/overlay.ts';
import { treeRoot } from '../../../protocol/state/tree.ts';
import { signatureFault } from '../../../protocol/transition.ts';
import { parseTransaction } from '../../../protocol/tx/envelope.ts';
import type { BlockHeight, UnixMs } from '../../../protocol/units.ts';
import { verifyFast } from '../../../sealing/signatures.ts';
import { type AppliedResult, advance, applyTo } from '../../support/apply.ts';
import { TestChain } from '../../support/chain.ts';
import { MALFORMED, MALFORMED_AMOUNTS, type Right, rightTransfer } from '../../support/malformed-transfers.ts';
import { testNetwork } from '../../support/network.ts';

const network = testNetwork();
const by = network.key('alice');
const to = network.key('bob').key;

function chainWith(): { chain: TestChain; right: Right } {
  const chain = new TestChain(network);
  advance(chain, chain.fund(by, 1_000_000n));
  const zeroth = { network, by, to, nonce: 0n, height: 2n };
  advance(chain, rightTransfer(zeroth));
  return { chain, right: { ...zeroth, nonce: 1n, height: 3n } };
}

/** As a block's builder does: parse, then signatures, then state. */
async function throughAll(chain: TestChain, bytes: Uint8Array): Promise<AppliedResult> {
  const nothing = (code: string) => ({ outcome: [code], sealed: false, postings: [], state: new Overlay(chain.state) });
  const parsed = parseTransaction(bytes, network.hash);
  if (!parsed.ok) return nothing(parsed.code);
  const { genesis, hash: genesisHash } = network;
  const context = { genesis, genesisHash, height: 3n as BlockHeight, timeMs: 0n as UnixMs };
  const fault = await signatureFault(parsed.value, context, verifyFast);
  return fault ? nothing(fault) : applyTo(chain, bytes);
}

test('the right one is taken', async () => {
  const { chain, right } = chainWith();
  expect(await throughAll(chain, rightTransfer(right))).toMatchObject({ outcome: ['applied'], sealed: true });
});

describe('not sealed', () => {
  test.each(MALFORMED)('%s: %s', async (_, code, make) => {
    const { chain, right } = chainWith();
    const before = bytesToHex(treeRoot(chain.tree).hash);
    const { outcome, sealed, state, postings } = await throughAll(chain, make(right));
    expect({ outcome, sealed, postings }).toEqual({ outcome: [code], sealed: false, postings: [] });
    expect([...state.accounts(), ...state.orders(), ...state.records()]).toEqual([]);
    expect(bytesToHex(treeRoot(chain.tree).hash)).toBe(before);
  });
});

describe('sealed, and nothing but nonce and fee is used', () => {
  test.each(MALFORMED_AMOUNTS)('%s: %s', async (_, code, make) => {
    const { chain, right } = chainWith();
    const before = chain.state.account(by.key);
    const { outcome, sealed, state } = await throughAll(chain, make(right));
    expect({ outcome, sealed }).toEqual({ outcome: [code], sealed: true });
    const touched = state.accounts().map(({ key }) => bytesToHex(key));
    expect(touched.sort()).toEqual([by.key, SYSTEM_ACCOUNT.burned].map(bytesToHex).sort());
    expect(state.account(by.key)).toEqual({
      ...before,
      nonce: 2n,
      balanceZhi: (before?.balanceZhi ?? 0n) - network.genesis.baseFeeZhi,
    });
    expect(state.account(to)).toEqual(chain.state.account(to));
  });
});
