import { expect, it } from 'vitest';
import { REGIONS, type Region, regionNumber } from '../../../protocol/regions.ts';
import { servedBy } from '../../../workers/api/nearest-region.ts';

const network = (...regions: Region[]) => ({
  regions: regions.map((region) => ({ region: regionNumber(region) })) as never,
});

it('serves a request where it is, when the network is there', () => {
  for (const region of REGIONS) expect(servedBy(network(...REGIONS), region)).toBe(region);
});

it.each([
  ['oc', 'apac'],
  ['me', 'weur'],
  ['sam', 'enam'],
  ['eeur', 'weur'],
] as const)('serves %s from %s, the nearest of four', (region, expected) => {
  expect(servedBy(network('wnam', 'enam', 'weur', 'apac'), region)).toBe(expected);
});

it('needs a network with regions', () => {
  expect(() => servedBy(network(), 'weur')).toThrow('without regions');
});
