/** The light client on a chain in memory: what holds, and what is of another network, height, state or log. */
import { bytesToHex } from '@noble/hashes/utils.js';
import { describe, expect, test } from 'vitest';
import { type Light, openLight } from '../../../clients/light/light.ts';
import { certificateOf, decodeCertificate, encodeCertificate, voteBytes } from '../../../protocol/block/certificate.ts';
import { type BlockHeader, decodeHeader, encodeHeader } from '../../../protocol/block/header.ts';
import { BLOCK_TIME_MS_MAX } from '../../../protocol/block/link.ts';
import { sign } from '../../../protocol/ed25519.ts';
import type { Result } from '../../../protocol/errors.ts';
import { merklePath } from '../../../protocol/merkle.ts';
import { encodeOrderRecord } from '../../../protocol/order/record.ts';
import { encodeOutcome } from '../../../protocol/outcome.ts';
import type { FinalHeader } from '../../../protocol/proof/final-header.ts';
import { receiptFile } from '../../../protocol/proof/receipt-file.ts';
import { encodeAccount } from '../../../protocol/state/account.ts';
import { type BlockHeight, SUPPLY_ZHI, type UnixMs, type Zhi } from '../../../protocol/units.ts';
import { verifyFast } from '../../../sealing/signatures.ts';
import {
  accountAt,
  checkpointOf,
  type LightChain,
  lightChain,
  logOf,
  orderProof,
  supplyProof,
  witnessKey,
} from '../../support/light-chain.ts';
import { testNetwork } from '../../support/network.ts';
import { receiptOfLife } from '../../support/receipts.ts';
import { sample } from '../groth16-sample.ts';

const network = testNetwork();
const foreign = testNetwork('foreign');
const chain = await lightChain(network);
const other = await lightChain(foreign);
const pin = bytesToHex(network.hash);

function ok<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(`${result.code}: ${result.evidence}`);
  return result.value;
}
const open = (options: Partial<Parameters<typeof openLight>[0]> = {}): Light =>
  ok(openLight({ genesis: network.bytes, pin, verify: verifyFast, ...options }));
const light = open();
const refusal = (result: Result<unknown>): string => (result.ok ? 'accepted' : result.code);

const blockAt = (height: number, of: LightChain = chain) => of.blocks[height - 1] as LightChain['blocks'][number];
const finalAt = async (height: number): Promise<FinalHeader> =>
  ok(await light.header(blockAt(height).header, blockAt(height).certificate));
const last = chain.blocks.length;

/** A header with a change, certified by all seats. */
function certified(change: Partial<BlockHeader>, signers = 13, height = 2): [Uint8Array, Uint8Array] {
  const header = { ...decodeHeader(blockAt(height).header), ...change };
  const message = voteBytes(header);
  const votes = network.seats.slice(0, signers).map(({ seed }, seat) => ({ seat, signature: sign(seed, message) }));
  return [encodeHeader(header), encodeCertificate(certificateOf(header, votes))];
}

describe('a genesis', () => {
  test('is taken under its own pin alone', () => {
    expect(light.genesis.network).toBe('hai-test');
    const at = (genesis: Uint8Array, pinned: string) => refusal(openLight({ genesis, pin: pinned }));
    expect(at(network.bytes, pin)).toBe('accepted');
    expect(at(network.bytes, bytesToHex(foreign.hash))).toBe('foreign_network');
    expect(at(foreign.bytes, pin)).toBe('foreign_network');
    expect(at(Uint8Array.of(...network.bytes, 0), pin)).toBe('genesis_invalid');
    expect(at(new Uint8Array(), pin)).toBe('genesis_invalid');
    for (const wrong of ['', pin.toUpperCase(), `${pin}0`, 'g'.repeat(64)])
      expect(at(network.bytes, wrong)).toBe('invalid_field');
  });
});

