/**
 * IPv6 addresses, and which of them are not public. Only global unicast (2000::/3) is taken, so that loopback, unspecified,
 * unique-local, link-local, multicast, IPv4-mapped and NAT64 addresses need no rows of their own; the rows are what is
 * reserved inside it, and names for the refusals.
 * Sources: RFC 4291 section 2.2; the IANA IPv6 special-purpose address registry.
 */
import { parseIpv4 } from './ipv4.ts';

const GROUPS = 8;

function groupsOf(text: string): number[] | undefined {
  if (text === '') return [];
  const groups: number[] = [];
  const parts = text.split(':');
  for (const [i, part] of parts.entries()) {
    if (i === parts.length - 1 && part.includes('.')) {
      const address = /^\d+\.\d+\.\d+\.\d+$/.test(part) ? parseIpv4(part) : undefined;
      if (typeof address !== 'number') return undefined;
      groups.push(Math.floor(address / 65_536), address % 65_536);
    } else {
      if (!/^[0-9a-f]{1,4}$/i.test(part)) return undefined;
      groups.push(Number.parseInt(part, 16));
    }
  }
  return groups;
}

/** The address (without brackets or zone) as a 128-bit number, or undefined. */
export function parseIpv6(text: string): bigint | undefined {
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const [head, tail] = halves.map(groupsOf);
  if (head === undefined || (halves.length === 2 && tail === undefined)) return undefined;
  const missing = GROUPS - head.length - (tail?.length ?? 0);
  if (halves.length === 1 ? missing !== 0 : missing < 1) return undefined;
  const groups = [...head, ...Array.from({ length: missing }, () => 0), ...(tail ?? [])];
  return groups.reduce((sum, group) => (sum << 16n) | BigInt(group), 0n);
}

type Block = readonly [base: string, bits: number, kind: string];

const GLOBAL_UNICAST: Block = ['2000::', 3, 'global unicast'];

/** First match wins. */
const NOT_PUBLIC: readonly Block[] = [
  ['::1', 128, 'loopback'],
  ['::', 128, 'unspecified'],
  ['::ffff:0:0', 96, 'IPv4-mapped'],
  ['::ffff:0:0:0', 96, 'IPv4-translated'],
  ['::', 96, 'IPv4-compatible'],
  ['64:ff9b::', 96, 'NAT64'],
  ['64:ff9b:1::', 48, 'NAT64'],
  ['100::', 64, 'discard'],
  ['2001::', 32, 'Teredo'],
  ['2001::', 23, 'reserved'],
  ['2001:db8::', 32, 'documentation'],
  ['2002::', 16, '6to4'],
  ['3fff::', 20, 'documentation'],
  ['fc00::', 7, 'private'],
  ['fe80::', 10, 'link-local'],
  ['fec0::', 10, 'private'],
  ['ff00::', 8, 'multicast'],
];

function within(address: bigint, [base, bits]: Block): boolean {
  const start = parseIpv6(base);
  if (start === undefined) throw new Error(`${base} is no address`);
  return address >> BigInt(128 - bits) === start >> BigInt(128 - bits);
}

/** Why an address is not a public one, or undefined. */
export function ipv6Fault(address: bigint): string | undefined {
  const named = NOT_PUBLIC.find((block) => within(address, block));
  if (named) return named[2];
  return within(address, GLOBAL_UNICAST) ? undefined : 'reserved';
}
