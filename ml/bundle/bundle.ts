/**
 * A bundle: everything that predicting takes, in one file. The schema finds columns and categories of new rows; each member is an
 * encoder, a model and a weight in 1/64; the report tells where it came from. Canonical bytes, which are the result of a search.
 */
import { bytesMax, type Decoded, struct, textMax, u8, vec } from '../../protocol/codec.ts';
import { fail, ok, type Result } from '../../protocol/errors.ts';
import { equalBytes } from '../../protocol/hash.ts';
import type { Encoder } from '../features/encoder.ts';
import { decodeEncoder } from '../features/encoder-bytes.ts';
import type { Report } from '../report/report.ts';
import { decodeReport, encodeReport, REPORT_BYTES_MAX } from '../report/report-bytes.ts';
import { isFamily, isParams } from '../search/canonical.ts';
import { jsonBytes, parseCanonical } from '../search/json.ts';
import { finite, record } from '../search/record.ts';
import { MEMBERS_MAX, MODEL_BYTES_MAX, PARAMS_BYTES_MAX } from '../search/results.ts';
import type { SearchSpec } from '../search/search.ts';
import { WEIGHT_UNIT } from '../search/selection.ts';
import { decodeSchema, encodeSchema } from '../table/canonical.ts';
import type { Schema } from '../table/table.ts';
import type { Family, Params, Predictor } from '../trainers/trainer.ts';
import { trainerOf } from '../trainers/trainers.ts';

export interface BundleMember {
  readonly family: Family;
  /** As the trainer filled them in. */
  readonly params: Params;
  /** Members of one view share it: the same object. */
  readonly encoder: Encoder;
  readonly predictor: Predictor;
  /** The trainer's canonical bytes. */
  readonly model: Uint8Array;
  /** In 1/64; all sum to 64. */
  readonly weight: number;
}

export interface Bundle {
  readonly schema: Schema;
  readonly task: SearchSpec['task'];
  /** Name of the target column; empty for clusters. */
  readonly target: string;
  /** Names of the classes, in the order of the probabilities; empty unless the task is classes. */
  readonly classes: readonly string[];
  /** What probabilities are multiplied by, where classes are balanced (metrics/balance.ts); otherwise empty. */
  readonly classWeights: readonly number[];
  readonly members: readonly BundleMember[];
  readonly report: Report;
}

export const BUNDLE_BYTES_MAX = 1 << 24;
const SCHEMA_BYTES_MAX = 1 << 22;
const ENCODER_BYTES_MAX = 1 << 22;
const NAME_BYTES_MAX = 1024;
const CLASSES_MAX = 0xffff;
const TASKS = ['classes', 'values', 'clusters'] as const;

const member = struct({
  encoder: u8,
  family: textMax(32),
  params: bytesMax(PARAMS_BYTES_MAX),
  weight: u8,
  model: bytesMax(MODEL_BYTES_MAX),
});
const codec = record('HAB1', {
  schema: bytesMax(SCHEMA_BYTES_MAX),
  task: u8,
  target: textMax(NAME_BYTES_MAX),
  classes: vec(textMax(NAME_BYTES_MAX), CLASSES_MAX),
  classWeights: vec(finite, CLASSES_MAX),
  encoders: vec(bytesMax(ENCODER_BYTES_MAX), MEMBERS_MAX),
  members: vec(member, MEMBERS_MAX),
  report: bytesMax(REPORT_BYTES_MAX),
});

/** Equal encoders are written once. Throws for a bundle that breaks its bounds: it comes from the assembly of a search. */
export function encodeBundle(bundle: Bundle): Uint8Array {
  const encoders: Uint8Array[] = [];
  const members = bundle.members.map(({ encoder, family, params, weight, model }) => {
    let at = encoders.findIndex((bytes) => equalBytes(bytes, encoder.bytes));
    if (at < 0) at = encoders.push(encoder.bytes) - 1;
    return { encoder: at, family, params: jsonBytes(params), weight, model };
  });
  return codec.encode({
    schema: encodeSchema(bundle.schema),
    task: TASKS.indexOf(bundle.task),
    target: bundle.target,
    classes: [...bundle.classes],
    classWeights: [...bundle.classWeights],
    encoders,
    members,
    report: encodeReport(bundle.report),
  });
}

/** result_mismatch for all but the bytes of a bundle that can predict. */
export function decodeBundle(bytes: Uint8Array): Result<Bundle> {
  if (bytes.length > BUNDLE_BYTES_MAX) return fail('result_mismatch', `a bundle of ${bytes.length} bytes`);
  const decoded = codec.decode(bytes);
  if (!decoded.ok) return decoded;
  const { task: taskAt, target, classes, classWeights } = decoded.value;
  const task = TASKS[taskAt];
  if (!task || (task === 'classes') !== classes.length > 0) return fail('result_mismatch', 'a task of another kind');
  const isBalanced = classWeights.length === classes.length && classWeights.every((weight) => weight >= 0);
  if (classWeights.length > 0 && !isBalanced) return fail('result_mismatch', 'weights that are not of the classes');
  const schema = decodeSchema(decoded.value.schema);
  if (!schema.ok) return schema;
  const report = decodeReport(decoded.value.report);
  if (!report.ok) return report;
  const encoders: Encoder[] = [];
  for (const encoder of decoded.value.encoders) {
    const made = decodeEncoder(encoder, schema.value);
    if (!made.ok) return made;
    encoders.push(made.value);
  }
  const members: BundleMember[] = [];
  for (const part of decoded.value.members) {
    const made = memberOf(part, encoders, Math.max(1, classes.length));
    if (!made.ok) return made;
    members.push(made.value);
  }
  const weights = members.reduce((sum, { weight }) => sum + weight, 0);
  const bundle = { schema: schema.value, task, target, classes, classWeights, members, report: report.value };
  // Members that name encoders in another order, or twice, would be a second encoding of the same bundle.
  if (weights !== WEIGHT_UNIT || !equalBytes(encodeBundle(bundle), bytes))
    return fail('result_mismatch', 'not a bundle');
  return ok(bundle);
}

function memberOf(part: Decoded<typeof member>, encoders: readonly Encoder[], outputs: number): Result<BundleMember> {
  const { family, weight, model } = part;
  const params = parseCanonical(part.params);
  const encoder = encoders[part.encoder];
  if (!isFamily(family) || !isParams(params) || !encoder) return fail('result_mismatch', `a member of ${family}`);
  const trainer = trainerOf(family);
  if (trainer.view !== encoder.view) return fail('result_mismatch', `${family} behind an encoder of ${encoder.view}`);
  const predictor = trainer.decode(model);
  if (!predictor.ok) return predictor;
  if (predictor.value.cols !== encoder.cols || predictor.value.outputs !== outputs) {
    return fail(
      'result_mismatch',
      `${family} of ${predictor.value.cols} columns and ${predictor.value.outputs} outputs`,
    );
  }
  return ok({ family, params, encoder, predictor: predictor.value, model, weight });
}
