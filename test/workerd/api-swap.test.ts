/** The swap over the API: claims and swaps out into blocks that the seats execute, what is told of them, and what proves it. */
import { env } from 'cloudflare:workers';
import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js';
import { base64 } from '@scure/base';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { openLight } from '../../clients/light/light.ts';
import { swapCalls } from '../../clients/sdk/swap.ts';
import { openLedger } from '../../ledger/d1.ts';
import { addressOf } from '../../protocol/address.ts';
import { certificateFault, decodeCertificate } from '../../protocol/block/certificate.ts';
import { decodeHeader } from '../../protocol/block/header.ts';
import { verifySignature } from '../../protocol/ed25519.ts';
import { outKey, outPlace } from '../../protocol/record/swap.ts';
import { regionOf } from '../../protocol/regions.ts';
import { leafValueHash, recordLeafKey } from '../../protocol/state/leaves.ts';
import { decodeStateProof, verifyExclusion, verifyInclusion } from '../../protocol/state/proof.ts';
import { typedDigest } from '../../protocol/swap/eip712.ts';
import { evmHex } from '../../protocol/swap/evm-hex.ts';
import type {
  WireSwap,
  WireSwapClaim,
  WireSwapOut,
  WireSwapOutProof,
  WireSwapOuts,
  WireSwapSets,
} from '../../protocol/swap/wire.ts';
import { encodeSwapIn, type SwapIn } from '../../protocol/tx/swap-in.ts';
import { encodeSwapOut } from '../../protocol/tx/swap-out.ts';
import type { Zhi } from '../../protocol/units.ts';
import type { WireAccount, WireTransaction } from '../../protocol/wire.ts';
import { regionStub } from '../../workers/env.ts';
import { audit } from '../support/audit.ts';
import { keyPair } from '../support/keys.ts';
import { type TestNetwork, testNetwork } from '../support/network.ts';
import {
  EVM_CHAIN_ID,
  type EvmKey,
  evmKey,
  evmSign,
  SNAPSHOT,
  SWAP_FUND_ZHI,
  signClaim,
  swapClaim,
  TOKEN,
  testSet,
  unsignedClaim,
} from '../support/swap.ts';
import { call, expectProblem } from './api-caller.ts';
import { type Sender, startSender } from './api-sender.ts';
import { workerEnv } from './region-demander.ts';
import { foundSwapNetwork } from './swap-founding.ts';

const ROOT = bytesToHex(SNAPSHOT.root);
const claimant = keyPair('swap/claimant');
let relayer: Sender;
let network: TestNetwork;
let feeZhi: bigint;

beforeAll(async () => {
  await foundSwapNetwork();
  relayer = await startSender('swap/relayer');
  const { genesis, hash } = await relayer.client.network();
  network = { ...testNetwork(), genesis, hash };
  feeZhi = genesis.baseFeeZhi;
}, 60_000);

afterEach(async () => {
  expect((await audit(env.DB)).faults).toEqual([]);
});

async function get<T>(path: string): Promise<T> {
  const response = await call('GET', path);
  expect(response.status, await response.clone().text()).toBe(200);
  return (await response.json()) as T;
}
const swap = () => get<WireSwap>('/v1/swap');
const claimOf = (index: number, to = claimant.key) => swapClaim(network, SNAPSHOT, index, to, 'apac');
const post = (claim: SwapIn) => relayer.post('swapIn', encodeSwapIn(claim));

