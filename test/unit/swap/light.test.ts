/** The light client executes blocks with swap claims by its own verifier, whichever one of ed25519 it was given. */
import { bytesToHex } from '@noble/hashes/utils.js';
import { beforeAll, describe, expect, test } from 'vitest';
import { type Light, type LightOptions, openLight } from '../../../clients/light/light.ts';
import { encodeBody } from '../../../protocol/block/block.ts';
import { witnessFor } from '../../../protocol/block/build.ts';
import { encodeCertificate } from '../../../protocol/block/certificate.ts';
import { encodeHeader } from '../../../protocol/block/header.ts';
import type { VerifySignature } from '../../../protocol/ed25519.ts';
import { claimStatementOf, encodeClaimStatement } from '../../../protocol/swap/claim-statement.ts';
import { encodeSwapIn, type SwapIn } from '../../../protocol/tx/swap-in.ts';
import { verifyFast } from '../../../sealing/signatures.ts';
import { TestChain } from '../../support/chain.ts';
import { SNAPSHOT, swapClaim, swapNetwork } from '../../support/swap.ts';

const network = swapNetwork();
const relayer = network.key('relayer');
const claim = swapClaim(network, SNAPSHOT, 1, network.key('claimant').key);

function lightWith(verify?: VerifySignature): Light {
  const options: LightOptions = {
    genesis: network.bytes,
    pin: bytesToHex(network.hash),
    ...(verify ? { verify } : {}),
  };
  const light = openLight(options);
  if (!light.ok) throw new Error(light.code);
  return light.value;
}

async function blockWith(body: SwapIn) {
  const chain = new TestChain(network);
  const transactions = [chain.fund(relayer, 1_000_000n), chain.sign(relayer, 'swapIn', encodeSwapIn(body))];
  const witness = witnessFor(chain.build(transactions), chain);
  chain.forgetUnsealed();
  const { certified } = await chain.seal(transactions);
  return {
    header: encodeHeader(certified.block.header),
    certificate: encodeCertificate(certified.certificate),
    body: encodeBody(certified.block.body),
    witness,
  };
}

describe.each<[string, VerifySignature | undefined]>([
  ['the reference', undefined],
  ['WebCrypto', verifyFast],
  ['a verifier that knows ed25519 alone', (key, message, signature) => verifyFast(key, message, signature)],
])('with %s', (_, verify) => {
  let light: Light;
  beforeAll(() => {
    light = lightWith(verify);
  });

  test('a block with a claim is valid', async () => {
    expect(await light.block(undefined, await blockWith(claim))).toMatchObject({ ok: true });
  });

  test('one with a forged claim, which the seats should never have certified, is not', async () => {
    const forged = await blockWith({ ...claim, recipient: relayer.key });
    expect(await light.block(undefined, forged)).toMatchObject({ ok: false, code: 'block_invalid' });
  });
});

test('a holder’s statement by itself', async () => {
  const statement = encodeClaimStatement(claimStatementOf(claim, network.genesis, network.hash));
  const light = lightWith();
  expect(await light.swapClaim(claim.holder, statement, claim.signature)).toMatchObject({ ok: true });
  const other = encodeClaimStatement({ ...claimStatementOf(claim, network.genesis, network.hash), index: 2 });
  expect(await light.swapClaim(claim.holder, other, claim.signature)).toMatchObject({ code: 'bad_signature' });
  for (const change of [{ evmChainId: 1n }, { token: new Uint8Array(20) }]) {
    const foreign = encodeClaimStatement({ ...claimStatementOf(claim, network.genesis, network.hash), ...change });
    expect(await light.swapClaim(claim.holder, foreign, claim.signature)).toMatchObject({ code: 'proof_invalid' });
  }
  const elsewhere = claimStatementOf(claim, network.genesis, new Uint8Array(32));
  expect(await light.swapClaim(claim.holder, encodeClaimStatement(elsewhere), claim.signature)).toMatchObject({
    code: 'foreign_network',
  });
  expect(await light.swapClaim(claim.holder, statement.subarray(1), claim.signature)).toMatchObject({
    code: 'proof_malformed',
  });
});
