/** Step 4 for one tile of a large prediction: the check of a small one, on the tile's rows, from the bytes that R2 has. */
import type { TileCheckJob, TileVerdict } from '../../durable-objects/region/rpc.ts';
import { tileKey } from '../../durable-objects/region/tile-key.ts';
import { ok, type Result } from '../../protocol/errors.ts';
import type { Env } from '../env.ts';
import { giveWay } from '../give-way.ts';
import { judgeRows } from './judge-rows.ts';
import { tileInputs } from './plaintext.ts';

/** Fails when the rows can't be read any more: that is nobody's lie. A result or trace that is not there is the provider's. */
export async function judgeTile(env: Env, job: TileCheckJob): Promise<Result<TileVerdict>> {
  const { order, token, tile, from, contentKey } = job.lease;
  const inputs = await tileInputs(env, job.lease);
  if (!inputs.ok) return inputs;
  const stored = async (id: Uint8Array): Promise<Uint8Array | null> => {
    const found = await env.BLOBS.get(tileKey(order, id));
    return found && new Uint8Array(await found.arrayBuffer());
  };
  const { root, stateHash, challenge } = job;
  const claimed = { root, stateHash, challenge, from };
  const [result, trace] = [await stored(job.resultId), await stored(job.traceId)];
  await giveWay();
  const judgement = await judgeRows(contentKey, inputs.value, { ...claimed, result, trace });
  return ok({ order, token, tile, ...judgement });
}
