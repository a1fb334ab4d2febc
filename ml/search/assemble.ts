/** The last job: the bundle, from the refitted members, with the report of the whole search. */
import { vectorCycles } from '../../protocol/cycles.ts';
import { fail, ok, type Result } from '../../protocol/errors.ts';
import { BUNDLE_BYTES_MAX, type BundleMember, encodeBundle } from '../bundle/bundle.ts';
import { bundleRowCycles } from '../bundle/predict.ts';
import { decodeEncoder } from '../features/encoder-bytes.ts';
import { SCORE_LANE_OPS } from '../metrics/metrics.ts';
import { makeReport, type ReportInputs } from '../report/make.ts';
import { schemaOf } from '../table/rows.ts';
import { trainerOf } from '../trainers/trainers.ts';
import { decodeSummary, isParams } from './canonical.ts';
import { centredTargets } from './centred.ts';
import { type JobContext, unfinished } from './context.ts';
import { cut } from './fold-rows.ts';
import { PREDICTIONS_MAX } from './folds.ts';
import { parseCanonical } from './json.ts';
import { keptPredictions, rescaled } from './kept.ts';
import { ensembleResult, MEMBERS_MAX, refitResult, trialResult } from './results.ts';
import type { JobSummary, RunningJob, TableShape } from './search.ts';
import { foldScores, weightsOf } from './selection.ts';

/** Of an out-of-fold prediction: a sum over the members, its score, confusion and the measures of each class. */
const REPORT_LANE_OPS = 8 + SCORE_LANE_OPS + 2 * MEMBERS_MAX;
const CELLS_LANE_OPS = 4;
const NO_ROWS = new Int32Array(0);

/** It is a function of the table's shape alone, so the bill of the last job is known before it runs. */
export const assembleCyclesMax = ({ rows, columns, classes }: TableShape): bigint =>
  vectorCycles(Math.min(PREDICTIONS_MAX, rows * Math.max(1, classes)), REPORT_LANE_OPS) +
  vectorCycles(columns, CELLS_LANE_OPS);

interface Inputs {
  readonly summaries: readonly JobSummary[];
  readonly ensemble: JobSummary;
  readonly predicted: readonly Float32Array[];
  /** Of each member that was chosen: its own predictions, and in each fold its weight among those chosen on the others. */
  readonly parts: readonly (readonly Float32Array[])[];
  readonly bags: readonly Uint8Array[];
  readonly baseline: number | undefined;
  readonly refits: readonly { readonly summary: JobSummary; readonly bytes: Uint8Array }[];
}

/** What an assembly reads of a trial, made of its summary alone: up to 256 results would not fit into memory beside each other. */
export const summaryInput = (summary: Uint8Array): Uint8Array =>
  trialResult.encode({ summary, folds: 0, rowCycles: 0n, predicted: new Float32Array(0) });

/** `needs` names the ensemble first, then the refits, then every trial: of those only the summaries are read (`summaryInput`). */
function readInputs(context: JobContext, inputs: ReadonlyMap<number, Uint8Array>): Result<Inputs> {
  const [first = -1, ...rest] = context.job.needs;
  const ensemble = ensembleResult.decode(inputs.get(first) ?? new Uint8Array(0));
  if (!ensemble.ok) return ensemble;
  const own = decodeSummary(ensemble.value.summary);
  if (!own.ok) return own;
  const summaries: JobSummary[] = [];
  const refits: { summary: JobSummary; bytes: Uint8Array }[] = [];
  for (const index of rest) {
    const bytes = inputs.get(index) ?? new Uint8Array(0);
    const refit = refitResult.decode(bytes);
    const result = refit.ok ? refit : trialResult.decode(bytes);
    if (!result.ok) return fail('result_mismatch', `job ${index} is neither a refit nor a trial`);
    const summary = decodeSummary(result.value.summary);
    if (!summary.ok) return summary;
    if (refit.ok) refits.push({ summary: summary.value, bytes });
    else summaries.push(summary.value);
  }
  const { folds, predicted, baseline, bags } = ensemble.value;
  const [prior] = baseline;
  const parts = ensemble.value.parts.map((part) => cut(context, part, folds));
  const whole = cut(context, predicted, folds);
  return ok({ summaries, ensemble: own.value, predicted: whole, parts, bags, baseline: prior, refits });
}

/** `at`: its place among the ensemble's members. */
type Member = BundleMember & { readonly at: number };

/** Members whose refit is there, with their weights brought back to a sum of 64. */
function membersOf(context: JobContext, { ensemble, refits }: Inputs): Result<Member[]> {
  const schema = schemaOf(context.table);
  const chosen = ensemble.members ?? [];
  // A refit's job follows the ensemble's by its place among the members.
  const found = refits.map(({ summary, bytes }) => ({ bytes, at: summary.index - ensemble.index - 1 }));
  const weights = weightsOf(found.flatMap(({ at }) => Array<number>(chosen[at]?.weight ?? 0).fill(at)));
  const members: Member[] = [];
  for (const { at, bytes } of found) {
    const refit = refitResult.decode(bytes);
    if (!refit.ok) return refit;
    const summary = decodeSummary(refit.value.summary);
    if (!summary.ok) return summary;
    const { candidate } = summary.value;
    const params = parseCanonical(refit.value.params);
    const weight = weights.get(at);
    if (!candidate || !isParams(params) || weight === undefined) return fail('result_mismatch', `no member ${at}`);
    const encoder = decodeEncoder(refit.value.encoder, schema);
    if (!encoder.ok) return encoder;
    const predictor = trainerOf(candidate.family).decode(refit.value.model);
    if (!predictor.ok) return predictor;
    const { family } = candidate;
    members.push({
      at,
      family,
      params,
      encoder: encoder.value,
      predictor: predictor.value,
      model: refit.value.model,
      weight,
    });
  }
  return ok(members);
}

