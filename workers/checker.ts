/** The checker's entrypoint: bound to this same script, so that each check is an invocation apart from the compute. */
import { WorkerEntrypoint } from 'cloudflare:workers';
import type { OrderAnswer } from '../durable-objects/region/rpc.ts';
import { ok, type Result } from '../protocol/errors.ts';
import type { Region } from '../protocol/regions.ts';
import type { CheckerRpc } from './checker-rpc.ts';
import { judgeTile } from './consumers/check-tile.ts';
import { describeVerdict, judge } from './consumers/check-work.ts';
import { declineOrFail } from './consumers/decline.ts';
import { judgeJob } from './consumers/search/check-job.ts';
import { judgePlan } from './consumers/search/check-plan.ts';
import { sendJobs } from './consumers/search/job-messages.ts';
import { type Env, regionStub } from './env.ts';

export class Checker extends WorkerEntrypoint<Env> implements CheckerRpc {
  async check(region: Region, order: Uint8Array): Promise<Result<OrderAnswer>> {
    const stub = regionStub(this.env, region);
    const job = await stub.checkJob(order);
    if (!job.ok) return { ...job };
    const verdict = await judge(this.env, stub, job.value);
    if (!verdict.ok) return { ...(await declineOrFail(stub, job.value.lease, verdict)) };
    if (!verdict.value.passed) console.warn(describeVerdict(verdict.value));
    // A copy: an RPC result carries a disposer, and passing it on would make our caller hold this call open.
    return { ...(await stub.recordVerdict(verdict.value)) };
  }

  async checkTile(region: Region, order: Uint8Array, token: number, tile: number): Promise<Result<OrderAnswer | null>> {
    const stub = regionStub(this.env, region);
    const job = await stub.tileCheckJob(order, token, tile);
    if (!job.ok || !job.value) return job.ok ? ok(null) : { ...job };
    const verdict = await judgeTile(this.env, job.value);
    if (!verdict.ok) return { ...(await declineOrFail(stub, job.value.lease, verdict)) };
    if (!verdict.value.passed) console.warn(describeVerdict(verdict.value));
    return { ...(await stub.recordTileVerdict(verdict.value)) };
  }

  async checkPlan(region: Region, order: Uint8Array, token: number): Promise<Result<OrderAnswer | null>> {
    const stub = regionStub(this.env, region);
    const check = await stub.searchCheck(order, token);
    if (!check.ok || !check.value) return check.ok ? ok(null) : { ...check };
    const { task, open, resultRoot } = check.value;
    if (open) return this.#sendChecks(order, token, open);
    const plan = await judgePlan(check.value);
    if (!plan.ok) return { ...(await declineOrFail(stub, task, plan)) };
    if (!plan.value.holds) {
      const { order: id, attempt } = task;
      const { reason } = plan.value;
      const verdict = {
        order: id,
        attempt,
        resultRoot,
        passed: false,
        method: 'replay',
        checkedParts: 0,
        reason,
      } as const;
      console.warn(describeVerdict(verdict));
      return { ...(await stub.recordVerdict(verdict)) };
    }
    const { replays } = plan.value;
    // A search that came to no job has nothing to run again: its plan is all that it claims.
    if (replays.length === 0) {
      const { order: id, attempt } = task;
      const verdict = {
        order: id,
        attempt,
        resultRoot,
        passed: true,
        method: 'replay',
        checkedParts: 0,
        reason: null,
      } as const;
      return { ...(await stub.recordVerdict(verdict)) };
    }
    const wanted = await stub.wantReplays(order, token, replays);
    return wanted.ok ? this.#sendChecks(order, token, replays) : { ...wanted };
  }

  async #sendChecks(order: Uint8Array, token: number, jobs: readonly number[]): Promise<Result<null>> {
    await sendJobs(this.env, order, token, jobs, 'check');
    return ok(null);
  }

  async checkJob(region: Region, order: Uint8Array, token: number, index: number): Promise<Result<OrderAnswer | null>> {
    const stub = regionStub(this.env, region);
    const check = await stub.takeJobCheck(order, token, index);
    if (!check.ok || !check.value) return check.ok ? ok(null) : { ...check };
    const verdict = await judgeJob(this.env, stub, check.value);
    if (!verdict.ok) return { ...(await declineOrFail(stub, check.value.job.task, verdict)) };
    if (!verdict.value) return ok(null);
    if (!verdict.value.passed) console.warn(describeVerdict(verdict.value));
    return { ...(await stub.recordJobVerdict(verdict.value)) };
  }
}
