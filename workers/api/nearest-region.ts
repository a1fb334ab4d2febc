import type { Genesis } from '../../protocol/genesis.ts';
import { type Region, regionDistance, regionNumber, regionOf } from '../../protocol/regions.ts';

/** The region itself where the network has it, else the nearest that it has; ties go to the lower number. */
export function servedBy(genesis: Pick<Genesis, 'regions'>, region: Region): Region {
  const wanted = regionNumber(region);
  const distances = genesis.regions.map((roles) => ({
    region: roles.region,
    distance: regionDistance(wanted, roles.region),
  }));
  distances.sort((a, b) => a.distance - b.distance || a.region - b.region);
  const nearest = distances[0];
  if (!nearest) throw new Error('a network without regions');
  return regionOf(nearest.region);
}
