/** A fee that is far above the genesis': paid where a certified block proves that votes have set it, and nowhere else. */
import { base64 } from '@scure/base';
import { beforeAll, expect, it } from 'vitest';
import { accountOfSeed } from '../../../clients/sdk/account.ts';
import { createClient } from '../../../clients/sdk/client.ts';
import { parseTransaction } from '../../../protocol/tx/envelope.ts';
import type { Zhi } from '../../../protocol/units.ts';
import type { WireParametersProof, WireTransaction } from '../../../protocol/wire.ts';
import { TestChain } from '../../support/chain.ts';
import { sealChange } from '../../support/governance.ts';
import { keyPair } from '../../support/keys.ts';
import { testNetwork } from '../../support/network.ts';
import { parametersProofOf } from '../../support/parameters-proof.ts';

const network = testNetwork();
const voter = keyPair('sdk/voter');
const FEE = '100001';
let before: WireParametersProof;
let proof: WireParametersProof;

beforeAll(async () => {
  const chain = new TestChain(network);
  await chain.seal([chain.fund(network.key('alice'), 5_000n)]);
  before = parametersProofOf(chain);
  await sealChange(chain, 'baseFeeZhi', FEE);
  proof = parametersProofOf(chain);
});

/** Sends a transfer to a network that asks for `fee`; the fees that were paid, and how often a proof was asked for. */
async function paid(fee: string, served: WireParametersProof | undefined, baseFeeMaxZhi?: bigint) {
  const fees: bigint[] = [];
  let proofs = 0;
  const answers: Record<string, unknown> = {
    '/v1/genesis': { hash: Buffer.from(network.hash).toString('hex'), genesis: base64.encode(network.bytes) },
    '/v1/chain': { tip: { height: '9' }, baseFeeZhi: fee },
  };
  const fetcher = (async (input, init) => {
    const { pathname } = new URL(String(input));
    if (pathname === '/v1/parameters/proof') {
      proofs++;
      return served ? Response.json(served) : Response.json({ number: 106 }, { status: 404 });
    }
    if (pathname !== '/v1/transactions')
      return Response.json(answers[pathname] ?? { nextNonce: '0', homeRegion: 'weur' });
    const text = new TextDecoder().decode(await new Response(init?.body as BodyInit).arrayBuffer());
    const bytes = base64.decode((JSON.parse(text) as { transaction: string }).transaction);
    const parsed = parseTransaction(bytes, network.hash);
    if (parsed.ok) fees.push(parsed.value.feeZhi);
    return Response.json({
      status: 'applied',
      code: null,
      entries: [0],
      height: '10',
    } satisfies Partial<WireTransaction>);
  }) as typeof fetch;
  const client = createClient({
    url: 'https://x.example',
    fetch: fetcher,
    account: accountOfSeed(voter.seed),
    ...(baseFeeMaxZhi === undefined ? {} : { baseFeeMaxZhi }),
  });
  let refused: string | undefined;
  for (let i = 0; i < 2; i++) {
    await client.transfer(voter.address, 1n as Zhi).catch((error: Error) => {
      refused = error.name;
    });
  }
  return { fees, proofs, refused };
}

it('is paid once it is proven, and asked for once', async () => {
  expect(await paid(FEE, proof)).toEqual({ fees: [100_001n, 100_001n], proofs: 1, refused: undefined });
});

it('is not asked for where the fee is within the bound', async () => {
  expect(await paid('100000', undefined)).toEqual({ fees: [100_000n, 100_000n], proofs: 0, refused: undefined });
});

it('is not paid above what is proven, by another proof, or by none', async () => {
  const nothing = { fees: [], proofs: 2, refused: 'UntrustedError' };
  expect(await paid('100002', proof)).toEqual(nothing);
  expect(await paid(FEE, before)).toEqual(nothing);
  expect(await paid(FEE, { ...before, record: proof.record })).toEqual(nothing);
  expect(await paid(FEE, { ...proof, certificate: before.certificate })).toEqual(nothing);
  expect(await paid(FEE, { ...proof, header: 'AA==' })).toEqual(nothing);
  expect(await paid(FEE, undefined)).toEqual(nothing);
});

it('is not asked for where the caller has said how much', async () => {
  expect(await paid(FEE, proof, 100_000n)).toEqual({ fees: [], proofs: 0, refused: 'UntrustedError' });
});
