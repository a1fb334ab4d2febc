/**
 * Step 4 for a search, first part: every round is planned again from the summaries, and the jobs to replay are drawn. Whatever made
 * the model is replayed: its trials, ensemble, refits and assembly; of the other trials, some that nobody knew beforehand.
 */
import type { SearchCheck } from '../../../durable-objects/region/search-rpc.ts';
import { ok, type Result } from '../../../protocol/errors.ts';
import { giveWay } from '../../give-way.ts';
import { searchPlan } from './inputs.ts';
import { judgeSearch, type PlanJudgement } from './judge-plan.ts';

/** Fails when the payload can't be read: that is nobody's lie. */
export async function judgePlan(check: SearchCheck): Promise<Result<PlanJudgement>> {
  const plan = await searchPlan(check.task);
  return plan.ok ? ok(await judgeSearch(plan.value, check, giveWay)) : plan;
}
