/** Step 4 for a large prediction: every tile is checked, in invocations of their own, and one verdict is made of them. */
import { bytesToHex } from '@noble/hashes/utils.js';
import { fail, ok, type Result } from '../../protocol/errors.ts';
import { checkChallenge, tileChallenge } from '../../protocol/order/challenge.ts';
import { isTileOf } from '../../protocol/order/tiles.ts';
import { recordVerdict } from './check.ts';
import type { Network, RegionContext } from './context.ts';
import type { OrderRow } from './orders.ts';
import type { TileCheckJob, TileVerdict, UncheckedTiles, Verdict } from './rpc.ts';
import { countTiles, passTile, recordedTile, recordedTiles, type Tiling, tilingOf } from './tile-table.ts';
import { tileTask } from './tiles.ts';
import { modelFor } from './work.ts';

/** Undefined for an order in one piece. */
export function uncheckedTiles(context: RegionContext, row: OrderRow): UncheckedTiles | undefined {
  if (!tilingOf(context, row)) return undefined;
  const open = recordedTiles(context, row.id, row.record.attempt).filter(({ method }) => method === null);
  return { token: row.token, tiles: open.map(({ tile }) => tile) };
}

/** The computed order of this token: each attempt has its own. Undefined when it went on since. */
function computedRow(context: RegionContext, order: Uint8Array, token: number) {
  const row = context.orders.find(order);
  const isCurrent = row?.record.state === 'computed' && row.token === token;
  const tiling = row && isCurrent ? tilingOf(context, row) : undefined;
  const claim = row?.record.claim;
  return row && tiling && claim ? { row, tiling, claim } : undefined;
}

export async function checkersKey(
  context: RegionContext,
  network: Network,
  row: OrderRow,
): Promise<Uint8Array | undefined> {
  const known = context.checkerKeys.look(row.id);
  if (known) return known;
  const sealed = context.orders.sealed(row.id);
  const opened = await context.keyring.openContentKey('checker', sealed, network.hash, row.demander);
  if (opened) context.checkerKeys.keep(row.id, opened);
  return opened;
}

export async function tileCheckJobOf(
  context: RegionContext,
  network: Network,
  order: Uint8Array,
  token: number,
  tile: number,
): Promise<Result<TileCheckJob | null>> {
  const found = computedRow(context, order, token);
  if (!found) return ok(null);
  const { row, tiling, claim } = found;
  if (!isTileOf(tiling.plan, tile)) return fail('work_invalid', `there is no tile ${tile}`);
  const { attempt } = row.record;
  const recorded = recordedTile(context, order, attempt, tile);
  if (!recorded?.stateHash) throw new Error('a claim without one of its tiles');
  if (recorded.method !== null) return ok(null);
  const model = await modelFor(context, row);
  if (!model.ok) return model;
  const contentKey = await checkersKey(context, network, row);
  if (!contentKey) return fail('sealed_malformed');
  const { root, resultId, traceId, stateHash } = recorded;
  return ok({
    lease: {
      ...tileTask(row, tiling, tile),
      contentKey,
      sealed: context.orders.sealed(order),
      model: model.value,
    },
    challenge: tileChallenge(checkChallenge(order, attempt, claim.logHead, claim.resultRoot), tile),
    root,
    resultId,
    traceId,
    stateHash,
  });
}

/** The order passes with the last of its tiles, and fails with the first false one. Null while neither is so. */
export function recordTileVerdict(
  context: RegionContext,
  network: Network,
  verdict: TileVerdict,
  now: number,
): Result<OrderRow | null> {
  return context.transaction((): Result<OrderRow | null> => {
    const found = computedRow(context, verdict.order, verdict.token);
    if (!found) return ok(null);
    const { row, tiling } = found;
    if (!isTileOf(tiling.plan, verdict.tile)) return fail('work_invalid', `there is no tile ${verdict.tile}`);
    if (verdict.passed) passTile(context, verdict, row.record.attempt);
    const whole = wholeVerdict(context, row, tiling, verdict);
    if (!whole) {
      context.due.set('check', bytesToHex(row.id), now + context.leaseMs);
      return ok(null);
    }
    context.checkerKeys.take(row.id);
    return recordVerdict(context, network, whole, now);
  });
}

function wholeVerdict(
  context: RegionContext,
  row: OrderRow,
  { plan }: Tiling,
  { passed, method, reason }: TileVerdict,
): Verdict | undefined {
  const { attempt, claim } = row.record;
  if (!claim) throw new Error('a computed order without a claim');
  const common = { order: row.id, attempt, resultRoot: claim.resultRoot };
  if (!passed) return { ...common, passed, method, checkedParts: 0, reason };
  if (countTiles(context, row.id, attempt).passed < plan.tiles) return undefined;
  const checked = recordedTiles(context, row.id, attempt);
  return {
    ...common,
    passed,
    method: checked.some((tile) => tile.method === 'freivalds') ? 'freivalds' : 'recompute',
    checkedParts: checked.reduce((sum, tile) => sum + tile.checkedParts, 0),
    reason: null,
  };
}
