/**
 * The genesis hash that the visitor pins: `#genesis=<64 hex digits>` in the address, as `npm start` prints it. A page that comes
 * from the network that it is to check can't vouch for it; without a pin the first genesis of the visit is taken, and said so.
 */
export function pinnedGenesis(fragment: string): string | undefined {
  return /^#(?:.*&)?genesis=([0-9a-f]{64})(?:&|$)/.exec(fragment)?.[1];
}