describe('before anything is claimed', () => {
  it('the terms are those of the genesis, and the snapshot is promised', async () => {
    expect(await swap()).toEqual({
      open: true,
      network: bytesToHex(network.hash),
      evmChainId: EVM_CHAIN_ID.toString(),
      token: evmHex(TOKEN),
      balanceZhi: SWAP_FUND_ZHI.toString(),
      promisedZhi: SNAPSHOT.totalZhi.toString(),
      claimedZhi: '0',
      outZhi: '0',
      outs: '0',
      snapshot: {
        set: ROOT,
        totalZhi: SNAPSHOT.totalZhi.toString(),
        claimedZhi: '0',
        registeredMs: network.genesis.createdMs.toString(),
      },
    });
    expect(await get<WireSwapSets>('/v1/swap/sets')).toEqual({ sets: [], next: null });
    expect(await get<WireSwapOuts>('/v1/swap/outs')).toEqual({ outs: [], next: null });
    expect(await get<WireSwapClaim>(`/v1/swap/claims/${ROOT}/0`)).toEqual({ set: ROOT, index: 0, claim: null });
  });

  it('what is asked wrong is refused', async () => {
    await expectProblem(await call('GET', `/v1/swap/claims/${'0'.repeat(64)}/0`), 'unknown_swap_set');
    await expectProblem(await call('GET', `/v1/swap/claims/${ROOT}/1048576`), 'invalid_field', 'index');
    await expectProblem(await call('GET', `/v1/swap/claims/${ROOT}/01`), 'invalid_field', 'index');
    await expectProblem(await call('GET', '/v1/swap/claims/ab/0'), 'invalid_field', 'set');
    await expectProblem(await call('GET', '/v1/swap/outs?from=-1'), 'invalid_field', 'from');
    await expectProblem(await call('GET', '/v1/swap/outs/x/proof'), 'invalid_field', 'sequence');
  });
});

describe('a claim', () => {
  it('sent by a relayer pays an account that had no HAI, once', async () => {
    const before = await relayer.balance();
    expect(await relayer.outcome('swapIn', encodeSwapIn(claimOf(2)))).toBe('applied');
    const paid = await get<WireAccount>(`/v1/accounts/${claimant.address}`);
    expect(paid).toMatchObject({ balanceZhi: '10002', homeRegion: 'apac' });
    expect(await relayer.balance()).toBe(before - 14n * feeZhi);
    expect(await get<WireSwapClaim>(`/v1/swap/claims/${ROOT}/2`)).toMatchObject({
      claim: { recipient: claimant.address, amountZhi: '10002' },
    });
    const { balanceZhi, promisedZhi, claimedZhi, snapshot } = await swap();
    expect([balanceZhi, promisedZhi, claimedZhi, snapshot?.claimedZhi]).toEqual([
      (SWAP_FUND_ZHI - 10_002n).toString(),
      (SNAPSHOT.totalZhi - 10_002n).toString(),
      '10002',
      '10002',
    ]);
    expect(await get<WireSwapSets>('/v1/swap/sets')).toEqual({ sets: [], next: null });
  }, 60_000);

  it('of a record that was paid, or that does not hold, is refused at once and costs nothing', async () => {
    const before = await relayer.client.account();
    const right = unsignedClaim(SNAPSHOT, 3, claimant.key);
    const key = SNAPSHOT.keys[3] as (typeof SNAPSHOT.keys)[number];
    await expectProblem(await post(claimOf(2)), 'already_claimed');
    await expectProblem(await post(claimOf(2, relayer.key)), 'already_claimed');
    const above = signClaim(network, key, { ...right, amountZhi: (right.amountZhi + 1n) as Zhi });
    await expectProblem(await post(above), 'proof_invalid');
    await expectProblem(await post(swapClaim(network, testSet('nobody', 2), 0, claimant.key)), 'unknown_swap_set');
    expect(await relayer.client.account()).toEqual(before);
  });

  it('whose signature is not the holder’s over this very claim is refused at once', async () => {
    const before = await swap();
    const claim = claimOf(3);
    const { signature } = claim;
    const highS = Uint8Array.from(signature);
    // The order of secp256k1.
    const order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
    const s = BigInt(`0x${bytesToHex(signature.subarray(32, 64))}`);
    highS.set(hexToBytes((order - s).toString(16).padStart(64, '0')), 32);
    highS[64] = 55 - (signature[64] as number);
    const elsewhere = { ...network, hash: network.hash.map((byte, i) => (i === 0 ? byte ^ 1 : byte)) };
    for (const forged of [
      { ...claim, recipient: relayer.key },
      { ...claim, homeRegion: 0 },
      { ...claim, signature: highS },
      { ...claim, signature: new Uint8Array(65) },
      swapClaim(elsewhere, SNAPSHOT, 3, claimant.key),
      signClaim(network, evmKey('thief'), unsignedClaim(SNAPSHOT, 3, claimant.key)),
    ]) {
      await expectProblem(await post(forged), 'bad_signature');
    }
    expect(await swap()).toEqual(before);
  });

  it('of two that race for one record, one is paid and the other one’s refusal is in a block', async () => {
    const other = await startSender('swap/other', 'apac');
    const claims = [relayer.outcome('swapIn', encodeSwapIn(claimOf(4))), raced(other, claimOf(4, other.key))];
    const outcomes = await Promise.all(claims);
    expect(outcomes.sort()).toEqual(['already_claimed', 'applied']);
    const { claimedZhi } = await swap();
    expect(claimedZhi).toBe((10_002n + 10_004n).toString());
  }, 60_000);
});

