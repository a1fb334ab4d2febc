/** Which keys hold a role. Genesis names them until registration opens. */
import type { Genesis, RegionRoles } from '../genesis.ts';
import { equalBytes } from '../hash.ts';

export function rolesOf(genesis: Genesis, region: number): RegionRoles | undefined {
  return genesis.regions.find((roles) => roles.region === region);
}

export function isSearcher(genesis: Genesis, region: number, key: Uint8Array): boolean {
  const roles = rolesOf(genesis, region);
  return roles !== undefined && equalBytes(roles.searcher, key);
}

export function isChecker(genesis: Genesis, region: number, key: Uint8Array): boolean {
  const roles = rolesOf(genesis, region);
  return roles !== undefined && equalBytes(roles.checker, key);
}
