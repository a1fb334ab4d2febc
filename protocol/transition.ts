/**
 * The state transition: pure, one transaction at a time. Signature verdicts are an argument, so a host may check them in
 * batches with the fastest verifier it has.
 *
 * A transaction that fails before its body (signature, nonce, expiry, fee) is not taken into a block at all. From there on
 * it is: its nonce is used and its fee burned, and what its entries did, or why they were refused, is its outcome.
 */
import { SYSTEM_ACCOUNT } from './address.ts';
import type { VerifySignature } from './ed25519.ts';
import { APPLIED, type ErrorCode, errorNumber } from './errors.ts';
import type { Outcome } from './outcome.ts';
import { Overlay, type StateView } from './state/overlay.ts';
import { EXPIRY_HORIZON_BLOCKS, type Transaction } from './tx/envelope.ts';
import { feeOf } from './tx/fee.ts';
import { post } from './tx/postings.ts';
import type { BlockContext, Posting, RuleContext, Signed } from './tx/rule.ts';
import { ruleOf } from './tx/rules.ts';
import { entriesBy, type ParsedBody, signatureFaultBy, signaturesBy } from './tx/signatures.ts';
import { txTypeName } from './tx/types.ts';

export interface AppliedTransaction {
  readonly outcome: Outcome;
  readonly postings: Posting[];
}

/** Every signature that a transaction carries: its own, then those inside its body. Undefined for a malformed body. */
export const signaturesOf = (tx: Transaction, context: RuleContext): Signed[] | undefined =>
  signaturesBy(ruleOf, tx, context);

/** Why a transaction's signatures do not hold: the body that they are in does not decode, or one of them does not verify. */
export const signatureFault = (
  tx: Transaction,
  context: RuleContext,
  verify: VerifySignature,
): Promise<'tx_malformed' | 'bad_signature' | undefined> => signatureFaultBy(ruleOf, tx, context, verify);

/** The contextual pass before the body: why this transaction can't be in the next block, or undefined. Precedence as listed. */
export function admissionFault(
  tx: Transaction,
  state: Pick<StateView, 'account'>,
  context: BlockContext,
): ErrorCode | undefined {
  const name = txTypeName(tx.type);
  if (!name) return 'tx_malformed';
  if (tx.expiryHeight < context.height) return 'tx_expired';
  if (tx.expiryHeight > context.height + EXPIRY_HORIZON_BLOCKS) return 'expiry_too_far';
  if (tx.feeZhi < feeOf(name, context.parameters.baseFeeZhi, tx.body)) return 'fee_too_low';
  const account = state.account(tx.sender);
  if (!account) return 'unknown_account';
  if (tx.nonce < account.nonce) return 'nonce_used';
  if (tx.nonce > account.nonce) return 'nonce_gap';
  // Whether somebody pays a sponsored fee is asked of the sponsor.
  if (!ruleOf(name).sponsor && account.balanceZhi < tx.feeZhi) return 'insufficient_balance';
  return undefined;
}

/** Who pays the fee: the sender, or whoever sponsors this type of transaction; the code when nobody does. */
function feePayer(
  { rule, entries }: ParsedBody,
  tx: Transaction,
  state: Overlay,
  context: BlockContext,
): Uint8Array | ErrorCode {
  return rule.sponsor?.(entries[0], { context, state, sender: tx.sender, feeZhi: tx.feeZhi }) ?? tx.sender;
}

function useNonceAndPayFee(tx: Transaction, payer: Uint8Array, state: Overlay): Posting[] {
  const account = state.account(tx.sender);
  if (!account) throw new Error('admission let an unknown account through');
  state.setAccount(tx.sender, { ...account, nonce: account.nonce + 1n });
  if (tx.feeZhi === 0n) return [];
  const postings = [
    { account: payer, deltaZhi: -tx.feeZhi },
    { account: SYSTEM_ACCOUNT.burned, deltaZhi: tx.feeZhi },
  ];
  post(state, postings);
  return postings;
}

/**
 * Applies a transaction whose signatures all verified. Returns the code when it can't be taken into a block; then the
 * state is untouched.
 */
export function applyTransaction(
  tx: Transaction,
  txHash: Uint8Array,
  state: Overlay,
  context: BlockContext,
): AppliedTransaction | ErrorCode {
  const parsed = entriesBy(ruleOf, tx);
  if (!parsed || parsed.entries.length === 0) return 'tx_malformed';
  const fault = admissionFault(tx, state, context);
  if (fault) return fault;
  const payer = feePayer(parsed, tx, state, context);
  if (typeof payer === 'string') return payer;
  const postings = useNonceAndPayFee(tx, payer, state);
  const codes: number[] = [];
  for (const entry of parsed.entries) {
    const trial = new Overlay(state);
    const result = parsed.rule.apply(entry, { context, state: trial, sender: tx.sender, nonce: tx.nonce, txHash });
    if (result.ok) {
      trial.commitTo(state);
      postings.push(...result.postings);
    }
    codes.push(result.ok ? APPLIED : errorNumber(result.code));
  }
  return { outcome: { entries: codes }, postings };
}
