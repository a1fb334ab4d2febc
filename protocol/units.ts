/**
 * Branded units and the conversions between them. Money, cycles and times never mix without a named one.
 *
 * - `Zhi`: money. 1 HAI = 10^8 zhi; the supply is 10^18 zhi < 2^63 for ever.
 * - `HpuCycles`: work, in cycles of the modelled 256 x 256 array.
 * - `BlockHeight`, `UnixMs`: bigint inside, decimal strings on the wire.
 */
export type Zhi = bigint & { readonly __unit: 'Zhi' };
export type HpuCycles = bigint & { readonly __unit: 'HpuCycles' };
export type BlockHeight = bigint & { readonly __unit: 'BlockHeight' };
export type UnixMs = bigint & { readonly __unit: 'UnixMs' };

export const ZHI_PER_HAI = 100_000_000n;
/** 10^10 HAI. Fits int64 and D1's CHECK(x BETWEEN 0 AND 10^18). */
export const SUPPLY_ZHI = 1_000_000_000_000_000_000n as Zhi;
const U64_MAX = (1n << 64n) - 1n;

export function zhi(n: bigint): Zhi {
  if (n < 0n || n > SUPPLY_ZHI) throw new RangeError(`zhi out of range: ${n}`);
  return n as Zhi;
}

export function hpuCycles(n: bigint): HpuCycles {
  if (n < 0n || n > U64_MAX) throw new RangeError(`cycles out of range: ${n}`);
  return n as HpuCycles;
}

export function blockHeight(n: bigint): BlockHeight {
  if (n < 0n || n > U64_MAX) throw new RangeError(`height out of range: ${n}`);
  return n as BlockHeight;
}

export function unixMs(n: bigint): UnixMs {
  if (n < 0n || n > U64_MAX) throw new RangeError(`time out of range: ${n}`);
  return n as UnixMs;
}

const CYCLES_PER_MCYCLE = 1_000_000n;

/**
 * Price of `cycles` at an ask per 10^6 cycles. Rounded up: the provider keeps the fraction of a zhi.
 * The product fits: cycles < 2^64 and ask <= 10^18 are multiplied as bigint.
 */
export function priceOf(cycles: HpuCycles, askZhiPerMcycle: Zhi): bigint {
  return (cycles * askZhiPerMcycle + CYCLES_PER_MCYCLE - 1n) / CYCLES_PER_MCYCLE;
}

/** Duration of `cycles` at a rate, in milliseconds, rounded up: a quote is never shorter than the work. */
export function durationMs(cycles: HpuCycles, rateCyclesPerSecond: bigint): bigint {
  return (cycles * 1000n + rateCyclesPerSecond - 1n) / rateCyclesPerSecond;
}

/** "12.34500000 HAI"; eight decimals, so that nothing is rounded. */
export function formatHai(amount: bigint): string {
  const sign = amount < 0n ? '-' : '';
  const abs = amount < 0n ? -amount : amount;
  return `${sign}${abs / ZHI_PER_HAI}.${(abs % ZHI_PER_HAI).toString().padStart(8, '0')} HAI`;
}

/** Parses "1.5" (HAI) to zhi; undefined when it is not a non-negative decimal with at most eight places. */
export function parseHai(text: string): Zhi | undefined {
  const match = /^(\d{1,11})(?:\.(\d{1,8}))?$/.exec(text);
  if (!match) return undefined;
  const amount = BigInt(match[1] ?? '0') * ZHI_PER_HAI + BigInt((match[2] ?? '').padEnd(8, '0'));
  return amount <= SUPPLY_ZHI ? (amount as Zhi) : undefined;
}
