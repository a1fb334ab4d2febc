/**
 * Where the supply is. Every zhi is in one of three places, and their sum never changes:
 *
 * - not yet minted: in the miner pool and the grants' funds. No rule pays into them, so what leaves them is minted for ever;
 * - burned: with the burned account, which no rule pays out of;
 * - minted: with everybody else: users, and what the rules hold for them (escrow, bonds, batches, reservations, seat pool, swap).
 */
import { SYSTEM_ACCOUNT, SYSTEM_ACCOUNT_NAMES, type SystemAccountName } from '../address.ts';
import { allocatedTo, type Genesis } from '../genesis.ts';
import { SUPPLY_ZHI, type Zhi } from '../units.ts';

export const UNMINTED_ACCOUNTS = [
  'minerPool',
  'vesting',
  'founders',
  'devAndOps',
  'foundation',
  'operationsTeam',
  'marketing',
] as const satisfies readonly SystemAccountName[];

export type SupplyPlace = 'minted' | 'unminted' | 'burned';

const unminted: ReadonlySet<SystemAccountName> = new Set(UNMINTED_ACCOUNTS);

export function supplyPlaceOf(name: SystemAccountName): SupplyPlace {
  if (name === 'burned') return 'burned';
  return unminted.has(name) ? 'unminted' : 'minted';
}

/** Sums to the supply. */
export interface Supply {
  readonly mintedZhi: Zhi;
  readonly unmintedZhi: Zhi;
  readonly burnedZhi: Zhi;
}

/** Of what the system accounts hold; whatever they do not is minted. Throws when they hold more than there is. */
export function supplyFrom(balanceZhiOf: (name: SystemAccountName) => bigint): Supply {
  const sum = (place: SupplyPlace) =>
    SYSTEM_ACCOUNT_NAMES.filter((name) => supplyPlaceOf(name) === place).reduce(
      (total, name) => total + balanceZhiOf(name),
      0n,
    );
  const unmintedZhi = sum('unminted') as Zhi;
  const burnedZhi = sum('burned') as Zhi;
  const mintedZhi = (SUPPLY_ZHI - unmintedZhi - burnedZhi) as Zhi;
  if (mintedZhi < 0n) throw new Error('the system accounts hold more than the supply');
  return { mintedZhi, unmintedZhi, burnedZhi };
}

/** Before the first block. */
export const genesisSupply = (genesis: Pick<Genesis, 'allocations'>): Supply =>
  supplyFrom((name) => allocatedTo(genesis, SYSTEM_ACCOUNT[name]));

/** What a header says of its own block. */
export interface SupplyChange {
  readonly mintedZhi: Zhi;
  readonly burnedZhi: Zhi;
}

/**
 * After a block, from before it: whoever adds the headers up from the genesis on knows where the supply is after each. Undefined
 * when the block mints what is no longer there, or burns what was never minted.
 */
export function supplyAfter(before: Supply, block: SupplyChange): Supply | undefined {
  const unmintedZhi = before.unmintedZhi - block.mintedZhi;
  const mintedZhi = before.mintedZhi + block.mintedZhi - block.burnedZhi;
  if (unmintedZhi < 0n || mintedZhi < 0n) return undefined;
  const burnedZhi = before.burnedZhi + block.burnedZhi;
  return { mintedZhi: mintedZhi as Zhi, unmintedZhi: unmintedZhi as Zhi, burnedZhi: burnedZhi as Zhi };
}