/** In its block or at intake, whichever came first. */
async function raced(sender: Sender, claim: SwapIn): Promise<string> {
  const answer = (await (await sender.post('swapIn', encodeSwapIn(claim))).json()) as Partial<WireTransaction>;
  return answer.code ?? answer.status ?? 'none';
}

describe('a swap out', () => {
  const to = evmKey('receiver').address;
  const out = (amount: bigint, address = to) => encodeSwapOut({ to: address, amountZhi: amount as Zhi });

  it('is numbered, listed in order, and proven by the state root', async () => {
    const before = await relayer.balance();
    for (const amount of [500n, 501n, 502n]) expect(await relayer.outcome('swapOut', out(amount))).toBe('applied');
    expect(await relayer.balance()).toBe(before - 1503n - 3n * feeZhi);
    const { outs, next } = await get<WireSwapOuts>('/v1/swap/outs');
    expect(outs.map(({ sequence, amountZhi }) => [sequence, amountZhi])).toEqual([
      ['0', '500'],
      ['1', '501'],
      ['2', '502'],
    ]);
    expect([outs[0]?.to, outs[0]?.sender, next]).toEqual([evmHex(to), addressOf(relayer.key), null]);
    const page = await get<WireSwapOuts>('/v1/swap/outs?from=1&limit=1');
    expect([page.outs.map(({ sequence }) => sequence), page.next]).toEqual([['1'], '2']);
    expect(await get<WireSwapOuts>('/v1/swap/outs?from=3')).toEqual({ outs: [], next: null });
    expect(await get<WireSwapOuts>(`/v1/swap/outs?from=${2n ** 64n - 1n}`)).toEqual({ outs: [], next: null });
    const found = await get<WireTransaction>(`/v1/transactions/${outs[1]?.transaction}`);
    expect(found).toMatchObject({ type: 'swapOut', status: 'applied', height: outs[1]?.height });
    for (const one of outs) await expectProven(one);
  }, 60_000);

  it('that is not there is proven to be absent', async () => {
    const proven = await get<WireSwapOutProof>('/v1/swap/outs/3/proof');
    expect([proven.record, proven.out]).toEqual([null, null]);
    const root = await certifiedRoot(proven);
    const key = recordLeafKey('swapOut', outKey(3n));
    expect(verifyExclusion(decodeStateProof(base64.decode(proven.proof)), key, root)).toBe(true);
  });

  it('is proven by the region that proposes alone, and not while D1 holds another record than the root says', async () => {
    const place = outPlace(1n);
    const other = network.genesis.regions.find(({ region }) => region !== network.genesis.sequencerRegion);
    const stub = regionStub(workerEnv, regionOf((other as { region: number }).region));
    expect(await stub.proveState({ kind: 'record', record: place.kind, key: place.key })).toMatchObject({
      ok: false,
      code: 'not_found',
    });
    const value = await openLedger(env.DB).record(place);
    const write = (bytes: Uint8Array) =>
      env.DB.prepare('UPDATE record SET value = ? WHERE key = ?').bind(bytes, place.key).run();
    await write((value as Uint8Array).map((byte, i) => (i === 20 ? byte ^ 1 : byte)));
    await expectProblem(await call('GET', '/v1/swap/outs/1/proof'), 'consensus_stalled');
    await write(value as Uint8Array);
    expect((await get<WireSwapOutProof>('/v1/swap/outs/1/proof')).out?.amountZhi).toBe('501');
  });

  it('of nothing, to nobody, or above the balance is refused at once', async () => {
    await expectProblem(await relayer.post('swapOut', out(0n)), 'amount_out_of_range');
    await expectProblem(await relayer.post('swapOut', out(5n, new Uint8Array(20))), 'invalid_field');
    await expectProblem(await relayer.post('swapOut', out(5n, TOKEN)), 'invalid_field');
    await expectProblem(await relayer.post('swapOut', out(await relayer.balance())), 'insufficient_balance');
    expect((await swap()).outs).toBe('3');
  });

  async function certifiedRoot({ header, certificate }: WireSwapOutProof) {
    const decoded = decodeHeader(base64.decode(header));
    const { seats } = network.genesis;
    const signed = decodeCertificate(base64.decode(certificate));
    expect(await certificateFault(decoded, signed, seats, verifySignature)).toBeUndefined();
    return { hash: decoded.stateRoot, sum: decoded.supplyZhi };
  }

  async function expectProven(one: WireSwapOut): Promise<void> {
    const proven = await get<WireSwapOutProof>(`/v1/swap/outs/${one.sequence}/proof`);
    expect(proven.out).toEqual(one);
    const value = base64.decode(proven.record as string);
    const key = recordLeafKey('swapOut', outKey(BigInt(one.sequence)));
    const proof = decodeStateProof(base64.decode(proven.proof));
    const root = await certifiedRoot(proven);
    expect(verifyInclusion(proof, { key, valueHash: leafValueHash(value), sum: 0n }, root)).toBe(true);
    const changed = leafValueHash(value.map((byte, i) => (i === 20 ? byte ^ 1 : byte)));
    expect(verifyInclusion(proof, { key, valueHash: changed, sum: 0n }, root)).toBe(false);
  }
});