describe('headers', () => {
  test('make a chain, each with its regime', async () => {
    let previous: FinalHeader | undefined;
    for (let height = 1; height <= last; height++) {
      const next = ok(light.follows(previous, await finalAt(height)));
      expect([next.header.height, next.header.regime]).toEqual([BigInt(height), 'final']);
      previous = next;
    }
  });

  test('do not follow what they do not name, nor the genesis from further up', async () => {
    expect(refusal(light.follows(await finalAt(1), await finalAt(3)))).toBe('header_invalid');
    expect(refusal(light.follows(await finalAt(2), await finalAt(2)))).toBe('header_invalid');
    expect(refusal(light.follows(undefined, await finalAt(2)))).toBe('header_invalid');
    expect(refusal(light.follows(await finalAt(2), await finalAt(1)))).toBe('header_invalid');
  });

  test('are final where a final one stands on them, without a certificate, and nowhere else', async () => {
    const child = await finalAt(3);
    expect(ok(light.parent(child, blockAt(2).header)).header.height).toBe(2n);
    const again = ok(light.parent(ok(light.parent(child, blockAt(2).header)), blockAt(1).header));
    expect(again.hash).toEqual((await finalAt(1)).hash);
    for (const height of [1, 3, 4]) expect(refusal(light.parent(child, blockAt(height).header))).toBe('header_invalid');
    expect(refusal(light.parent(child, blockAt(2, other).header))).toBe('foreign_network');
    expect(refusal(light.parent(child, Uint8Array.of(...blockAt(2).header, 0)))).toBe('header_invalid');
  });

  test.each<[string, Partial<BlockHeader>, string]>([
    ['as it was', {}, 'accepted'],
    ['two heights up', { height: 4n as BlockHeight }, 'header_invalid'],
    ['of its parent’s height', { height: 2n as BlockHeight }, 'header_invalid'],
    ['of its parent’s time', { timeMs: decodeHeader(blockAt(2).header).timeMs }, 'accepted'],
    [
      'a millisecond before its parent',
      { timeMs: (decodeHeader(blockAt(2).header).timeMs - 1n) as UnixMs },
      'header_invalid',
    ],
  ])('have no parent that does not fit a child %s: %s', async (_, change, code) => {
    const child = ok(await light.header(...certified(change, 13, 3)));
    expect(refusal(light.parent(child, blockAt(2).header))).toBe(code);
  });

  test.each<[string, Partial<BlockHeader>, string, number?]>([
    ['as it was, by all seats', {}, 'accepted'],
    ['by nine', {}, 'accepted', 9],
    ['by eight', {}, 'certificate_invalid', 8],
    ['of another version', { version: 2 }, 'header_invalid'],
    ['of another network', { genesis: foreign.hash }, 'foreign_network'],
    ['of another seat set', { electionRoot: new Uint8Array(32) }, 'seat_set_unknown'],
    ['of a zhi more than there is', { supplyZhi: (SUPPLY_ZHI + 1n) as Zhi }, 'header_invalid'],
    ['of a zhi less than there is', { supplyZhi: (SUPPLY_ZHI - 1n) as Zhi }, 'header_invalid'],
    ['of the last millisecond that is a date', { timeMs: BLOCK_TIME_MS_MAX as UnixMs }, 'accepted'],
    ['of the millisecond after it', { timeMs: (BLOCK_TIME_MS_MAX + 1n) as UnixMs }, 'header_invalid'],
    ['of the regime fallback', { regime: 'fallback' }, 'regime_refused'],
    ['of the regime recovered', { regime: 'recovered' }, 'regime_refused'],
  ])('certified %s: %s', async (_, change, code, signers = 13) => {
    expect(refusal(await light.header(...certified(change, signers)))).toBe(code);
  });

  test('of the regime recovered are taken on the caller’s word, of fallback never', async () => {
    const willing = open({ regimes: ['final', 'recovered'] });
    expect(ok(await willing.header(...certified({ regime: 'recovered' }))).header.regime).toBe('recovered');
    expect(refusal(await willing.header(...certified({ regime: 'fallback' })))).toBe('regime_refused');
  });

  test('take no certificate of another block, another network, or with a signature that rides along', async () => {
    const { header } = blockAt(2);
    expect(refusal(await light.header(header, blockAt(3).certificate))).toBe('certificate_invalid');
    expect(refusal(await light.header(header, blockAt(2, other).certificate))).toBe('certificate_invalid');
    expect(refusal(await light.header(blockAt(2, other).header, blockAt(2, other).certificate))).toBe(
      'foreign_network',
    );
    const nine = decodeCertificate(blockAt(2).certificate);
    const spare = {
      ...nine,
      seats: nine.seats | (1 << 9),
      signatures: [...nine.signatures, nine.signatures[0] as Uint8Array],
    };
    expect(refusal(await light.header(header, encodeCertificate(spare)))).toBe('certificate_invalid');
    // The same list of nine signatures, its length in two bytes instead of one.
    const at = 32 + 4 + 2;
    const bytes = blockAt(2).certificate;
    const long = Uint8Array.of(...bytes.subarray(0, at), 0x80 | 9, 0, ...bytes.subarray(at + 1));
    expect(refusal(await light.header(header, long))).toBe('certificate_invalid');
  });
});

