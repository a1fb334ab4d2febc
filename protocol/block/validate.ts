/**
 * Validates a block without a state: with the header before it, its body and its witness, anyone executes it again by the
 * very transition that built it, and comes to the same roots or says what differs.
 */
import { CodecError } from '../codec.ts';
import type { VerifySignature } from '../ed25519.ts';
import { fail, ok, type Result } from '../errors.ts';
import type { Genesis } from '../genesis.ts';
import { equalBytes, type Hash } from '../hash.ts';
import { initialState } from '../state/initial.ts';
import { updateTree } from '../state/leaves.ts';
import type { Root } from '../state/node.ts';
import { PartialState, UnsoundWitnessError } from '../state/partial.ts';
import { sameRoot, treeRoot, UncoveredKeyError } from '../state/tree.ts';
import { decodeWitness } from '../state/witness.ts';
import { signatureFault } from '../transition.ts';
import { parseTransaction, type Transaction, transactionHash } from '../tx/envelope.ts';
import type { RuleContext } from '../tx/rule.ts';
import { type Block, type BlockBody, receiptRootOf, txRootOf } from './block.ts';
import { Execution } from './execute.ts';
import type { BlockHeader } from './header.ts';
import { linkFault, type Parent, parentOf } from './link.ts';

export interface ValidateInput {
  readonly genesis: Genesis;
  readonly genesisHash: Hash;
  /** Trusted: certified, or agreed to before. Undefined for the first block, on top of the genesis. */
  readonly previous: BlockHeader | undefined;
  readonly block: Block;
  readonly witness: Uint8Array;
  readonly verify: VerifySignature;
  /** Whether whoever validates has found all signatures of the transaction with this hash good before. */
  readonly isSigned?: (hash: Hash) => boolean;
}

/**
 * The header, as its execution gives it. `block_invalid`: the block does not follow, or its execution does not lead to its
 * header; `witness_invalid`: the witness is not the one of this block on the previous state. The evidence names the part at
 * fault.
 */
export async function validateBlock(input: ValidateInput): Promise<Result<BlockHeader>> {
  const { genesis, genesisHash, previous, block } = input;
  const parent = parentOf(previous, genesis, genesisHash);
  const fault = linkFault(block.header, parent, genesis, genesisHash) ?? bodyFault(block);
  if (fault) return fail('block_invalid', fault);
  const before = previous ? { hash: previous.stateRoot, sum: previous.supplyZhi } : genesisRoot(genesis);
  const partial = partialState(input.witness, before);
  if (!partial.ok) return partial;
  const { height, timeMs } = block.header;
  const context: RuleContext = { genesis, genesisHash, height, timeMs };
  const parsed = await parsedTransactions(block.body, context, input);
  if (!parsed.ok) return parsed;
  return execute(block, parent, partial.value, context, parsed.value);
}

/** What the body and the header show by themselves. */
function bodyFault({ header, body }: Block): string | undefined {
  const { transactions, outcomes } = body;
  if (transactions.length === 0) return 'no transactions';
  if (header.txCount !== transactions.length || outcomes.length !== transactions.length) return 'txCount';
  if (!equalBytes(header.txRoot, txRootOf(transactions))) return 'txRoot';
  if (!equalBytes(header.receiptRoot, receiptRootOf(outcomes))) return 'receiptRoot';
  return undefined;
}

const genesisRoot = (genesis: Genesis): Root => treeRoot(updateTree(undefined, initialState(genesis)));

function partialState(witness: Uint8Array, before: Root): Result<PartialState> {
  try {
    const partial = new PartialState(decodeWitness(witness));
    return sameRoot(partial.root, before)
      ? ok(partial)
      : fail('witness_invalid', 'another state than the previous one');
  } catch (error) {
    if (error instanceof CodecError || error instanceof UnsoundWitnessError) {
      return fail('witness_invalid', error.message);
    }
    throw error;
  }
}

interface Parsed {
  readonly tx: Transaction;
  readonly hash: Hash;
  readonly bytes: Uint8Array;
}

async function parsedTransactions(
  { transactions }: BlockBody,
  context: RuleContext,
  { verify, isSigned }: ValidateInput,
): Promise<Result<Parsed[]>> {
  const parsed: Parsed[] = [];
  for (const [i, bytes] of transactions.entries()) {
    const tx = parseTransaction(bytes, context.genesisHash);
    if (!tx.ok) return fail('block_invalid', `transaction ${i}: ${tx.code}`);
    parsed.push({ tx: tx.value, hash: transactionHash(bytes), bytes });
  }
  const faults = await Promise.all(
    parsed.map(({ tx, hash }) => (isSigned?.(hash) ? undefined : signatureFault(tx, context, verify))),
  );
  const first = faults.findIndex(Boolean);
  return first < 0 ? ok(parsed) : fail('block_invalid', `transaction ${first}: ${faults[first]}`);
}

function execute(
  block: Block,
  parent: Parent,
  partial: PartialState,
  context: RuleContext,
  transactions: readonly Parsed[],
): Result<BlockHeader> {
  try {
    const execution = new Execution(context, partial);
    for (const [i, { tx, hash, bytes }] of transactions.entries()) {
      if (!execution.hasRoomFor(bytes)) return fail('block_invalid', 'more bytes than a block holds');
      const code = execution.take(tx, hash, bytes);
      if (code) return fail('block_invalid', `transaction ${i}: ${code}`);
    }
    if (!hasOutcomes(execution, block.body)) return fail('block_invalid', 'receiptRoot');
    const root = treeRoot(updateTree(partial.tree, execution.state));
    // By now both are known to be those of what was executed.
    const { proposerSeat, txRoot, receiptRoot } = block.header;
    const header = execution.header(parent, proposerSeat, root, { txRoot, receiptRoot });
    const fault = headerFault(block.header, header, context.genesis);
    if (fault) return fail('block_invalid', fault);
    return partial.spare === 0 ? ok(header) : fail('witness_invalid', `${partial.spare} spare leaves`);
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
