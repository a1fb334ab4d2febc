/** Canonical bytes of a report. */
import { fail, ok, type Result } from '../../protocol/errors.ts';
import { METRICS } from '../metrics/metrics.ts';
import {
  hasFields,
  isCount,
  isDecimal,
  isFamily,
  isList,
  isNumber,
  isOneOf,
  isParams,
  isPrecision,
} from '../search/canonical.ts';
import { jsonBytes, parseCanonical } from '../search/json.ts';
import { REPORT_NOTICES, type Report } from './report.ts';

export const REPORT_BYTES_MAX = 1 << 20;

const isText = (value: unknown): boolean => typeof value === 'string';
const fields =
  (checks: Parameters<typeof hasFields>[1]) =>
  (value: unknown): boolean =>
    hasFields(value, checks);

const CLASSES_SHOWN = 64;
const ROWS_SHOWN = 1024;

const isRow = fields({
  rank: isCount,
  trial: isCount,
  family: isFamily,
  params: isParams,
  from: isOneOf('portfolio', 'predictor', 'local', 'promoted'),
  effort: isCount,
  state: isOneOf('done', 'capped', 'failed'),
  'score?': isNumber,
  'sd?': isNumber,
  'precision?': isOneOf('int8'),
  cycles: isDecimal,
});

const CHECKS: Parameters<typeof hasFields>[1] = {
  version: isOneOf(1),
  task: isOneOf('classes', 'values', 'clusters'),
  metric: isOneOf(...Object.values(METRICS).flat()),
  target: isText,
  rows: isCount,
  columns: isCount,
  seed: isDecimal,
  budget: isDecimal,
  folds: isCount,
  'score?': isNumber,
  foldScores: isList(isNumber),
  sd: isNumber,
  'baseline?': isNumber,
  members: isList(
    fields({ trial: isCount, family: isFamily, params: isParams, weight: isCount, 'precision?': isPrecision }),
  ),
  leaderboard: isList(isRow, ROWS_SHOWN),
  leaderboardHash: (value) => typeof value === 'string' && /^[0-9a-f]{64}$/.test(value),
  curves: isList(fields({ trial: isCount, points: isList(isList(isNumber)) })),
  'confusion?': isList(isList(isCount, CLASSES_SHOWN), CLASSES_SHOWN),
  'classes?': isList(
    fields({ name: isText, support: isCount, precision: isNumber, recall: isNumber, f1: isNumber }),
    CLASSES_SHOWN,
  ),
  importance: isList(fields({ column: isText, share: isNumber })),
  cycles: fields({ trials: isDecimal, ensemble: isDecimal, refits: isDecimal }),
  rowCycles: isDecimal,
  notices: isList(isOneOf(...REPORT_NOTICES)),
  // Reports from before there were any have none.
  'noticeColumns?': isList(fields({ notice: isOneOf(...REPORT_NOTICES), column: isText }), REPORT_NOTICES.length),
};

/** Throws for a report that is too long: what it lists is bounded where it is made. */
export function encodeReport(report: Report): Uint8Array {
  const bytes = jsonBytes(report);
  if (bytes.length > REPORT_BYTES_MAX) throw new RangeError(`a report of ${bytes.length} bytes`);
  return bytes;
}

/** result_mismatch for all but the bytes of a report. */
export function decodeReport(bytes: Uint8Array): Result<Report> {
  if (bytes.length > REPORT_BYTES_MAX) return fail('result_mismatch', `a report of ${bytes.length} bytes`);
  const value = parseCanonical(bytes);
  return hasFields(value, CHECKS) ? ok(value as unknown as Report) : fail('result_mismatch', 'not a report');
}