/** Reads its inputs at once, and does the rest in one step: it is short. */
export function startAssembly(
  context: JobContext,
  inputs: ReadonlyMap<number, Uint8Array>,
  bytesMax = BUNDLE_BYTES_MAX,
): Result<RunningJob> {
  const read = readInputs(context, inputs);
  if (!read.ok) return read;
  const members = membersOf(context, read.value);
  if (!members.ok) return members;
  return ok(new Assembly(context, read.value, members.value, bytesMax));
}

class Assembly implements RunningJob {
  readonly #context: JobContext;
  readonly #inputs: Inputs;
  readonly #members: readonly Member[];

  readonly #bytesMax: number;

  constructor(context: JobContext, inputs: Inputs, members: readonly Member[], bytesMax: number) {
    this.#context = context;
    this.#inputs = inputs;
    this.#members = members;
    this.#bytesMax = bytesMax;
  }

  get cycles(): bigint {
    return this.#context.job.cap;
  }

  advance(): boolean {
    return true;
  }

  checkpoint(): Uint8Array {
    return new Uint8Array(0);
  }

  finish(): { result: Uint8Array; summary: JobSummary } {
    const { job } = this.#context;
    const made = this.#bundle();
    if (!made) return { result: new Uint8Array(0), summary: unfinished(this.#context, this.cycles, 'failed') };
    const { result, kept } = made;
    const { score, folds } = kept.ensemble;
    const members = kept.members.map(({ trial, weight }) => ({ trial, weight }));
    const scored = { ...(score === undefined ? {} : { score }), ...(folds ? { folds } : {}) };
    const summary: JobSummary = {
      index: job.index,
      kind: 'assemble',
      state: 'done',
      cycles: this.cycles,
      ...scored,
      members,
    };
    return { result, summary };
  }

  /**
   * Without the members that make a row dearer than it may be, or the bundle larger: the lightest go first. Undefined when none is
   * left.
   */
  #bundle(): { readonly result: Uint8Array; readonly kept: ReportInputs } | undefined {
    const { table, spec, kernels, whole } = this.#context;
    const { target } = table;
    const classes = target.kind === 'classes' ? target.classes : [];
    let members = this.#members;
    while (members.length > 0) {
      const parts = {
        schema: schemaOf(table),
        task: spec.task,
        target: target.kind === 'none' ? '' : target.name,
        classes,
        classWeights: [...(whole.classWeights ?? [])],
        members: shared(members),
      };
      const rowCycles = bundleRowCycles(kernels, parts);
      if (rowCycles <= BigInt(spec.rowCycles)) {
        const kept = this.#kept(members);
        const report = makeReport(this.#context, kept, parts, rowCycles);
        const result = encodeBundle({ ...parts, report });
        if (result.length <= this.#bytesMax) return { result, kept };
      }
      members = withoutLightest(members);
    }
    return undefined;
  }

  /** What the report tells: of the members that are delivered alone. Where some were lost, the rest is scored anew. */
  #kept(members: readonly Member[]): ReportInputs {
    const { ensemble, summaries, parts, bags } = this.#inputs;
    const chosen = ensemble.members ?? [];
    const told = members.flatMap(({ at, weight }) => {
      const trial = chosen[at]?.trial ?? -1;
      const { candidate, precision } = summaries.find(({ index }) => index === trial) ?? {};
      if (!candidate) return [];
      const { family, params } = candidate;
      return [{ trial, family, params, weight, ...(precision ? { precision } : {}) }];
    });
    if (members.length === chosen.length || ensemble.folds === undefined) return { ...this.#inputs, members: told };
    const { table, folds, classes, spec, offset, whole } = this.#context;
    const predicted = keptPredictions(
      members.map(({ at }) => parts[at] ?? []),
      members.map(({ weight }) => weight),
      bags.map((bag) => members.map(({ at }) => bag[at] ?? 0)),
    );
    const truths = predicted.map((_, fold) => centredTargets(table.target, offset, folds[fold]?.scored ?? NO_ROWS));
    const scores = foldScores({ metric: spec.metric, classes, whole, truths }, predicted);
    const score = scores.reduce((sum, value) => sum + value, 0) / scores.length;
    return { ...this.#inputs, ensemble: { ...ensemble, score, folds: scores }, predicted, members: told };
  }
}

/** Equal encoders become one object: what it makes is then made once a row. */
function shared(members: readonly Member[]): BundleMember[] {
  return members.map(({ at: _, ...member }) => {
    const same = members.find(({ encoder }) => hasSameBytes(encoder.bytes, member.encoder.bytes));
    return { ...member, encoder: same?.encoder ?? member.encoder };
  });
}

const hasSameBytes = (a: Uint8Array, b: Uint8Array): boolean => a.length === b.length && a.every((x, i) => x === b[i]);

function withoutLightest(members: readonly Member[]): Member[] {
  let lightest = 0;
  members.forEach(({ weight }, i) => {
    if (weight <= (members[lightest]?.weight ?? 0)) lightest = i;
  });
  const rest = members.filter((_, i) => i !== lightest);
  const weights = rescaled(rest.map(({ weight }) => weight));
  return rest.map((member, i) => ({ ...member, weight: weights[i] ?? 0 }));
}
