/**
 * A category of very many levels as numbers: each level's mean of the target (of each class, its share), drawn towards the mean of all
 * rows the more, the fewer rows it has and the less levels differ: the empirical Bayes estimate of one-way analysis of variance
 * (D. Micci-Barreca, "A preprocessing scheme for high-cardinality categorical attributes", 2001; Searle, Casella and McCulloch, "Variance
 * components", 1992). Rows that are learned from have the means of other rows: of their own they would tell a model its target.
 */
import type { Table, Target } from '../table/table.ts';
import { codesOf, type Rows } from './cells.ts';
import { MEAN_CLASSES_MAX, Z_MAX } from './plan.ts';

/** Parts of the rows; a row's means are of the other parts (scikit-learn's TargetEncoder has as many). */
const PARTS = 5;
/** So many deviations beyond chance must levels differ. */
const CHANCE_DEVIATIONS = 2;

export interface LevelMeans {
  /** Levels that were met, ascending; a missing cell is none of them. */
  readonly kept: readonly number[];
  /** Numbers a level. */
  readonly outputs: number;
  /** Standard scores, f32, row-major: of each kept level, of the missing cell, and of any other. */
  readonly values: Float32Array;
  /** Of the rows that were learned from, in their order: row-major, rows x outputs. */
  readonly learned: Float32Array;
}

/** 0 where there is no target to take means of, or too many classes. Of two classes one share says both. */
export function meansOf(target: Target): number {
  if (target.kind === 'values') return 1;
  if (target.kind === 'none' || target.classes.length > MEAN_CLASSES_MAX) return 0;
  return target.classes.length === 2 ? 1 : target.classes.length;
}

/** Undefined where levels do not differ by more than chance. */
export function learnLevelMeans(table: Table, rows: Rows, column: number): LevelMeans | undefined {
  const codes = codesOf(table, rows, column);
  const outputs = meansOf(table.target);
  const kept = [...new Set(codes)].filter((code) => code >= 0).sort((a, b) => a - b);
  const places = new Map(kept.map((code, place) => [code, place]));
  const levels = Int32Array.from(codes, (code) => places.get(code) ?? kept.length);
  const values = new Float32Array((kept.length + 2) * outputs);
  const learned = new Float32Array(rows.length * outputs);
  const parts = Uint8Array.from({ length: rows.length }, (_, i) => partOf(rows[i] as number));
  let isTelling = false;
  for (let output = 0; output < outputs; output++) {
    const y = Float64Array.from({ length: rows.length }, (_, i) => outputOf(table.target, rows[i] as number, output));
    const own = estimate(y, levels, parts, kept.length + 1);
    if (!own) continue;
    isTelling = true;
    own.learned.forEach((z, i) => {
      learned[i * outputs + output] = z;
    });
    own.levels.forEach((z, level) => {
      values[level * outputs + output] = z;
    });
  }
  return isTelling ? { kept, outputs, values, learned } : undefined;
}

/** The value, or 1 where the row is of the class and 0 where not. */
function outputOf(target: Target, row: number, output: number): number {
  if (target.kind === 'values') return target.values[row] as number;
  if (target.kind === 'none') return 0;
  const shown = target.classes.length === 2 ? 1 : output;
  return target.labels[row] === shown ? 1 : 0;
}

/** By the row's number, mixed: rows may be in any order, and levels recur in a period. */
function partOf(row: number): number {
  let word = Math.imul(row + 1, 0x9e3779b1);
  word = Math.imul(word ^ (word >>> 15), 0x85ebca6b);
  return ((word ^ (word >>> 13)) >>> 0) % PARTS;
}

/** Sums are in the order of the rows. The last of `levels` is that of any other level: the mean of all rows. */
function estimate(y: Float64Array, levels: Int32Array, parts: Uint8Array, count: number) {
  const mean = y.reduce((sum, own) => sum + own, 0) / y.length;
  const sums = new Float64Array(count * PARTS);
  const rows = new Float64Array(count * PARTS);
  y.forEach((own, i) => {
    const at = (levels[i] as number) * PARTS + (parts[i] as number);
    sums[at] = (sums[at] as number) + (own - mean);
    rows[at] = (rows[at] as number) + 1;
  });
  const whole = (cells: Float64Array, level: number): number =>
    cells.subarray(level * PARTS, (level + 1) * PARTS).reduce((sum, cell) => sum + cell, 0);
  const levelSums = Float64Array.from({ length: count }, (_, level) => whole(sums, level));
  const levelRows = Float64Array.from({ length: count }, (_, level) => whole(rows, level));
  const pull = pullOf(y, mean, levels, levelSums, levelRows);
  if (pull === undefined) return undefined;
  const drawn = (sum: number, size: number): number => (size > 0 ? sum / (size + pull) : 0);
  const others = Float64Array.from(levels, (level, i) => {
    const at = level * PARTS + (parts[i] as number);
    const size = (levelRows[level] as number) - (rows[at] as number);
    return drawn((levelSums[level] as number) - (sums[at] as number), size);
  });
  const score = standardScore(others);
  if (!score) return undefined;
  const all = Float64Array.from(levelSums, (sum, level) => drawn(sum, levelRows[level] as number));
  return { learned: Float32Array.from(others, score), levels: Float32Array.from([...all, 0], score) };
}

/**
 * Rows that the mean of all counts for in a level's: the variance within levels over that between them. Undefined where that may be
 * chance, or each level has one row.
 */
function pullOf(y: Float64Array, mean: number, levels: Int32Array, sums: Float64Array, rows: Float64Array) {
  const centres = sums.map((sum, level) => ((rows[level] as number) > 0 ? sum / (rows[level] as number) : 0));
  let [within, between, squares, met] = [0, 0, 0, 0];
  y.forEach((own, i) => {
    const distance = own - mean - (centres[levels[i] as number] as number);
    within += distance * distance;
  });
  centres.forEach((centre, level) => {
    const size = rows[level] as number;
    between += size * centre * centre;
    squares += size * size;
    met += size > 0 ? 1 : 0;
  });
  if (met < 2 || y.length <= met) return undefined;
  const noise = within / (y.length - met);
  // The ratio of the two, without differences, is 1 with this deviation.
  const deviation = Math.sqrt(2 / (met - 1) + 2 / (y.length - met));
  if (between / (met - 1) <= noise * (1 + CHANCE_DEVIATIONS * deviation)) return undefined;
  const usual = (y.length - squares / y.length) / (met - 1);
  return (noise * usual) / (between / (met - 1) - noise);
}

/** To f32, with one zero. Undefined where all are the same. */
function standardScore(values: Float64Array): ((value: number) => number) | undefined {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) * (value - mean), 0) / values.length;
  const inverse = variance > 0 ? 1 / Math.sqrt(variance) : 0;
  if (!(inverse > 0 && Number.isFinite(inverse))) return undefined;
  return (value) => Math.fround(Math.min(Z_MAX, Math.max(-Z_MAX, (value - mean) * inverse))) + 0;
}