describe('the SDK', () => {
  const record = { ...unsignedClaim(SNAPSHOT, 6, claimant.key), set: SNAPSHOT.root, totalZhi: SNAPSHOT.totalZhi };
  const claim = { recipient: claimant.address, homeRegion: 'sam' } as const;

  it('gives the text that the holder signs, and sends the claim', async () => {
    const calls = relayer.client.with(swapCalls);
    const digest = typedDigest(await calls.claimText(record, claim));
    const signature = evmSign(SNAPSHOT.keys[6] as EvmKey, digest);
    const sent = await calls.swap();
    await expect(
      calls.claimSwap(
        record,
        claim,
        signature.map((byte, i) => (i === 9 ? byte ^ 1 : byte)),
      ),
    ).rejects.toThrow('the holder did not sign this claim');
    expect(await calls.swap()).toEqual(sent);
    expect(await calls.claimSwap(record, claim, signature)).toMatchObject({ status: 'applied', type: 'swapIn' });
    expect(await calls.swapClaim(SNAPSHOT.root, 6)).toMatchObject({ claim: { recipient: claimant.address } });
    await expect(calls.claimSwap(record, claim, signature)).rejects.toMatchObject({ code: 'already_claimed' });
  }, 60_000);

  it('swaps out, and what it fetches proves it to a light client', async () => {
    const calls = relayer.client.with(swapCalls);
    const { hash } = await calls.swapOut(evmKey('receiver').address, 900n as Zhi);
    const last = (await calls.swapOuts(3n)).outs[0];
    expect(last).toMatchObject({ sequence: '3', transaction: hash, amountZhi: '900' });
    const served = await calls.swapOutProof(3n);
    const light = openLight({ genesis: served.genesis, pin: bytesToHex(network.hash) });
    if (!light.ok) throw new Error(light.code);
    const final = await light.value.header(served.header, served.certificate);
    if (!final.ok) throw new Error(final.code);
    const place = { kind: 'swapOut', key: outKey(3n) } as const;
    expect(light.value.record(final.value, place, served.value, served.proof)).toMatchObject({ ok: true });
    expect(light.value.record(final.value, place, undefined, served.proof)).toMatchObject({ ok: false });
  }, 60_000);
});
