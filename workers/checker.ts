/** The checker's entrypoint: bound to this same script, so that each check is an invocation apart from the compute. */
import { WorkerEntrypoint } from 'cloudflare:workers';
import type { OrderAnswer } from '../durable-objects/region/rpc.ts';
import { ok, type Result } from '../protocol/errors.ts';
import type { Region } from '../protocol/regions.ts';
import type { CheckerRpc } from './checker-rpc.ts';
import { judgeTile } from './consumers/check-tile.ts';
import { describeVerdict, judge } from './consumers/check-work.ts';
import { declineOrFail } from './consumers/decline.ts';
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
}
