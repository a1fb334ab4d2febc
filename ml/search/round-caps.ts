/** Which picks of a round all fit into what there is, and their caps: each at least what it is expected to keep. */
import { type Costs, larger, type Pick, smaller } from './costs.ts';

/** Cycles of a round's trials. */
export interface Purse {
  readonly room: bigint;
  /**
   * Until a trial is done: what pays trials and the refit of one of them. Whichever is the only one to be done must leave enough for
   * its refit, when all others have met their caps.
   */
  readonly ending?: bigint;
}

const sumOf = (cycles: readonly bigint[]): bigint => cycles.reduce((sum, cap) => sum + cap, 0n);

function fits(costs: Costs, picks: readonly Pick[], caps: readonly bigint[], { room, ending }: Purse): boolean {
  const sum = sumOf(caps);
  if (sum > room) return false;
  if (ending === undefined) return true;
  const refit = picks.map((pick, i) => costs.refitAfter(pick, caps[i] as bigint)).reduce(larger, 0n);
  return sum + refit <= ending;
}

/** `chosen`, and of `picks`, in their order, those that fit beside them with their least caps; `most` of all. */
export function admitted(
  costs: Costs,
  chosen: readonly Pick[],
  picks: readonly Pick[],
  most: number,
  purse: Purse,
): Pick[] {
  const all = [...chosen];
  const caps = all.map((pick) => costs.least(pick));
  for (const pick of picks) {
    if (all.length >= most) break;
    const least = costs.least(pick);
    if (!fits(costs, [...all, pick], [...caps, least], purse)) continue;
    all.push(pick);
    caps.push(least);
  }
  return all;
}

/** Their least caps, and what is left over in equal shares, as far as a trial may have use for it. `picks` were admitted. */
function dealtCaps(costs: Costs, picks: readonly Pick[], { room, ending }: Purse): bigint[] {
  const caps = picks.map((pick) => costs.least(pick));
  picks.forEach((pick, i) => {
    const least = caps[i] as bigint;
    const others = sumOf(caps) - least;
    const fair = least + (room - others - least) / BigInt(picks.length - i);
    const bounds = [costs.most(pick), fair];
    if (ending !== undefined) {
      const refits = picks.map((other, j) => (j === i ? 0n : costs.refitAfter(other, caps[j] as bigint)));
      bounds.push(ending - others - refits.reduce(larger, 0n), costs.capWithRefit(pick, ending - others));
    }
    // Rounding apart, no bound is below the least cap: it was admitted.
    caps[i] = larger(least, bounds.reduce(smaller));
  });
  return caps;
}

export type CappedPick = Pick & { readonly cap: bigint };

export function withCaps(costs: Costs, picks: readonly Pick[], purse: Purse): CappedPick[] {
  const caps = dealtCaps(costs, picks, purse);
  return picks.map((pick, i) => ({ ...pick, cap: caps[i] as bigint }));
}
