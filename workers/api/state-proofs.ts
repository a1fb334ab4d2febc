/** Proofs of the state: what one needs to trust no answer about a balance. */
import { z } from '@hono/zod-openapi';
import { base64 } from '@scure/base';
import type { CertifiedProof } from '../../durable-objects/region/rpc.ts';
import { addressOf } from '../../protocol/address.ts';
import { decodeHeader } from '../../protocol/block/header.ts';
import type { Failure } from '../../protocol/errors.ts';
import { regionOf } from '../../protocol/regions.ts';
import { decodeAccount } from '../../protocol/state/account.ts';
import type { WireAccountProof, WireStateProof, WireSupplyProof } from '../../protocol/wire.ts';
import { regionStub } from '../env.ts';
import { networkOf } from '../network.ts';
import { addOperation } from './add-operation.ts';
import type { Api, ApiContext } from './context.ts';
import { account } from './fields.ts';
import { accountProofSchema, supplyProofSchema } from './schemas.ts';

export function addStateProofs(api: Api): void {
  addOperation(
    api,
    {
      id: 'proveAccount',
      method: 'get',
      path: '/v1/accounts/{address}/proof',
      tag: 'Accounts',
      summary: 'The account as of the last final block, or its absence, proven against that block’s state root',
      params: z.strictObject({ address: account }),
      answers: { 200: { description: 'Value, proof, header and certificate', schema: accountProofSchema } },
      refuses: ['not_found', 'consensus_stalled'],
    },
    (c, { params }) => accountProof(c, params.address),
  );
  addOperation(
    api,
    {
      id: 'proveSupply',
      method: 'get',
      path: '/v1/supply/proof',
      tag: 'Chain',
      summary: 'The sum of all balances, proven from the hash of the state root alone',
      answers: { 200: { description: 'Supply, proof, header and certificate', schema: supplyProofSchema } },
      refuses: ['not_found', 'consensus_stalled'],
    },
    (c) => supplyProof(c),
  );
}

const wireProof = ({ height, header, certificate, proof }: CertifiedProof): WireStateProof => ({
  height: height.toString(),
  header: base64.encode(header),
  certificate: base64.encode(certificate),
  proof: base64.encode(proof),
});

/** The region that proposes has the state's tree. */
async function proposer(c: ApiContext) {
  const { genesis } = await networkOf(c.env);
  return regionStub(c.env, regionOf(genesis.sequencerRegion));
}

async function accountProof(c: ApiContext, address: Uint8Array): Promise<Response | Failure> {
  const proven = await (await proposer(c)).proveAccount(address);
  if (!proven.ok) return proven;
  const held = proven.value.leaf ? decodeAccount(proven.value.leaf) : undefined;
  return Response.json({
    ...wireProof(proven.value),
    address: addressOf(address),
    account: held
      ? {
          balanceZhi: held.balanceZhi.toString(),
          nonce: held.nonce.toString(),
          homeRegion: regionOf(held.homeRegion),
        }
      : null,
  } satisfies WireAccountProof);
}

async function supplyProof(c: ApiContext): Promise<Response | Failure> {
  const proven = await (await proposer(c)).proveSupply();
  if (!proven.ok) return proven;
  const { supplyZhi } = decodeHeader(proven.value.header);
  return Response.json({ ...wireProof(proven.value), supplyZhi: supplyZhi.toString() } satisfies WireSupplyProof);
}
