/** The signatures that a transaction carries, by the rules that the caller knows: all of them, or those of one purpose. */
import { CodecError } from '../codec.ts';
import type { VerifySignature } from '../ed25519.ts';
import { signingBytes, type Transaction } from './envelope.ts';
import type { Rule, RuleContext, Signed } from './rule.ts';
import { type TxTypeName, txTypeName } from './types.ts';

/** The rule of a type, or undefined for a type that the caller takes none of. */
export type RuleLookup = (name: TxTypeName) => Rule<unknown> | undefined;

export interface ParsedBody {
  readonly rule: Rule<unknown>;
  readonly entries: unknown[];
}

/** Undefined for a body that does not decode, and for a type without a rule. */
export function entriesBy(ruleOf: RuleLookup, tx: Transaction): ParsedBody | undefined {
  const name = txTypeName(tx.type);
  const rule = name && ruleOf(name);
  if (!rule) return undefined;
  try {
    return { rule, entries: rule.decodeBody(tx.body) };
  } catch (error) {
    if (error instanceof CodecError) return undefined;
    throw error;
  }
}

/** Every signature that a transaction carries: its own, then those inside its body. Undefined for a malformed body. */
export function signaturesBy(ruleOf: RuleLookup, tx: Transaction, context: RuleContext): Signed[] | undefined {
  const parsed = entriesBy(ruleOf, tx);
  if (!parsed || parsed.entries.length === 0) return undefined;
  const own = { publicKey: tx.sender, message: signingBytes(context.genesisHash, tx), signature: tx.signature };
  return [own, ...parsed.entries.flatMap((entry) => parsed.rule.innerSignatures(entry, context))];
}

/**
 * Why a transaction's signatures do not hold: the body that they are in does not decode, or one of them does not verify. Its own is
 * the first to be checked, and those inside, which may take long, only if it holds: nobody makes others check them for nothing.
 */
export async function signatureFaultBy(
  ruleOf: RuleLookup,
  tx: Transaction,
  context: RuleContext,
  verify: VerifySignature,
): Promise<'tx_malformed' | 'bad_signature' | undefined> {
  const signed = signaturesBy(ruleOf, tx, context);
  if (!signed) return 'tx_malformed';
  const holds = (one: Signed) => verify(one.publicKey, one.message, one.signature, one.scheme);
  const [own, ...inner] = signed;
  if (!own || !(await holds(own))) return 'bad_signature';
  const verdicts = await Promise.all(inner.map(holds));
  return verdicts.every(Boolean) ? undefined : 'bad_signature';
}
