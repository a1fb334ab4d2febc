/** How numbers, names and times are written on the page. Pure. */
import { ZHI_PER_HAI } from '../../protocol/units.ts';

const HASH_CHARACTERS = 8;

/** "3f9a41c2…": enough to tell two apart by eye, never enough to rely on. */
export const shortHash = (hex: string): string => `${hex.slice(0, HASH_CHARACTERS)}…`;

/** "hai1qxyz…9k2m". */
export const shortAddress = (address: string): string => `${address.slice(0, 9)}…${address.slice(-4)}`;

/** "1,234,567": digits in groups of three, for any length. */
export const grouped = (amount: bigint | number | string): string =>
  amount.toString().replace(/\B(?=(\d{3})+(?!\d))/g, ',');

/** "1,234.5": HAI without the zeros at the end, nothing rounded. */
export function hai(zhi: bigint | string): string {
  const amount = BigInt(zhi);
  const whole = grouped(amount / ZHI_PER_HAI);
  const rest = (amount % ZHI_PER_HAI).toString().padStart(8, '0').replace(/0+$/, '');
  return rest === '' ? whole : `${whole}.${rest}`;
}

/** "12 ms", "3.4 s": what a reader of a clock wants. */
export function duration(ms: number | bigint): string {
  const value = Number(ms);
  return value < 1000 ? `${Math.round(value)} ms` : `${(value / 1000).toFixed(value < 10_000 ? 2 : 1)} s`;
}

/** "97.5 %". */
export const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;