describe('what is in a block', () => {
  const paths = async () => {
    const body = ok(light.body(await finalAt(last), blockAt(last).body));
    const outcomes = body.outcomes.map(encodeOutcome);
    return { body, path: merklePath(body.transactions, 1), outcomePath: merklePath(outcomes, 1) };
  };

  test('is shown by its body, or by a path for a transaction and one for its outcome', async () => {
    const final = await finalAt(last);
    const { body, path, outcomePath } = await paths();
    const bytes = body.transactions[1] as Uint8Array;
    expect(ok(light.transaction(final, { bytes, index: 1, path })).type).toBe(1);
    expect(ok(light.outcome(final, { entries: [0] }, { index: 1, path: outcomePath }))).toEqual({ entries: [0] });
  });

  test('is nowhere else', async () => {
    const final = await finalAt(last);
    const { body, path, outcomePath } = await paths();
    const bytes = body.transactions[1] as Uint8Array;
    const places = [
      { index: 0, path },
      { index: 1, path: path.slice(1) },
      { index: 1, path: [...path, path[0] as Uint8Array] },
      { index: 2 ** 31, path },
      { index: -1, path },
    ];
    for (const place of places)
      expect(refusal(light.transaction(final, { bytes, ...place }))).toBe('inclusion_invalid');
    expect(refusal(light.transaction(await finalAt(2), { bytes, index: 1, path }))).toBe('inclusion_invalid');
    expect(refusal(light.outcome(final, { entries: [303] }, { index: 1, path: outcomePath }))).toBe(
      'inclusion_invalid',
    );
    expect(refusal(light.outcome(final, { entries: [70_000] }, { index: 1, path: outcomePath }))).toBe(
      'inclusion_invalid',
    );
    expect(refusal(light.body(await finalAt(2), blockAt(last).body))).toBe('inclusion_invalid');
  });
});

describe('the state after a block', () => {
  const friend = network.key('friend').key;
  const nobody = network.key('nobody').key;

  test('an account, none, an order, a record that is not there, and the whole supply', async () => {
    const final = await finalAt(last);
    const { value, proof } = accountAt(chain, friend);
    expect(ok(light.account(final, friend, value, proof))).toEqual(chain.state.account(friend));
    expect(ok(light.account(final, nobody, undefined, accountAt(chain, nobody).proof))).toBeUndefined();
    const record = chain.state.order(chain.order);
    expect(ok(light.order(final, chain.order, record && encodeOrderRecord(record), orderProof(chain)))).toEqual(record);
    expect(ok(light.supply(final, supplyProof(chain)))).toBe(SUPPLY_ZHI);
  });

  test('is not of another block, another key, another value', async () => {
    const final = await finalAt(last);
    const { value, proof } = accountAt(chain, friend);
    const rich = encodeAccount({
      ...(chain.state.account(friend) as never as { nonce: bigint; homeRegion: number }),
      balanceZhi: (10n ** 18n) as Zhi,
    });
    const cases: Result<unknown>[] = [
      light.account(await finalAt(last - 1), friend, value, proof),
      light.account(final, nobody, value, proof),
      light.account(final, friend, undefined, proof),
      light.account(final, friend, rich, proof),
      light.account(final, nobody, value, accountAt(chain, nobody).proof),
      light.account(final, friend, value, accountAt(other, friend).proof),
      light.order(final, friend, undefined, orderProof(chain)),
      light.record(final, { kind: 'bond', key: friend }, new Uint8Array(8), proof),
      light.supply(await finalAt(last - 1), supplyProof(chain)),
      light.supply(final, supplyProof(other)),
    ];
    expect(cases.map(refusal)).toEqual(cases.map(() => 'state_proof_invalid'));
  });
});

describe('blocks', () => {
  test('are executed again from the genesis on, by the reference for signatures too', async () => {
    let previous: FinalHeader | undefined;
    for (let height = 1; height <= last; height++) previous = ok(await light.block(previous, blockAt(height)));
    expect(previous?.header.height).toBe(BigInt(last));
    const slow = ok(openLight({ genesis: network.bytes, pin }));
    expect(ok(await slow.block(undefined, blockAt(1))).header.height).toBe(1n);
  });

  test('are not taken with another’s body or witness, nor on another header', async () => {
    const previous = await finalAt(2);
    expect(refusal(await light.block(previous, { ...blockAt(3), body: blockAt(4).body }))).toBe('inclusion_invalid');
    expect(refusal(await light.block(previous, { ...blockAt(3), witness: blockAt(4).witness }))).toBe(
      'witness_invalid',
    );
    expect(refusal(await light.block(previous, blockAt(4)))).toBe('header_invalid');
    expect(refusal(await light.block(undefined, blockAt(3)))).toBe('header_invalid');
    expect(refusal(await light.block(previous, blockAt(3, other)))).toBe('foreign_network');
  });
});

