/** Orders that are refused: each with its code, and with nothing changed. */
import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js';
import { beforeAll, describe, expect, it } from 'vitest';
import type { ErrorCode } from '../../protocol/errors.ts';
import { taggedHash } from '../../protocol/hash.ts';
import { sealedHash } from '../../protocol/order/sealed.ts';
import { regionNumber } from '../../protocol/regions.ts';
import { parseTransaction, type UnsignedTransaction } from '../../protocol/tx/envelope.ts';
import { decodeOrderOpen, encodeOrderOpen, type OrderOpen } from '../../protocol/tx/order-open.ts';
import { encodeTransfer } from '../../protocol/tx/transfer.ts';
import type { BlockHeight, UnixMs, Zhi } from '../../protocol/units.ts';
import { keyPair } from '../support/keys.ts';
import { expectProblem } from './api-caller.ts';
import { type Demander, dataset, LIMIT, postOrder, startDemander, WORK } from './api-demander.ts';

let demander: Demander;
let alice: Demander['client'];
/** Of a data set that is there. */
let inputs: Uint8Array[];
beforeAll(async () => {
  demander = await startDemander('api/alice', 'enam');
  alice = demander.client;
  const { id } = await alice.datasets.upload(dataset);
  inputs = [hexToBytes(id)];
}, 60_000);

