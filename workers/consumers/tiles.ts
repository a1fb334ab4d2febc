/**
 * Large predictions, tile by tile. Whoever takes the order's lease hands the missing tiles out, a message each; each consumer
 * computes its tile, puts result and trace into R2 and records what they are. The one that records the last has the whole
 * claimed, and sends the tiles out again to be checked.
 *
 * Memory: an invocation holds one tile, below 32 MiB with all its copies (protocol/order/tiles.ts), and the model.
 */
import type { Lease, OrderAnswer, TileJob } from '../../durable-objects/region/rpc.ts';
import { tileKey } from '../../durable-objects/region/tile-key.ts';
import { predictInt8 } from '../../ml/mlp/predict.ts';
import { encodePrediction, encodeTrace, predictionLeaves } from '../../ml/mlp/prediction.ts';
import { fail, ok, type Result } from '../../protocol/errors.ts';
import { resultRoot, resultSalt } from '../../protocol/order/results.ts';
import { stateHash } from '../../protocol/order/worklog.ts';
import { sealContent } from '../../sealing/content.ts';
import { sha256Of } from '../api/digest.ts';
import type { Env, RegionStub } from '../env.ts';
import { giveWay } from '../give-way.ts';
import { declineOrFail } from './decline.ts';
import { flipProduct } from './flip-product.ts';
import { hpu } from './kernels.ts';
import { type PredictInputs, tileIds, tileInputs, tilesFault } from './plaintext.ts';
import { sendTiles } from './tile-messages.ts';

/** The lease's consumer. Without a missing tile the one before it died between the last record and the claim. */
export async function handOutTiles(env: Env, region: RegionStub, lease: Lease): Promise<Result<'handedOut'>> {
  const { order, token, tiles } = lease;
  if (!tiles) return fail('work_invalid', 'the order has no tiles');
  if (tiles.missing.length === 0) return claim(env, region, lease);
  const ids = await tileIds(lease);
  if (!ids.ok) return ids;
  // Kept first and looked for then: what is there now stays, but for a removal that asked the region just before.
  const kept = await region.keepTiles(order, token, ids.value);
  if (!kept.ok) return kept;
  const fault = await tilesFault(env, ids.value, tiles);
  if (fault) return fault;
  await sendTiles(env, order, { token, tiles: tiles.missing }, 'compute');
  return ok('handedOut');
}

async function claim(
  env: Env,
  region: RegionStub,
  { order, token }: Pick<Lease, 'order' | 'token'>,
): Promise<Result<'handedOut'>> {
  const claimed = await region.claimTiles(order, token);
  if (!claimed.ok) return claimed;
  await sendTiles(env, order, claimed.value, 'check');
  return ok('handedOut');
}

/** Null: nothing to do, or done. The order's answer when its inputs were declined. */
export async function runTile(
  env: Env,
  region: RegionStub,
  order: Uint8Array,
  token: number,
  tile: number,
): Promise<Result<OrderAnswer | null>> {
  const job = await region.tileJob(order, token, tile);
  if (!job.ok || job.value === null) return job.ok ? ok(null) : job;
  const inputs = await tileInputs(env, job.value);
  if (!inputs.ok) return declineOrFail(region, job.value, inputs);
  await giveWay();
  const left = await computeTile(env, region, job.value, inputs.value);
  if (!left.ok) return left;
  const claimed = left.value === 0 ? await claim(env, region, job.value) : left;
  return claimed.ok ? ok(null) : claimed;
}

/** Tiles that are still missing after this one. */
async function computeTile(
  env: Env,
  region: RegionStub,
  job: TileJob,
  { model, x, rows }: PredictInputs,
): Promise<Result<number>> {
  const { order, token, tile, contentKey } = job;
  const predicted = predictInt8(hpu(), model, x, rows);
  if (job.lie) flipProduct(predicted.trace.c2, predicted);
  const trace = encodeTrace(predicted.trace, model.shape);
  const leaves = predictionLeaves(predicted, model.shape.classes);
  const result = await putSealed(env, job, 'result', encodePrediction(predicted, model.shape.classes));
  const traced = await putSealed(env, job, 'trace', trace);
  const recorded = await region.recordTile({
    order,
    token,
    tile,
    stateHash: stateHash(trace),
    cycles: job.cycles,
    root: resultRoot(resultSalt(contentKey), leaves, job.from),
    resultId: result.id,
    resultBytes: result.bytes,
    traceId: traced.id,
  });
  // Another consumer was first, or the lease was given on: nobody will ask for these.
  if (!recorded.ok || !recorded.value.taken) await env.BLOBS.delete([result.key, traced.key]);
  return recorded.ok ? ok(recorded.value.left) : recorded;
}

async function putSealed(
  env: Env,
  { order, contentKey }: TileJob,
  label: 'result' | 'trace',
  plaintext: Uint8Array,
): Promise<{ id: Uint8Array; key: string; bytes: number }> {
  const sealed = await sealContent(contentKey, label, plaintext);
  const id = await sha256Of(sealed);
  const key = tileKey(order, id);
  await env.BLOBS.put(key, sealed);
  return { id, key, bytes: sealed.length };
}
