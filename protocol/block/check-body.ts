/** What is checked of a block before any of it is executed: that it follows its parent, its body's roots, its signatures. */
import type { VerifySignature } from '../ed25519.ts';
import { fail, ok, type Result } from '../errors.ts';
import type { Genesis } from '../genesis.ts';
import { equalBytes, type Hash } from '../hash.ts';
import { signatureFault } from '../transition.ts';
import { type ParsedTransaction, parseTransaction, transactionHashes } from '../tx/envelope.ts';
import type { RuleContext } from '../tx/rule.ts';
import { type Block, type BlockBody, receiptRootOf, txRootOf } from './block.ts';
import { linkFault, type Parent } from './link.ts';
import { signatureBoundFault } from './signature-bounds.ts';

export interface BodyInput {
  readonly genesis: Genesis;
  readonly genesisHash: Hash;
  readonly block: Block;
  readonly verify: VerifySignature;
  /** Whether whoever validates has found all signatures of the transaction with this hash good before. */
  readonly isSigned?: (hash: Hash) => boolean;
}

export interface CheckedBody {
  readonly context: RuleContext;
  readonly transactions: readonly ParsedTransaction[];
}

/** Refuses with `block_invalid`; the evidence names the part at fault. */
export async function checkedBody(input: BodyInput, parent: Parent): Promise<Result<CheckedBody>> {
  const { genesis, genesisHash, block } = input;
  const fault = linkFault(block.header, parent, genesis, genesisHash) ?? bodyFault(block);
  if (fault) return fail('block_invalid', fault);
  const { height, timeMs } = block.header;
  const context: RuleContext = { genesis, genesisHash, height, timeMs };
  const parsed = await parsedTransactions(block.body, context, input);
  return parsed.ok ? ok({ context, transactions: parsed.value }) : parsed;
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

async function parsedTransactions(
  { transactions }: BlockBody,
  context: RuleContext,
  { verify, isSigned }: BodyInput,
): Promise<Result<ParsedTransaction[]>> {
  const parsed: ParsedTransaction[] = [];
  const hashes = transactionHashes(transactions);
  for (const [i, bytes] of transactions.entries()) {
    const tx = parseTransaction(bytes, context.genesisHash);
    if (!tx.ok) return fail('block_invalid', `transaction ${i}: ${tx.code}`);
    parsed.push({ tx: tx.value, hash: hashes[i] as Hash, bytes });
  }
  const bound = signatureBoundFault(parsed.map(({ tx }) => tx));
  if (bound) return fail('block_invalid', bound);
  const faults = await Promise.all(
    parsed.map(({ tx, hash }) => (isSigned?.(hash) ? undefined : signatureFault(tx, context, verify))),
  );
  const first = faults.findIndex(Boolean);
  return first < 0 ? ok(parsed) : fail('block_invalid', `transaction ${first}: ${faults[first]}`);
}
