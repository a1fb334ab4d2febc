/** Proofs of the state: what one needs to trust no answer about a balance. */
import { z } from '@hono/zod-openapi';
import { bytesToHex } from '@noble/hashes/utils.js';
import { base64 } from '@scure/base';
import { accountPlace, orderPlace } from '../../durable-objects/region/sequencer/state-place.ts';
import { addressOf } from '../../protocol/address.ts';
import { decodeHeader } from '../../protocol/block/header.ts';
import type { Failure } from '../../protocol/errors.ts';
import { decodeOrderRecord } from '../../protocol/order/record.ts';
import { regionOf } from '../../protocol/regions.ts';
import { decodeAccount } from '../../protocol/state/account.ts';
import type { WireAccountProof, WireOrderProof, WireSupplyProof } from '../../protocol/wire.ts';
import { addOperation } from './add-operation.ts';
import type { Api, ApiContext } from './context.ts';
import { account, hash32 } from './fields.ts';
import { proposerStub, wireProof } from './proposer.ts';
import { accountProofSchema, orderProofSchema, supplyProofSchema } from './schemas.ts';

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
      id: 'proveOrder',
      method: 'get',
      path: '/v1/orders/{id}/proof',
      tag: 'Orders',
      summary:
        'The chain’s record of the order as of the last final block, or its absence, proven against that block’s state root',
      params: z.strictObject({ id: hash32 }),
      answers: { 200: { description: 'Record, proof, header and certificate', schema: orderProofSchema } },
      refuses: ['not_found', 'consensus_stalled'],
    },
    (c, { params }) => orderProof(c, params.id),
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

async function accountProof(c: ApiContext, address: Uint8Array): Promise<Response | Failure> {
  const proven = await (await proposerStub(c.env)).proveState(accountPlace(address));
  if (!proven.ok) return proven;
  const held = proven.value.value ? decodeAccount(proven.value.value) : undefined;
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
  const proven = await (await proposerStub(c.env)).proveSupply();
  if (!proven.ok) return proven;
  const { supplyZhi } = decodeHeader(proven.value.header);
  return Response.json({ ...wireProof(proven.value), supplyZhi: supplyZhi.toString() } satisfies WireSupplyProof);
}

async function orderProof(c: ApiContext, id: Uint8Array): Promise<Response | Failure> {
  const proven = await (await proposerStub(c.env)).proveState(orderPlace(id));
  if (!proven.ok) return proven;
  const { value } = proven.value;
  return Response.json({
    ...wireProof(proven.value),
    order: bytesToHex(id),
    state: value ? decodeOrderRecord(value).state : null,
    record: value ? base64.encode(value) : null,
  } satisfies WireOrderProof);
}
