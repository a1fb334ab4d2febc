/** The token's unit and ours. The ERC20 has 18 decimals and HAI has 8, so a zhi is 10^10 of the token's smallest unit. */
import { SUPPLY_ZHI, type Zhi } from '../units.ts';

export const WEI_PER_ZHI = 10_000_000_000n;

export const zhiToWei = (amountZhi: Zhi): bigint => amountZhi * WEI_PER_ZHI;

/** Undefined for whatever is not a whole number of zhi between nothing and the supply: nothing is ever rounded. */
export function weiToZhi(amountWei: bigint): Zhi | undefined {
  if (amountWei < 0n || amountWei % WEI_PER_ZHI !== 0n) return undefined;
  const amountZhi = amountWei / WEI_PER_ZHI;
  return amountZhi <= SUPPLY_ZHI ? (amountZhi as Zhi) : undefined;
}
