/** The network that this deployment serves: its genesis, from the ledger, founded on the first request ever. */
import { openLedger } from '../ledger/d1.ts';
import { decodeGenesis, type Genesis, genesisHash } from '../protocol/genesis.ts';
import type { Hash } from '../protocol/hash.ts';
import { DEFAULT_REGION } from '../protocol/regions.ts';
import { type Env, isDevelopment, regionStub } from './env.ts';

export interface Network {
  readonly genesis: Genesis;
  readonly hash: Hash;
  /** Canonical. */
  readonly bytes: Uint8Array;
}

/** A genesis is for ever, so an isolate reads it once. The value is kept and not the promise: a promise dies with its request. */
let known: Network | undefined;

export async function networkOf(env: Env): Promise<Network> {
  if (known) return known;
  const bytes = (await openLedger(env.DB).genesis()) ?? (await regionStub(env, DEFAULT_REGION).bootstrap());
  const genesis = decodeGenesis(bytes);
  known = { genesis, hash: genesisHash(genesis), bytes };
  return known;
}

/** The binding and the genesis must both say so: a production genesis stays closed whatever the binding says. */
export async function isDevelopmentNetwork(env: Env): Promise<boolean> {
  return isDevelopment(env) && (await networkOf(env)).genesis.profile === 'development';
}

/** For a process that outlives its network: local runs and tests that empty the storage. */
export function forgetNetwork(): void {
  known = undefined;
}
