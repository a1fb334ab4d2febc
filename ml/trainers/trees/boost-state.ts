/** Where a boosting stands between two steps, and its bytes: the checkpoint. */
import { ByteReader, ByteWriter } from '../../bytes.ts';
import type { CurvePoint, TrainSet } from '../trainer.ts';
import type { BoostPlan } from './boost-plan.ts';
import { curveBytes, joinParts, readCurve, requireSame, splitParts } from './fit-bytes.ts';
import { decodeNodes, encodeNodes, type Nodes } from './grown.ts';

export interface BoostState {
  round: number;
  /** Tree of the round, and the steps that it was grown: 0 before its first split was searched. */
  tree: number;
  steps: number;
  /** Summed loss before the round. */
  roundLoss: number;
  /** Leaves of the round's trees so far. */
  leaves: number;
  bestRound: number;
  bestLoss: number;
  over: boolean;
  cycles: bigint;
  gains: Float64Array;
  /** Of the training rows and of the watched ones, class after class. */
  margins: Float32Array;
  watched: Float32Array;
  /** Of the classes when the round began; empty between rounds and where the margins tell. */
  shares: Float32Array;
  curve: readonly CurvePoint[];
  nodes: Nodes;
}

const HEAD_BYTES = 6 * 4 + 8 + 2 * 8;

export function encodeBoostState(state: BoostState, name: Uint8Array): Uint8Array {
  const { round, tree, steps, leaves, bestRound, over, cycles, roundLoss, bestLoss, gains } = state;
  const head = new ByteWriter(HEAD_BYTES + gains.length * 8)
    .u32(round, tree, steps, leaves, bestRound, over ? 1 : 0)
    .u64(cycles)
    .f64s([roundLoss, bestLoss])
    .f64s(gains)
    .finish();
  const reals = (values: Float32Array): Uint8Array => new ByteWriter(values.length * 4).f32s(values).finish();
  return joinParts([
    name,
    head,
    reals(state.margins),
    reals(state.watched),
    reals(state.shares),
    curveBytes(state.curve),
    encodeNodes(state.nodes),
  ]);
}

/** Throws a RangeError on bytes that are not a state of the fit of this name and plan. */
export function decodeBoostState(bytes: Uint8Array, expected: Uint8Array, plan: BoostPlan, set: TrainSet): BoostState {
  const parts = splitParts(bytes, 7) as [
    Uint8Array,
    Uint8Array,
    Uint8Array,
    Uint8Array,
    Uint8Array,
    Uint8Array,
    Uint8Array,
  ];
  requireSame(parts[0], expected);
  const head = new ByteReader(parts[1]);
  const [round, tree, steps, leaves, bestRound, over] = [
    head.u32(),
    head.u32(),
    head.u32(),
    head.u32(),
    head.u32(),
    head.u32(),
  ];
  const cycles = head.u64();
  const [roundLoss, bestLoss] = [head.f64s(1)[0] as number, head.f64s(1)[0] as number];
  const gains = head.f64s(plan.cols);
  const marginCount = plan.rows * plan.trees;
  const shareCount = plan.trees > 1 && (tree > 0 || steps > 0) ? marginCount : 0;
  if (head.left !== 0 || round > plan.rounds || tree >= plan.trees || steps > 2 * plan.maxLeaves) {
    throw new RangeError('a checkpoint of another fit');
  }
  const reals = (part: Uint8Array, count: number): Float32Array => {
    if (part.length !== count * 4) throw new RangeError('a checkpoint of other rows');
    return new ByteReader(part).f32s(count);
  };
  return {
    round,
    tree,
    steps,
    roundLoss,
    leaves,
    bestRound,
    bestLoss,
    over: over === 1,
    cycles,
    gains,
    margins: reals(parts[2], marginCount),
    watched: reals(parts[3], (set.watched?.input.rows ?? 0) * plan.trees),
    shares: reals(parts[4], shareCount),
    curve: readCurve(parts[5]),
    nodes: decodeNodes(new ByteReader(parts[6])),
  };
}
