/** The table of rules: what each type of transaction does. */
import { allowRule } from './allow.ts';
import { batchClaimRule } from './batch-claim.ts';
import { batchSettleRule } from './batch-settle.ts';
import { bondRule } from './bond.ts';
import { datasetListRule } from './dataset-list.ts';
import { endpointRule } from './endpoint.ts';
import { epochRewardRule } from './epoch-reward.ts';
import { grantRule } from './grant.ts';
import { junkFlagRule } from './junk-flag.ts';
import { modelListRule } from './model-list.ts';
import { orderConfirmRule } from './order-confirm.ts';
import { orderMatchRule } from './order-match.ts';
import { orderOpenRule } from './order-open.ts';
import { orderOpenForRule } from './order-open-for.ts';
import { orderRefundRule } from './order-refund.ts';
import { orderSettleRule } from './order-settle.ts';
import { paramRule } from './param.ts';
import { releaseRule } from './release.ts';
import { reserveRule } from './reserve.ts';
import { resultProofRule } from './result-proof.ts';
import { revokeRule } from './revoke.ts';
import type { Rule } from './rule.ts';
import { swapInRule } from './swap-in.ts';
import { swapOutRule } from './swap-out.ts';
import { transferRule } from './transfer.ts';
import type { TxTypeName } from './types.ts';
import { unbondRule } from './unbond.ts';
import { vestClaimRule } from './vest-claim.ts';
import { voteRule } from './vote.ts';
import { workProofRule } from './work-proof.ts';

// The entry type differs by rule; each rule's own decodeBody makes the entries that its own apply takes.
// biome-ignore lint/suspicious/noExplicitAny: see above
const RULES: Record<TxTypeName, Rule<any>> = {
  transfer: transferRule,
  orderOpen: orderOpenRule,
  orderMatch: orderMatchRule,
  workProof: workProofRule,
  resultProof: resultProofRule,
  orderConfirm: orderConfirmRule,
  orderSettle: orderSettleRule,
  orderRefund: orderRefundRule,
  batchSettle: batchSettleRule,
  batchClaim: batchClaimRule,
  orderOpenFor: orderOpenForRule,
  reserve: reserveRule,
  release: releaseRule,
  bond: bondRule,
  unbond: unbondRule,
  vote: voteRule,
  datasetList: datasetListRule,
  grant: grantRule,
  revoke: revokeRule,
  modelList: modelListRule,
  junkFlag: junkFlagRule,
  epochReward: epochRewardRule,
  vestClaim: vestClaimRule,
  swapIn: swapInRule,
  swapOut: swapOutRule,
  allow: allowRule,
  param: paramRule,
  endpoint: endpointRule,
};

export const ruleOf = (name: TxTypeName): Rule<unknown> => RULES[name];
