/** What a region's object answers about searches: plans, jobs, their checks, and a stop. As region-work.ts, it only routes. */
import { ok, type Result } from '../../protocol/errors.ts';
import { sendToQueue } from './alarm.ts';
import { answerOf } from './questions.ts';
import { RegionWork } from './region-work.ts';
import type { OrderAnswer } from './rpc.ts';
import { recordCheckSlice, recordJobVerdict, searchCheckOf, takeJobCheck, wantReplays } from './search/job-checks.ts';
import {
  claimSearch,
  jobPage,
  openJobs,
  planJobs,
  recordJob,
  recordSlice,
  searchState,
  takeJob,
} from './search/jobs.ts';
import { isOffered, isOpenJob, offerJob, withholdJob } from './search/offers.ts';
import { lacksModel } from './search/search-result.ts';
import { stopSearch } from './search/stop.ts';
import {
  JOBS_PAGE_MAX,
  type JobCheck,
  type JobDone,
  type JobLease,
  type JobPage,
  type JobPlace,
  type JobRound,
  type JobSlice,
  type JobTaken,
  type JobTask,
  type JobVerdict,
  type SearchCheck,
  type SearchClaim,
  type SearchRpc,
  type SearchState,
  type SliceTaken,
} from './search-rpc.ts';

export abstract class RegionSearch extends RegionWork implements SearchRpc {
  async searchState(order: Uint8Array, token: number): Promise<Result<SearchState | null>> {
    return searchState(this.context, await this.context.network(), order, token);
  }

  async planJobs(round: JobRound): Promise<Result<number[] | null>> {
    const planned = planJobs(this.context, round, Date.now());
    await this.context.due.arm();
    return planned;
  }

  async openJobs(order: Uint8Array, token: number): Promise<number[]> {
    return openJobs(this.context, order, token);
  }

  async takeJob(order: Uint8Array, token: number, index: number): Promise<Result<JobTask | null>> {
    return takeJob(this.context, await this.context.network(), { order, token, index }, Date.now());
  }

  async isOffered(order: Uint8Array, token: number, index: number): Promise<boolean> {
    return isOffered(this.context, { order, token, index }, Date.now());
  }

  async offerJob(): Promise<Result<JobTask | null>> {
    return offerJob(this.context, await this.context.network(), Date.now());
  }

  async withholdJob(lease: JobLease): Promise<boolean> {
    return withholdJob(this.context, lease);
  }

  async isOpenJob(order: Uint8Array, token: number, index: number): Promise<boolean> {
    return isOpenJob(this.context, { order, token, index });
  }

  async recordSlice(slice: JobSlice): Promise<Result<SliceTaken>> {
    const taken = recordSlice(this.context, slice, Date.now());
    await this.context.due.arm();
    return taken;
  }

  async recordJob(done: JobDone): Promise<Result<JobTaken>> {
    const taken = recordJob(this.context, done, Date.now());
    await this.context.due.arm();
    return taken;
  }

  async claimSearch(claim: SearchClaim): Promise<Result<null>> {
    const claimed = await claimSearch(this.context, await this.context.network(), claim, Date.now());
    await this.armAndNudge();
    return claimed;
  }

  async searchCheck(order: Uint8Array, token: number): Promise<Result<SearchCheck | null>> {
    return searchCheckOf(this.context, await this.context.network(), order, token);
  }

  async wantReplays(order: Uint8Array, token: number, jobs: readonly number[]): Promise<Result<null>> {
    const wanted = wantReplays(this.context, order, token, jobs, Date.now());
    await this.context.due.arm();
    return wanted;
  }

  async takeJobCheck(order: Uint8Array, token: number, index: number): Promise<Result<JobCheck | null>> {
    return takeJobCheck(this.context, await this.context.network(), { order, token, index }, Date.now());
  }

  async recordCheckSlice(slice: JobSlice): Promise<Result<SliceTaken>> {
    const taken = recordCheckSlice(this.context, slice, Date.now());
    await this.context.due.arm();
    return taken;
  }

  async recordJobVerdict(verdict: JobVerdict): Promise<Result<OrderAnswer | null>> {
    const recorded = recordJobVerdict(this.context, await this.context.network(), verdict, Date.now());
    await this.armAndNudge();
    return recorded.ok ? ok(recorded.value && answerOf(this.context, recorded.value)) : recorded;
  }

  async jobs(order: Uint8Array, after: JobPlace | null = null, limit = JOBS_PAGE_MAX): Promise<Result<JobPage>> {
    return jobPage(this.context, order, { after, limit }, Date.now());
  }

  async lacksModel(order: Uint8Array): Promise<boolean> {
    return lacksModel(this.context, order);
  }

  async stopSearch(order: Uint8Array, signer: Uint8Array): Promise<Result<OrderAnswer>> {
    const stopped = stopSearch(this.context, order, signer, Date.now());
    await this.armAndNudge();
    if (!stopped.ok) return stopped;
    const { row, look } = stopped.value;
    if (look) await sendToQueue(this.context, row);
    return ok(answerOf(this.context, row));
  }
}