describe('an order is refused and changes nothing', () => {
  async function good(nonceStep = 0n): Promise<{ sealed: Uint8Array; body: OrderOpen; nonce: bigint }> {
    const nonce = (await demander.nextNonce()) + nonceStep;
    const { sealed } = await alice.prepareTrain(nonce, demander.trainRequest());
    const body: OrderOpen = {
      work: { kind: 'train', ...WORK },
      priceLimitZhi: LIMIT,
      confirm: { kind: 'auto' },
      deadlineMs: BigInt(Date.now() + 3_600_000) as UnixMs,
      region: regionNumber('enam'),
      sealedHash: sealedHash(sealed),
      inputs,
    };
    return { sealed, body, nonce };
  }

  type Wrong = { body?: Partial<OrderOpen>; tx?: Partial<UnsignedTransaction>; by?: string; nonceStep?: bigint };
  const wrongs: [string, Wrong, ErrorCode][] = [
    ['a used nonce', { nonceStep: -1n }, 'nonce_used'],
    ['a gapped nonce', { nonceStep: 1n }, 'nonce_gap'],
    ['an expiry in the past', { tx: { expiryHeight: 0n as BlockHeight } }, 'tx_expired'],
    ['an expiry beyond the horizon', { tx: { expiryHeight: 10_000_000n as BlockHeight } }, 'expiry_too_far'],
    ['too low a fee', { tx: { feeZhi: 1n as Zhi } }, 'fee_too_low'],
    ['another chain', { tx: { chain: new Uint8Array(8) } }, 'wrong_chain'],
    ['a reserved type', { tx: { type: 25 } }, 'tx_type_reserved'],
    ['a type that is not there', { tx: { type: 99 } }, 'tx_malformed'],
    ['another version', { tx: { version: 2 } }, 'tx_malformed'],
    ['the type of a transfer', { tx: { type: 1 } }, 'tx_malformed'],
    ['an unknown sender', { by: 'api/nobody', nonceStep: -1000n }, 'unknown_account'],
    ['another region', { body: { region: regionNumber('sam') } }, 'wrong_home_region'],
    ['a deadline in the past', { body: { deadlineMs: 1n as UnixMs } }, 'deadline_passed'],
    ['a price limit below the quote', { body: { priceLimitZhi: 1n as Zhi } }, 'price_limit_below_quote'],
    ['a price limit of nothing', { body: { priceLimitZhi: 0n as Zhi } }, 'amount_out_of_range'],
    ['a price limit above the balance', { body: { priceLimitZhi: 900_000_000_000n as Zhi } }, 'insufficient_balance'],
    ['an unknown model', { body: { work: { kind: 'predict', rows: 1, model: new Uint8Array(32) } } }, 'unknown_model'],
    ['work out of range', { body: { work: { kind: 'train', ...WORK, classes: 1 } } }, 'work_invalid'],
    [
      'too much work',
      { body: { work: { kind: 'train', ...WORK, rows: 4_000_000, features: 4000 } } },
      'work_too_large',
    ],
    ['a data set that is not there', { body: { inputs: [taggedHash('HAI/no-input')] } }, 'unknown_dataset'],
    ['the hash of another envelope', { body: { sealedHash: taggedHash('HAI/other') } }, 'hash_mismatch'],
  ];

  it.each(wrongs)('with %s', async (_, { body, tx, by = 'api/alice', nonceStep = 0n }, code) => {
    const before = await alice.account();
    const made = await good();
    const nonce = by === 'api/alice' ? made.nonce + nonceStep : 0n;
    const bytes = demander.signedBy(by, 'orderOpen', nonce, encodeOrderOpen({ ...made.body, ...body }), tx);
    await expectProblem(await postOrder(bytes, made.sealed, `wrong-${code}-${nonce}`), code);
    expect(await alice.account()).toEqual(before);
  });

  it('for a data set that is gone, unless it is the repeat of an order that was taken in', async () => {
    const { transaction, sealed, id } = await alice.prepareTrain(await demander.nextNonce(), demander.trainRequest());
    expect((await postOrder(transaction, sealed, 'there')).ok).toBe(true);
    await alice.waitOrder(id, 'final', 20_000);
    const opened = parseTransaction(transaction, demander.network.hash);
    const [input] = opened.ok ? decodeOrderOpen(opened.value.body).inputs : [];
    await alice.datasets.remove(bytesToHex(input as Uint8Array));
    const repeated = await postOrder(transaction, sealed, 'there');
    expect(await repeated.json()).toMatchObject({ order: { id, state: 'settled' } });
    const body = { ...(await good()).body, inputs: [input as Uint8Array], sealedHash: sealedHash(sealed) };
    const another = demander.signedBy('api/alice', 'orderOpen', await demander.nextNonce(), encodeOrderOpen(body));
    await expectProblem(await postOrder(another, sealed, 'gone'), 'unknown_dataset', 'inputs.0');
  });

  it('with a bad signature, whichever byte is wrong', async () => {
    const { body, sealed, nonce } = await good();
    const bytes = demander.signedBy('api/alice', 'orderOpen', nonce, encodeOrderOpen(body));
    for (const at of [bytes.length - 1, bytes.length - 40, bytes.length - 64]) {
      const flipped = Uint8Array.from(bytes);
      flipped[at] = (flipped[at] as number) ^ 1;
      await expectProblem(await postOrder(flipped, sealed, `flip-${at}`), 'bad_signature');
    }
  });

  it('with spare bytes, cut short, and larger than a transaction may be', async () => {
    const { body, sealed, nonce } = await good();
    const bytes = demander.signedBy('api/alice', 'orderOpen', nonce, encodeOrderOpen(body));
    await expectProblem(await postOrder(Uint8Array.from([...bytes, 0]), sealed, 'spare'), 'tx_malformed');
    await expectProblem(await postOrder(bytes.slice(0, -1), sealed, 'short'), 'tx_malformed');
    await expectProblem(await postOrder(new Uint8Array(4097), sealed, 'large'), 'tx_too_large');
  });

  it('with a transaction that is something else', async () => {
    const nonce = await demander.nextNonce();
    const transfer = encodeTransfer({ to: keyPair('api/bob').key, amountZhi: 1n as Zhi, homeRegion: 0 });
    const bytes = demander.signedBy('api/alice', 'transfer', nonce, transfer);
    await expectProblem(await postOrder(bytes, new Uint8Array(1), 'else'), 'invalid_field', 'transaction');
  });

  it('with an envelope that is none, that is of another version, or that leaves out a party', async () => {
    const { body, sealed, nonce } = await good();
    const post = (envelope: Uint8Array, key: string) => {
      const opened = encodeOrderOpen({ ...body, sealedHash: sealedHash(envelope) });
      return postOrder(demander.signedBy('api/alice', 'orderOpen', nonce, opened), envelope, key);
    };
    await expectProblem(await post(new Uint8Array(100).fill(255), 'noise'), 'sealed_malformed');
    await expectProblem(await post(Uint8Array.from([2, ...sealed.subarray(1)]), 'version'), 'sealed_malformed');
    // An envelope with no grants: version 1, no grants, no ciphertext.
    await expectProblem(await post(new Uint8Array([1, 0, 0]), 'bare'), 'grant_missing');
  });
});
