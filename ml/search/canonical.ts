/** Canonical bytes of summaries and parameters: JSON with sorted names, cycles as decimal text. Decoding trusts nothing. */
import { fail, ok, type Result } from '../../protocol/errors.ts';
import { FAMILIES, type Family, type Params } from '../trainers/trainer.ts';
import { jsonBytes, parseCanonical } from './json.ts';
import type { Candidate, JobSummary } from './search.ts';

/** A summary is stored, sealed and streamed for each job: more than this is none. */
export const SUMMARY_BYTES_MAX = 16_384;
const LIST_MAX = 256;
const PARAMS_MAX = 32;
const TEXT_MAX = 64;

export const encodeSummary = (summary: JobSummary): Uint8Array =>
  jsonBytes({ ...summary, cycles: summary.cycles.toString() });

type Fields = Readonly<Record<string, unknown>>;
export type Check = (value: unknown) => boolean;

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
export const isCount: Check = (value) =>
  Number.isInteger(value) && (value as number) >= 0 && (value as number) <= 0xffffffff;
export const isNumber: Check = (value) => typeof value === 'number';
export const isDecimal: Check = (value) => typeof value === 'string' && /^(0|[1-9]\d{0,19})$/.test(value);
export const isOneOf =
  (...names: readonly unknown[]): Check =>
  (value) =>
    names.includes(value);
export const isList =
  (item: Check, most = LIST_MAX): Check =>
  (value) =>
    Array.isArray(value) && value.length <= most && value.every(item);

/** Exactly these fields; those whose name ends in ? may be missing. */
export function hasFields(value: unknown, checks: Readonly<Record<string, Check>>): value is Fields {
  if (!isFields(value)) return false;
  const known = new Map(Object.entries(checks).map(([name, check]) => [name.replace('?', ''), check]));
  const needed = Object.keys(checks).filter((name) => !name.endsWith('?'));
  return (
    needed.every((name) => Object.hasOwn(value, name)) &&
    Object.entries(value).every(([name, field]) => known.get(name)?.(field) ?? false)
  );
}

export const isParams = (value: unknown): value is Params =>
  isFields(value) &&
  Object.keys(value).length <= PARAMS_MAX &&
  Object.values(value).every((field) =>
    typeof field === 'string' ? field.length <= TEXT_MAX : typeof field === 'number' || typeof field === 'boolean',
  );

export const isFamily = (value: unknown): value is Family => FAMILIES.includes(value as Family);

const isCandidate = (value: unknown): value is Candidate =>
  hasFields(value, {
    family: isFamily,
    params: isParams,
    effort: (effort) => isCount(effort) && (effort as number) >= 1 && (effort as number) <= 16,
    from: isOneOf('portfolio', 'predictor', 'local', 'promoted'),
    'precision?': isOneOf('int8'),
  });

export const isPrecision: Check = (value) =>
  hasFields(value, { kind: isOneOf('f32', 'int8'), float: isNumber, int8: isNumber });

const isMember: Check = (value) => hasFields(value, { trial: isCount, weight: isCount });

const CHECKS: Readonly<Record<string, Check>> = {
  index: isCount,
  kind: isOneOf('trial', 'ensemble', 'refit', 'assemble'),
  state: isOneOf('done', 'capped', 'failed'),
  cycles: isDecimal,
  'score?': isNumber,
  'folds?': isList(isNumber),
  'criteria?': isList(isNumber),
  'curve?': isList(isList(isNumber)),
  'candidate?': isCandidate,
  'precision?': isPrecision,
  'members?': isList(isMember),
};

/** result_mismatch for anything but the bytes of a summary. */
export function decodeSummary(bytes: Uint8Array): Result<JobSummary> {
  if (bytes.length > SUMMARY_BYTES_MAX) return fail('result_mismatch', `a summary of ${bytes.length} bytes`);
  const value = parseCanonical(bytes);
  if (!hasFields(value, CHECKS)) return fail('result_mismatch', 'not the canonical bytes of a summary');
  return ok({ ...value, cycles: BigInt(value.cycles as string) } as unknown as JobSummary);
}
