/** What each system account must hold, from the records that say what is held for whom. */
import { bytesToHex } from '@noble/hashes/utils.js';
import { SYSTEM_ACCOUNT, type SystemAccountName } from '../../protocol/address.ts';
import { isFinished } from '../../protocol/order/lifecycle.ts';
import { batches } from '../../protocol/record/batch.ts';
import { bondOf, weightOf } from '../../protocol/record/bond.ts';
import { reservations } from '../../protocol/record/reservation.ts';
import type { Overlay } from '../../protocol/state/overlay.ts';

function sumOf<T>(items: readonly T[], of: (item: T) => bigint): bigint {
  return items.reduce((sum, item) => sum + of(item), 0n);
}

/** `state` is the whole of it. */
export function heldFor(state: Overlay): Partial<Record<SystemAccountName, bigint>> {
  const keysOf = (kind: string) => state.records().flatMap((one) => (one.kind === kind ? [one.key] : []));
  return {
    escrow: sumOf(state.orders(), ({ value }) => (isFinished(value.state) ? 0n : value.priceLimitZhi)),
    batches: sumOf(keysOf('batch'), (key) => batches.read(state, key)?.heldZhi ?? 0n),
    reservations: sumOf(keysOf('reservation'), (key) => {
      const found = reservations.read(state, key);
      return found && !found.closed ? found.priceZhi : 0n;
    }),
    bonds: sumOf(keysOf('bond'), (key) => {
      const { bondedZhi, unbonding } = bondOf(state, key);
      return bondedZhi + sumOf(unbonding, ({ amountZhi }) => amountZhi);
    }),
  };
}

/** The faults in the books of a whole state: system accounts that hold another sum, candidates of another weight. */
export function bookFaults(state: Overlay): string[] {
  const faults: string[] = [];
  for (const [name, held] of Object.entries(heldFor(state))) {
    const balance = state.account(SYSTEM_ACCOUNT[name as SystemAccountName])?.balanceZhi;
    if (balance !== held) faults.push(`${name} has ${balance} and holds ${held}`);
  }
  const weights = new Map<string, bigint>();
  for (const { kind, key } of state.records()) {
    const { candidate, bondedZhi } = bondOf(state, key);
    if (kind !== 'bond' || !candidate) continue;
    const id = bytesToHex(candidate);
    weights.set(id, (weights.get(id) ?? 0n) + bondedZhi);
  }
  for (const { kind, key } of state.records()) {
    if (kind !== 'tally') continue;
    const expected = weights.get(bytesToHex(key)) ?? 0n;
    if (weightOf(state, key) !== expected) faults.push(`a candidate weighs ${weightOf(state, key)}, not ${expected}`);
  }
  return faults;
}
