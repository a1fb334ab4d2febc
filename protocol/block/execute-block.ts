/** A checked block executed on a state, whole or partial: to its header, or to what differs. */
import { fail, ok, type Result } from '../errors.ts';
import type { Genesis } from '../genesis.ts';
import { equalBytes } from '../hash.ts';
import { updateTree } from '../state/leaves.ts';
import type { StateTree } from '../state/node.ts';
import type { Overlay, StateView } from '../state/overlay.ts';
import type { TouchedKeys } from '../state/reads.ts';
import { treeRoot, UncoveredKeyError } from '../state/tree.ts';
import type { Block, BlockBody } from './block.ts';
import type { CheckedBody } from './check-body.ts';
import { Execution } from './execute.ts';
import type { BlockHeader } from './header.ts';
import type { Parent } from './link.ts';

/** The state before the block. */
export interface StateBefore {
  readonly state: StateView;
  readonly tree: StateTree;
}

export interface ExecutedBlock {
  readonly header: BlockHeader;
  /** The block's writes. */
  readonly state: Overlay;
  readonly tree: StateTree;
  readonly touched: TouchedKeys;
}

/**
 * Refuses with `block_invalid`, or with `witness_invalid` where the block touches what a partial state does not show; the evidence
 * names the part at fault.
 */
export function executeBlock(
  block: Block,
  parent: Parent,
  before: StateBefore,
  { context, transactions }: CheckedBody,
): Result<ExecutedBlock> {
  try {
    const execution = new Execution(context, before.state);
    for (const [i, { tx, hash, bytes }] of transactions.entries()) {
      if (!execution.hasRoomFor(bytes)) return fail('block_invalid', 'more bytes than a block holds');
      const code = execution.take(tx, hash, bytes);
      if (code) return fail('block_invalid', `transaction ${i}: ${code}`);
    }
    if (!hasOutcomes(execution, block.body)) return fail('block_invalid', 'receiptRoot');
    const tree = updateTree(before.tree, execution.state);
    // By now both are known to be those of what was executed.
    const { proposerSeat, txRoot, receiptRoot } = block.header;
    const header = execution.header(parent, proposerSeat, treeRoot(tree), { txRoot, receiptRoot });
    const fault = headerFault(block.header, header, context.genesis);
    if (fault) return fail('block_invalid', fault);
    return ok({ header, state: execution.state, tree, touched: execution.touched() });
  } catch (error) {
    if (error instanceof UncoveredKeyError) return fail('witness_invalid', error.message);
    throw error;
  }
}

const hasOutcomes = ({ transactions }: Execution, { outcomes }: BlockBody): boolean =>
  transactions.every(({ outcome: { entries } }, i) => {
    const stated = outcomes[i]?.entries;
    return stated?.length === entries.length && entries.every((code, entry) => code === stated[entry]);
  });

/** The first field in which a header differs from what the execution gives. */
function headerFault(header: BlockHeader, executed: BlockHeader, genesis: Genesis): string | undefined {
  if (genesis.seats[header.proposerSeat]?.region !== header.region) return 'proposerSeat';
  const fields = Object.keys(executed) as (keyof BlockHeader)[];
  return fields.find((field) => !sameField(header[field], executed[field]));
}

function sameField(a: BlockHeader[keyof BlockHeader], b: BlockHeader[keyof BlockHeader]): boolean {
  return a instanceof Uint8Array && b instanceof Uint8Array ? equalBytes(a, b) : a === b;
}
