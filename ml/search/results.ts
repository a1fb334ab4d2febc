/** What jobs leave beside their summaries, and where they stand between slices, as canonical bytes. */
import { bytesMax, u8, u16, u64, vec } from '../../protocol/codec.ts';
import { SUMMARY_BYTES_MAX } from './canonical.ts';
import { PREDICTIONS_MAX } from './folds.ts';
import { finite, finiteFloats, record } from './record.ts';

/** Of a model, and of what grows in a fit's checkpoint; which is a little more, such as a network's four arrays with their head. */
export const MODEL_BYTES_MAX = 1 << 24;
const STATE_BYTES_MAX = MODEL_BYTES_MAX + (1 << 16);
export const PARAMS_BYTES_MAX = 1024;
export const ENCODER_BYTES_MAX = 1 << 22;
export const MEMBERS_MAX = 8;
/** Of cross-validation, as an order's range says. */
const FOLDS_MAX = 10;

/**
 * A trial's predictions of rows that it did not learn from: row-major, scored rows x outputs, fold after fold; values
 * are less an offset (centred.ts). `folds`: how many of them were scored, from the first on; 0 unless the trial is done. `rowCycles`: to
 * predict one row by the dearest of its models.
 */
export const trialResult = record('HST1', {
  summary: bytesMax(SUMMARY_BYTES_MAX),
  folds: u8,
  rowCycles: u64,
  predicted: finiteFloats(PREDICTIONS_MAX),
});

/**
 * Between two slices of a fit: what preparing the rows cost and the encoder, so that they are not learned from again (empty when
 * it is larger than fits: then they are), and the trainer's own checkpoint, empty before it began.
 */
export const fitCheckpoint = record('HSF1', {
  prepared: u64,
  encoder: bytesMax(ENCODER_BYTES_MAX),
  fit: bytesMax(STATE_BYTES_MAX),
});
const FIT_BYTES_MAX = STATE_BYTES_MAX + ENCODER_BYTES_MAX + 64;

const PRECISION_BYTES_MAX = 128;

/**
 * Between two slices of a trial: `predicted` of the folds before `fold`, and the fit of that one, empty before it began. `precision`:
 * what the first fold decided, empty where it has nothing to decide, or has not yet.
 */
export const trialCheckpoint = record('HSC1', {
  fold: u8,
  cycles: u64,
  rowCycles: u64,
  curve: bytesMax(SUMMARY_BYTES_MAX),
  precision: bytesMax(PRECISION_BYTES_MAX),
  predicted: finiteFloats(PREDICTIONS_MAX),
  fit: bytesMax(FIT_BYTES_MAX),
});

/** A model fitted to all rows, with what it takes to run it. */
export const refitResult = record('HSR1', {
  summary: bytesMax(SUMMARY_BYTES_MAX),
  params: bytesMax(PARAMS_BYTES_MAX),
  encoder: bytesMax(ENCODER_BYTES_MAX),
  model: bytesMax(MODEL_BYTES_MAX),
});

/**
 * Out-of-fold predictions of the ensemble, as a trial's: those of a fold by the members chosen on the other folds. `parts`: each
 * member's own. `bags`: a fold's weight of each member among those chosen on the others, in 1/64; none where nothing was crossed.
 * `baseline`: the score of the prior, where there is one.
 */
export const ensembleResult = record('HSE1', {
  summary: bytesMax(SUMMARY_BYTES_MAX),
  folds: u8,
  predicted: finiteFloats(PREDICTIONS_MAX),
  parts: vec(finiteFloats(PREDICTIONS_MAX), MEMBERS_MAX),
  bags: vec(bytesMax(MEMBERS_MAX), FOLDS_MAX),
  baseline: vec(finite, 1),
});

/** Candidates that the ensemble's selections have chosen so far, one entry a step: over all folds, then for each over the others. */
export const ensembleCheckpoint = record('HSD1', { cycles: u64, steps: vec(vec(u16, 64), FOLDS_MAX + 1) });
