/** What each region is told of a block: its own transactions, its home accounts, its orders, and its refusals. */
import type { BuiltBlock } from '../../../protocol/block/build.ts';
import { encodeOrderRecord } from '../../../protocol/order/record.ts';
import { encodeAccount } from '../../../protocol/state/account.ts';
import type { StateView } from '../../../protocol/state/overlay.ts';
import type { FinalNotice } from '../peer.ts';

/**
 * By region number. A refused transaction goes to its sender's home. `blockHash` is null when there were refusals only; then
 * the notice is of the parent's height and carries nothing else.
 */
export function noticesOf(built: BuiltBlock, state: StateView, blockHash: Uint8Array | null): Map<number, FinalNotice> {
  const { header } = built.block;
  const notices = new Map<number, FinalNotice>();
  const height = blockHash ? header.height : header.height - 1n;
  // One that hears of no block reads it with the tip.
  const parameters = built.state.records().find(({ kind }) => kind === 'parameter')?.value;
  const noticeFor = (region: number): FinalNotice => {
    const found = notices.get(region);
    if (found) return found;
    const made: FinalNotice = {
      height,
      hash: blockHash ?? header.parent,
      timeMs: header.timeMs,
      transactions: [],
      accounts: [],
      orders: [],
      refused: [],
      ...(blockHash && parameters ? { parameters } : {}),
    };
    notices.set(region, made);
    return made;
  };
  const homeOf = (sender: Uint8Array): number | undefined =>
    (built.state.account(sender) ?? state.account(sender))?.homeRegion;
  for (const { hash, code, sender } of built.refused) {
    const home = sender && homeOf(sender);
    if (home !== undefined && code !== 'nonce_gap') noticeFor(home).refused.push({ hash, code });
  }
  if (!blockHash) return notices;
  built.transactions.forEach(({ tx, hash, outcome }, index) => {
    const home = homeOf(tx.sender);
    if (home !== undefined) noticeFor(home).transactions.push({ hash, entries: outcome.entries, index });
  });
  for (const { key, value } of built.state.accounts()) {
    noticeFor(value.homeRegion).accounts.push({ key, leaf: encodeAccount(value), height });
  }
  for (const { key, value } of built.state.orders()) {
    noticeFor(value.region).orders.push({ id: key, record: encodeOrderRecord(value) });
  }
  return notices;
}
