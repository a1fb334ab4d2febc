/** /v1/supply: where the supply is after the last final block, with what proves it. */
import { z } from '@hono/zod-openapi';
import { base64 } from '@scure/base';
import type { SystemAccountsProof } from '../../durable-objects/region/rpc.ts';
import { addressOf, SYSTEM_ACCOUNT, SYSTEM_ACCOUNT_NAMES, type SystemAccountName } from '../../protocol/address.ts';
import { decodeHeader } from '../../protocol/block/header.ts';
import type { Failure, Result } from '../../protocol/errors.ts';
import { type Supply, supplyFrom, supplyPlaceOf } from '../../protocol/money/supply.ts';
import type { WireSupply } from '../../protocol/money/wire-supply.ts';
import { regionOf } from '../../protocol/regions.ts';
import { type Account, decodeAccount } from '../../protocol/state/account.ts';
import { initialState } from '../../protocol/state/initial.ts';
import { SUPPLY_ZHI } from '../../protocol/units.ts';
import { type Env, regionStub } from '../env.ts';
import { type Network, networkOf } from '../network.ts';
import { addOperation } from './add-operation.ts';
import type { Api, ApiContext } from './context.ts';
import { addressText, base64Text, decimalText, regionName } from './fields.ts';

const supplySchema = z
  .object({
    height: decimalText,
    supplyZhi: decimalText,
    mintedZhi: decimalText.openapi({ description: 'With users, and with what the rules hold for them' }),
    unmintedZhi: decimalText.openapi({ description: 'In the miner pool and the grants’ funds' }),
    burnedZhi: decimalText,
    accounts: z.array(
      z.object({
        name: z.enum(SYSTEM_ACCOUNT_NAMES),
        address: addressText,
        place: z.enum(['minted', 'unminted', 'burned']),
        balanceZhi: decimalText,
        nonce: decimalText,
        homeRegion: regionName,
        proof: base64Text.nullable(),
      }),
    ),
    header: base64Text.nullable(),
    certificate: base64Text.nullable(),
    proof: base64Text.nullable().openapi({ description: 'Of the supply. All four are null before the first block' }),
  })
  .openapi('Supply') satisfies z.ZodType<WireSupply>;

export function addSupply(api: Api): void {
  addOperation(
    api,
    {
      id: 'getSupply',
      method: 'get',
      path: '/v1/supply',
      tag: 'Chain',
      summary:
        'Minted, not yet minted and burned, which sum to the supply: proven, every system account, in one final block',
      answers: { 200: { description: 'The supply', schema: supplySchema } },
      refuses: ['consensus_stalled'],
    },
    (c) => supply(c),
  );
}

/** Some fifteen proofs, all of the object that seals: once in this time, for as many as ask. */
const KEPT_MS = 1_000;
const kept = new WeakMap<Env, { readonly readMs: number; readonly found: WireSupply }>();

async function supply(c: ApiContext): Promise<Response | Failure> {
  const nowMs = Date.now();
  const known = kept.get(c.env);
  if (known && nowMs - known.readMs < KEPT_MS) return Response.json(known.found);
  const network = await networkOf(c.env);
  const { genesis } = network;
  const proven: Result<SystemAccountsProof> = await regionStub(
    c.env,
    regionOf(genesis.sequencerRegion),
  ).proveSystemAccounts();
  if (!proven.ok && proven.code !== 'not_found') return proven;
  const found = proven.ok ? provenSupply(proven.value) : supplyOfGenesis(network);
  kept.set(c.env, { readMs: nowMs, found });
  return Response.json(found);
}

function provenSupply({ height, header, certificate, proof, accounts }: SystemAccountsProof): WireSupply {
  const held = SYSTEM_ACCOUNT_NAMES.map((name, i) => {
    const { leaf, proof: path } = accounts[i] as SystemAccountsProof['accounts'][number];
    return wireAccount(name, decodeAccount(leaf), path);
  });
  return {
    height: height.toString(),
    ...wirePlaces(decodeHeader(header).supplyZhi, held),
    accounts: held,
    header: base64.encode(header),
    certificate: base64.encode(certificate),
    proof: base64.encode(proof),
  };
}

/** No block is final yet: what the genesis says is the state, and its hash is the proof. */
function supplyOfGenesis({ genesis }: Network): WireSupply {
  const state = initialState(genesis);
  const held = SYSTEM_ACCOUNT_NAMES.map((name) =>
    wireAccount(name, state.account(SYSTEM_ACCOUNT[name]) as Account, undefined),
  );
  const none = { header: null, certificate: null, proof: null };
  return { height: '0', ...wirePlaces(SUPPLY_ZHI, held), accounts: held, ...none };
}

type WireHeld = WireSupply['accounts'][number];

function wireAccount(name: SystemAccountName, account: Account, proof: Uint8Array | undefined): WireHeld {
  return {
    name,
    address: addressOf(SYSTEM_ACCOUNT[name]),
    place: supplyPlaceOf(name),
    balanceZhi: account.balanceZhi.toString(),
    nonce: account.nonce.toString(),
    homeRegion: regionOf(account.homeRegion),
    proof: proof ? base64.encode(proof) : null,
  };
}

function wirePlaces(supplyZhi: bigint, held: readonly WireHeld[]) {
  const places: Supply = supplyFrom((name) => BigInt(held.find((one) => one.name === name)?.balanceZhi ?? '0'));
  return {
    supplyZhi: supplyZhi.toString(),
    mintedZhi: places.mintedZhi.toString(),
    unmintedZhi: places.unmintedZhi.toString(),
    burnedZhi: places.burnedZhi.toString(),
  };
}
