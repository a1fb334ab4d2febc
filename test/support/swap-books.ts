/** What the records of the swap say against each other, and against the account that pays. */
import { SYSTEM_ACCOUNT } from '../../protocol/address.ts';
import type { Genesis } from '../../protocol/genesis.ts';
import { equalBytes } from '../../protocol/hash.ts';
import { claimKey, outKey, readSet, readTotals, snapshotOf, swapClaims, swapOuts } from '../../protocol/record/swap.ts';
import type { Overlay } from '../../protocol/state/overlay.ts';
import { ONLY_KEY } from '../../protocol/state/record.ts';

/** `state` is the whole of it. */
export function swapFaults(state: Overlay, genesis: Genesis): string[] {
  const faults: string[] = [];
  const expect = (what: string, is: bigint, should: bigint) => {
    if (is !== should) faults.push(`${what}: ${is}, not ${should}`);
  };
  const keysOf = (kind: string) => state.records().flatMap((one) => (one.kind === kind ? [one.key] : []));
  const totals = readTotals(state, genesis);
  const claims = keysOf('swapClaim').flatMap((key) => {
    const claim = swapClaims.read(state, key);
    // A lock's claim stands under the lock too.
    return claim && equalBytes(key, claimKey(claim.set, claim.index)) ? [claim] : [];
  });
  const snapshot = snapshotOf(genesis);
  const registered = keysOf('swapSet').filter((key) => !equalBytes(key, ONLY_KEY));
  const roots = snapshot ? [...registered, snapshot.root] : registered;
  const sets = new Map(roots.map((root) => [String(root), { root, set: readSet(state, genesis, root) }]));
  let [promisedZhi, claimedZhi] = [0n, 0n];
  for (const { root, set } of sets.values()) {
    if (!set) continue;
    const own = claims.filter((claim) => equalBytes(claim.set, root));
    expect(
      'claimed of a set',
      set.claimedZhi,
      own.reduce((sum, { amountZhi }) => sum + amountZhi, 0n),
    );
    promisedZhi += set.totalZhi - set.claimedZhi;
    claimedZhi += set.claimedZhi;
  }
  expect('promised', totals.promisedZhi, promisedZhi);
  expect('claimed', totals.claimedZhi, claimedZhi);
  expect('swaps out', totals.outs, BigInt(keysOf('swapOut').length));
  let outZhi = 0n;
  for (let sequence = 0n; sequence < totals.outs; sequence++) {
    outZhi += swapOuts.read(state, outKey(sequence))?.amountZhi ?? 0n;
  }
  expect('swapped out', totals.outZhi, outZhi);
  const allocated = genesis.allocations.find(({ account }) => equalBytes(account, SYSTEM_ACCOUNT.swap))?.amount ?? 0n;
  const heldZhi = state.account(SYSTEM_ACCOUNT.swap)?.balanceZhi ?? 0n;
  expect('the swap account', heldZhi, allocated + outZhi - claimedZhi);
  if (heldZhi < promisedZhi) faults.push(`the swap account holds ${heldZhi} and owes ${promisedZhi}`);
  return faults;
}
