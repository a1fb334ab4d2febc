/** A transaction that was found good is not checked again; anything else is, each time. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import {
  encodeTransaction,
  parseTransaction,
  type Transaction,
  transactionHash,
} from '../../../protocol/tx/envelope.ts';
import type { RuleContext } from '../../../protocol/tx/rule.ts';
import { encodeTransfer } from '../../../protocol/tx/transfer.ts';
import type { BlockHeight, UnixMs, Zhi } from '../../../protocol/units.ts';
import { isKnownSigned, signatureFaultOnce } from '../../../sealing/transaction-signatures.ts';
import { signedTransaction, testNetwork } from '../../support/network.ts';

const network = testNetwork();
const context: RuleContext = {
  genesis: network.genesis,
  genesisHash: network.hash,
  height: 0n as BlockHeight,
  timeMs: 0n as UnixMs,
};
const body = encodeTransfer({ to: network.faucet.key, amountZhi: 1n as Zhi, homeRegion: 0 });
const transferOf = (nonce: bigint) => signedTransaction(network, { by: network.faucet, type: 'transfer', nonce, body });

function parsed(bytes: Uint8Array): Transaction {
  const tx = parseTransaction(bytes, network.hash);
  if (!tx.ok) throw new Error(tx.code);
  return tx.value;
}
const fault = (bytes: Uint8Array, rules = context) => signatureFaultOnce(parsed(bytes), transactionHash(bytes), rules);

afterEach(() => void vi.restoreAllMocks());

describe('a transaction whose signatures are good', () => {
  it('is checked once', async () => {
    const verify = vi.spyOn(crypto.subtle, 'verify');
    const bytes = transferOf(1n);
    expect(isKnownSigned(network.hash, transactionHash(bytes))).toBe(false);
    expect([await fault(bytes), await fault(bytes)]).toEqual([undefined, undefined]);
    expect(isKnownSigned(network.hash, transactionHash(bytes))).toBe(true);
    expect(verify).toHaveBeenCalledTimes(1);
  });

  it('vouches for no other transaction, however little differs, and for no other network', async () => {
    const bytes = transferOf(2n);
    expect(await fault(bytes)).toBeUndefined();
    const tx = parsed(bytes);
    for (const other of [
      { ...tx, nonce: 3n },
      { ...tx, feeZhi: (tx.feeZhi + 1n) as Zhi },
      { ...tx, signature: tx.signature.map((byte, i) => byte ^ Number(i === 40)) },
      { ...tx, body: tx.body.map((byte, i) => byte ^ Number(i === 3)) },
    ]) {
      expect(await fault(encodeTransaction(other))).toBe('bad_signature');
    }
    const elsewhere = Uint8Array.from(network.hash, (byte, i) => byte ^ Number(i === 31));
    expect(isKnownSigned(elsewhere, transactionHash(bytes))).toBe(false);
    expect(await fault(bytes, { ...context, genesisHash: elsewhere })).toBe('bad_signature');
  });
});

it('a false signature is checked each time', async () => {
  const verify = vi.spyOn(crypto.subtle, 'verify');
  const tx = parsed(transferOf(4n));
  const forged = encodeTransaction({ ...tx, nonce: 5n });
  expect([await fault(forged), await fault(forged)]).toEqual(['bad_signature', 'bad_signature']);
  expect(verify).toHaveBeenCalledTimes(2);
  expect(isKnownSigned(network.hash, transactionHash(forged))).toBe(false);
});

it('a body that does not decode is malformed, whatever its signature', async () => {
  const bytes = signedTransaction(network, {
    by: network.faucet,
    type: 'transfer',
    nonce: 6n,
    body: Uint8Array.of(1),
  });
  expect(await fault(bytes)).toBe('tx_malformed');
});
