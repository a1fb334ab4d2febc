/**
 * The nine regions: Cloudflare's nine location hints. A region's number is what blocks and accounts carry.
 * Source: developers.cloudflare.com/durable-objects/reference/data-location.
 */
export const REGIONS = ['wnam', 'enam', 'sam', 'weur', 'eeur', 'apac', 'oc', 'afr', 'me'] as const;
export type Region = (typeof REGIONS)[number];

export function regionNumber(region: Region): number {
  return REGIONS.indexOf(region);
}

export function regionOf(number: number): Region {
  const region = REGIONS[number];
  if (region === undefined) throw new RangeError(`no region ${number}`);
  return region;
}

/** Longitude and latitude of each region's centre of population, degrees, rounded: for distance ranking only. */
const CENTRE: Record<Region, readonly [number, number]> = {
  wnam: [-118, 37],
  enam: [-78, 40],
  sam: [-50, -20],
  weur: [3, 49],
  eeur: [25, 50],
  apac: [110, 25],
  oc: [148, -34],
  afr: [25, -5],
  me: [50, 26],
};

/**
 * Squared distance on an equirectangular map, whole degrees: integers, so that every machine ranks alike. It ranks regions;
 * it does not measure kilometres.
 */
export function regionDistance(a: number, b: number): number {
  const [lonA, latA] = CENTRE[regionOf(a)];
  const [lonB, latB] = CENTRE[regionOf(b)];
  const span = Math.abs(lonA - lonB);
  const dLon = Math.min(span, 360 - span);
  const dLat = latA - latB;
  return dLon * dLon + dLat * dLat;
}

const BY_CONTINENT: Record<string, Region> = { SA: 'sam', OC: 'oc', AF: 'afr', AS: 'apac' };
/** ISO 3166 codes of the countries that Cloudflare's `me` hint serves. */
const MIDDLE_EAST = new Set('AE BH CY EG IL IQ IR JO KW LB OM PS QA SA SY TR YE'.split(' '));
const EASTERN_EUROPE = new Set('AL BA BG BY CZ EE FI GR HR HU LT LV MD ME MK PL RO RS RU SI SK UA'.split(' '));
/** Mississippi, roughly: the boundary between western and eastern North America. */
const NORTH_AMERICA_SPLIT_LONGITUDE = -95;
export const DEFAULT_REGION: Region = 'weur';

/** The region that serves a request, from what `request.cf` says of it. Unknown places go to the default. */
export function regionOfPlace(place: { continent?: string; country?: string; longitude?: string }): Region {
  const { continent, country = '', longitude } = place;
  if (MIDDLE_EAST.has(country)) return 'me';
  if (continent === 'NA') return Number(longitude ?? '0') < NORTH_AMERICA_SPLIT_LONGITUDE ? 'wnam' : 'enam';
  if (continent === 'EU') return EASTERN_EUROPE.has(country) ? 'eeur' : 'weur';
  return BY_CONTINENT[continent ?? ''] ?? DEFAULT_REGION;
}
