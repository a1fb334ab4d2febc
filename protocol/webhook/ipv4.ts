/**
 * IPv4 addresses in every spelling that the URL standard knows (decimal, hexadecimal, octal, one to four parts, a trailing
 * dot), and which of them are not public.
 * Sources: url.spec.whatwg.org "IPv4 parser"; the IANA IPv4 special-purpose address registry.
 */

const U32 = 2 ** 32;
const PARTS_MAX = 4;

/** A part's value, or undefined when it is no number: `0x7f`, `0177` and `127` are one value. */
function partValue(part: string): number | undefined {
  if (/^0x[0-9a-f]*$/i.test(part)) return part.length === 2 ? 0 : Number.parseInt(part.slice(2), 16);
  if (/^0[0-7]+$/.test(part)) return Number.parseInt(part, 8);
  // `08` and `09` have no reading that all parsers share; they are not taken for a name either.
  return /^(0|[1-9]\d*)$/.test(part) ? Number(part) : undefined;
}

/**
 * The address as an unsigned 32-bit number; `malformed` for a host that ends in a number, which no name may, and is no
 * address; undefined for a host that is a name.
 */
export function parseIpv4(host: string): number | 'malformed' | undefined {
  const parts = host.split('.');
  if (parts.length > 1 && parts.at(-1) === '') parts.pop();
  const last = parts.at(-1) as string;
  if (!/^(\d+|0x[0-9a-f]*)$/i.test(last)) return undefined;
  const values = parts.map(partValue);
  if (values.length > PARTS_MAX || values.some((value) => value === undefined)) return 'malformed';
  const numbers = values as number[];
  const tail = numbers.pop() as number;
  // The last part fills all bytes that the others leave: 127.1 is 127.0.0.1.
  if (tail >= 256 ** (PARTS_MAX - numbers.length) || numbers.some((value) => value > 255)) return 'malformed';
  return numbers.reduce((sum, value, i) => sum + value * 256 ** (PARTS_MAX - 1 - i), tail);
}

type Block = readonly [base: string, bits: number, kind: string];

const NOT_PUBLIC: readonly Block[] = [
  ['0.0.0.0', 8, 'unspecified'],
  ['10.0.0.0', 8, 'private'],
  ['100.64.0.0', 10, 'carrier NAT'],
  ['127.0.0.0', 8, 'loopback'],
  ['168.63.129.16', 32, 'cloud metadata'],
  ['169.254.0.0', 16, 'link-local'],
  ['172.16.0.0', 12, 'private'],
  ['192.0.0.0', 24, 'reserved'],
  ['192.0.2.0', 24, 'documentation'],
  ['192.88.99.0', 24, '6to4 relay'],
  ['192.168.0.0', 16, 'private'],
  ['198.18.0.0', 15, 'benchmarking'],
  ['198.51.100.0', 24, 'documentation'],
  ['203.0.113.0', 24, 'documentation'],
  ['224.0.0.0', 4, 'multicast'],
  ['240.0.0.0', 4, 'reserved'],
];

const BLOCKS = NOT_PUBLIC.map(([base, bits, kind]) => {
  const address = parseIpv4(base);
  if (typeof address !== 'number') throw new Error(`${base} is no address`);
  return { base: address, size: 2 ** (32 - bits), kind };
});

/** Why an address (0 <= address < 2^32) is not a public one, or undefined. */
export function ipv4Fault(address: number): string | undefined {
  if (!Number.isInteger(address) || address < 0 || address >= U32) throw new RangeError(`no IPv4 address: ${address}`);
  return BLOCKS.find(({ base, size }) => address >= base && address < base + size)?.kind;
}