describe('the log', () => {
  const log = logOf(chain);
  const older = logOf(chain, 2);
  const witnesses = ['one', 'two', 'three'].map(witnessKey);

  test('holds each header, continues what it was, under a checkpoint that k of m witnesses co-signed', async () => {
    const text = checkpointOf(network, log.head, ['one', 'three']);
    const opened = ok(await light.checkpoint(text, { witnesses, required: 2 }));
    expect(opened.cosignatures.map(({ name }) => name)).toEqual(['one', 'three']);
    for (let height = 1; height <= last; height++) {
      expect(ok(light.logged(await finalAt(height), log.inclusion(BigInt(height)), opened.head))).toBe(true);
    }
    for (let size = 1; size <= last; size++) {
      expect(ok(light.continues(logOf(chain, size).head, opened.head, log.consistency(BigInt(size))))).toBe(true);
    }
  });

  test('refuses too few witnesses, another network’s checkpoint, and a policy that nothing meets', async () => {
    const text = checkpointOf(network, log.head, ['one']);
    expect(refusal(await light.checkpoint(text, { witnesses, required: 2 }))).toBe('too_few_witnesses');
    expect(refusal(await light.checkpoint(text, { witnesses, required: 4 }))).toBe('invalid_field');
    expect(refusal(await light.checkpoint(checkpointOf(foreign, logOf(other).head)))).toBe('foreign_network');
    expect(refusal(await light.checkpoint('no checkpoint'))).toBe('checkpoint_malformed');
  });

  test('refuses a header of another height or network, an older log in the place of a newer, and one that forked', async () => {
    expect(refusal(light.logged(await finalAt(2), log.inclusion(1n), log.head))).toBe('inclusion_invalid');
    expect(refusal(light.logged(await finalAt(2), older.inclusion(2n), log.head))).toBe('inclusion_invalid');
    const forked = logOf({ network, blocks: [blockAt(1, other), ...chain.blocks.slice(1)] });
    expect(refusal(light.logged(await finalAt(1), forked.inclusion(1n), forked.head))).toBe('inclusion_invalid');
    expect(refusal(light.continues(log.head, older.head, log.consistency(2n)))).toBe('log_rolled_back');
    expect(refusal(light.continues(older.head, forked.head, forked.consistency(2n)))).toBe('log_forked');
    expect(refusal(light.continues(older.head, log.head, log.consistency(3n)))).toBe('log_forked');
    expect(refusal(light.continues(older.head, log.head, new Uint8Array()))).toBe('log_forked');
  });
});

describe('what is loaded when it is asked for', () => {
  test('a zk proof under a key of the network, and one that is false', async () => {
    const claim = sample();
    expect(ok(await light.zkProof(claim))).toBe(true);
    const [first, ...rest] = claim.publicSignals;
    const forged = { ...claim, publicSignals: [`${BigInt(first as string) + 1n}`, ...rest] };
    expect(refusal(await light.zkProof(forged))).toBe('proof_invalid');
    expect(refusal(await light.zkProof({ ...claim, verificationKeyId: '00' }))).toBe('unknown_circuit');
    expect(refusal(await light.zkProof({ ...claim, proof: null }))).toBe('proof_malformed');
  });

  test('a swap claim of anything but this network’s token', async () => {
    const holder = new Uint8Array(20);
    expect(refusal(await light.swapClaim(holder, new Uint8Array(5), new Uint8Array(65)))).toBe('proof_malformed');
  });

  test('a receipt', async () => {
    const text = receiptFile(await receiptOfLife(network, 'train'));
    expect(ok(await light.receipt(text)).network).toBe('hai-test');
    expect(refusal(await ok(openLight({ genesis: foreign.bytes, pin: bytesToHex(foreign.hash) })).receipt(text))).toBe(
      'foreign_network',
    );
    expect(refusal(await light.receipt(`${text} `))).toBe('receipt_invalid');
  });
});
