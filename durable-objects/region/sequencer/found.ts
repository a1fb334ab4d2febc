/**
 * Founds the network: reads the terms of protocol/genesis.json, collects the public keys of all regions' roles, writes the genesis,
 * and lets D1 decide who was first.
 */

import { type Founding, type FoundingTerms, genesisOf } from '../../../protocol/found-genesis.ts';
import genesisFile from '../../../protocol/genesis.json' with { type: 'json' };
import { encodeGenesis, genesisFault } from '../../../protocol/genesis.ts';
import { foundingTerms } from '../../../protocol/genesis-file.ts';
import { DEFAULT_REGION, REGIONS, type Region } from '../../../protocol/regions.ts';
import { initialState } from '../../../protocol/state/initial.ts';
import type { UnixMs } from '../../../protocol/units.ts';
import { parseBeneficiaries } from '../../../protocol/vesting.ts';
import type { RegionContext } from '../context.ts';
import type { RegionPublicKeys } from '../keyring.ts';

function termsOf(context: RegionContext): FoundingTerms {
  const terms = foundingTerms(genesisFile, context.isDevelopment ? 'development' : 'production');
  if (!terms.ok) throw new Error(`protocol/genesis.json: ${terms.evidence}`);
  return terms.value;
}

async function foundingOf(context: RegionContext, { seats }: FoundingTerms, nowMs: number): Promise<Founding> {
  const keys = new Map<Region, RegionPublicKeys>();
  for (const region of REGIONS) {
    const asked = region === DEFAULT_REGION ? context.keyring : context.peer(region);
    keys.set(region, await asked.publicKeys(seats.get(region) ?? 0));
  }
  const { HOSTED_RATE, BENEFICIARIES } = context.env;
  return {
    createdMs: BigInt(nowMs) as UnixMs,
    faucet: context.keyring.publicKey('faucet'),
    webhook: context.keyring.publicKey('webhook'),
    log: context.keyring.publicKey('log'),
    beneficiaries: parseBeneficiaries(BENEFICIARIES ?? ''),
    rateCyclesPerSecond: HOSTED_RATE === undefined ? undefined : BigInt(HOSTED_RATE),
    keysOf: (region) => keys.get(region) as RegionPublicKeys,
  };
}

/** Canonical bytes of the network's genesis, founded now if there was none. Idempotent under concurrent calls and crashes. */
export async function foundNetwork(context: RegionContext, nowMs: number): Promise<Uint8Array> {
  const existing = await context.ledger.genesis();
  if (existing) return existing;
  const terms = termsOf(context);
  const genesis = genesisOf(terms, await foundingOf(context, terms, nowMs));
  // The file was checked; what the deployment says over it is not in the file.
  const fault = genesisFault(genesis);
  if (fault) throw new Error(`no network is founded: ${fault}`);
  return context.ledger.start(encodeGenesis(genesis), initialState(genesis).accounts());
}
