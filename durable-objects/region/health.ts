/** Whether the ledger is the one that this object has sealed upon. Nothing is written, and no block is needed to find out. */
import { fail, ok, type Result } from '../../protocol/errors.ts';
import { ledgerFault } from '../../protocol/seal/ledger-fault.ts';
import type { RegionContext } from './context.ts';
import { StageStore } from './sequencer/stage-store.ts';

/**
 * Height of the ledger's tip, or `ledger_rolled_back`; 0 where nothing was ever sealed, the network not founded included. Of the
 * proposing region: others remember no block of their own.
 */
export async function ledgerHealth(context: RegionContext): Promise<Result<{ readonly height: bigint }>> {
  // Before the tip: a block that is sealed meanwhile makes the ledger longer than what is remembered, never shorter.
  const recalled = new StageStore(context).recall();
  const tip = await context.ledger.tip();
  const { mark, stage } = recalled;
  if (!tip) {
    const block = stage ?? mark;
    if (!block) return ok({ height: 0n });
    const known = `block ${block.height} ${stage ? 'is staged' : 'was certified'}`;
    return fail('ledger_rolled_back', `the ledger is empty, ${known}`);
  }
  const held = mark && tip.height > mark.height ? await context.ledger.blockHash(mark.height) : undefined;
  const fault = ledgerFault(recalled, tip, held);
  return fault === undefined ? ok({ height: tip.height }) : fail('ledger_rolled_back', fault);
}
