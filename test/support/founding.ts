/** The terms of the genesis file that ships, as a test needs them. */
import type { Founding, FoundingTerms } from '../../protocol/found-genesis.ts';
import genesisFile from '../../protocol/genesis.json' with { type: 'json' };
import type { Genesis } from '../../protocol/genesis.ts';
import { foundingTerms } from '../../protocol/genesis-file.ts';
import type { UnixMs } from '../../protocol/units.ts';
import { keyPair } from './keys.ts';

export function shippedTerms(profile: Genesis['profile'] = 'production'): FoundingTerms {
  const terms = foundingTerms(genesisFile, profile);
  if (!terms.ok) throw new Error(terms.evidence);
  return terms.value;
}

/** The schedules without whom they pay. */
export const VESTING_TERMS: readonly Omit<Genesis['vesting'][number], 'beneficiary'>[] = shippedTerms().vesting.map(
  ({ beneficiary: _, ...schedule }) => schedule,
);

/** Keys that nobody holds. */
export function strangersFounding(terms: FoundingTerms): Founding {
  const key = (name: string) => keyPair(`genesis-file/${name}`).key;
  return {
    createdMs: 1n as UnixMs,
    faucet: key('faucet'),
    webhook: key('webhook'),
    log: key('log'),
    beneficiaries: new Map(),
    keysOf: (region) => ({
      seats: Array.from({ length: terms.seats.get(region) ?? 0 }, (_, i) => key(`${region}/${i}`)),
      searcher: key(`${region}/searcher`),
      checker: key(`${region}/checker`),
      checkerSealKey: key(`${region}/checker-seal`),
      provider: key(`${region}/provider`),
      providerSealKey: key(`${region}/provider-seal`),
    }),
  };
}
