/**
 * The rules of the transactions that a receipt may hold. Whoever verifies receipts alone loads these, and none of the rules
 * that only the execution of blocks needs.
 */
import { batchSettleRule } from '../tx/batch-settle.ts';
import { orderConfirmRule } from '../tx/order-confirm.ts';
import { orderMatchRule } from '../tx/order-match.ts';
import { orderOpenRule } from '../tx/order-open.ts';
import { orderOpenForRule } from '../tx/order-open-for.ts';
import { orderSettleRule } from '../tx/order-settle.ts';
import { resultProofRule } from '../tx/result-proof.ts';
import type { Rule } from '../tx/rule.ts';
import type { TxTypeName } from '../tx/types.ts';
import { workProofRule } from '../tx/work-proof.ts';

// biome-ignore lint/suspicious/noExplicitAny: as in tx/rules.ts, each decodeBody makes the entries that its own rule takes
const RULES: Partial<Record<TxTypeName, Rule<any>>> = {
  orderOpen: orderOpenRule,
  orderOpenFor: orderOpenForRule,
  orderMatch: orderMatchRule,
  workProof: workProofRule,
  resultProof: resultProofRule,
  orderConfirm: orderConfirmRule,
  orderSettle: orderSettleRule,
  batchSettle: batchSettleRule,
};

/** Undefined for a transaction that is no part of an order's receipt. */
export const receiptRuleOf = (name: TxTypeName): Rule<unknown> | undefined => RULES[name];
