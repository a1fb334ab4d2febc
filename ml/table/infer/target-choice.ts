/** Which column is to be predicted where nobody says. */
import { fail, ok, type Result } from '../../../protocol/errors.ts';
import { shown } from '../limits.ts';
import { nearName } from '../near-name.ts';
import type { RawTable } from '../read/raw.ts';
import type { Notice } from '../report.ts';

/** Names that a target has wherever it stands, the surest first; compared in lower case. */
const ANYWHERE: readonly string[] = [
  ...['target', 'label', 'labels', 'target_class', 'outcome', 'response'],
  ...['标签', '目标', '目标值', '目标变量', '标注', '结果'],
];
/** Names that features have too: a target has them as the first column or the last. */
const AT_AN_END: readonly string[] = ['class', 'classes', '类别', '分类'];
/** Of what is usually asked about, after `y`. */
const ASKED: readonly string[] = ['survived', 'diagnosis', 'churn', 'attrition', 'exited'];

export interface TargetChoice {
  /** Index of the column, or -1 for no target. */
  readonly index: number;
  readonly notices: readonly Notice[];
}

/**
 * What a column may be: a target or a feature; a feature alone, as those that have no name or count up with the rows; neither, as it
 * never changes or numbers the rows; nothing at all, as it is empty or free text.
 */
export type ColumnRole = 'any' | 'feature' | 'constant' | 'none';

/** `isIgnored`: somebody said so. */
export interface ColumnTests {
  readonly isIgnored: (index: number) => boolean;
  readonly roleOf: (index: number) => ColumnRole;
}

/** unknown_column, with the name that may have been meant. */
export function noColumn(wanted: string, columns: RawTable['columns']): Result<never> {
  const near = nearName(
    wanted,
    columns.map(({ name }) => name),
  );
  const meant = near === undefined ? '' : `: is it ${shown(near)}?`;
  return fail('unknown_column', `there is no column ${shown(wanted)}${meant}`, wanted);
}

/** unknown_column where the wanted one is not there. */
export function chooseTarget(
  { columns }: RawTable,
  wanted: string | null | undefined,
  tests: ColumnTests,
): Result<TargetChoice> {
  if (wanted === null) return ok({ index: -1, notices: [] });
  if (wanted !== undefined) {
    const index = columns.findIndex(({ name }) => name === wanted);
    return index < 0 ? noColumn(wanted, columns) : ok({ index, notices: [] });
  }
  const names = columns.map(({ name }, index) => (tests.isIgnored(index) ? '' : name.toLowerCase()));
  const named = usualTarget(names);
  const index = named >= 0 ? named : lastTold(names, tests);
  return ok({ index, notices: [{ code: 'target_chosen', name: columns[index]?.name ?? '' }] });
}

function usualTarget(names: readonly string[]): number {
  const last = names.length - 1;
  const find = (wanted: readonly string[], isAt: (index: number) => boolean): number =>
    wanted.map((name) => names.findIndex((one, index) => one === name && isAt(index))).find((index) => index >= 0) ??
    -1;
  const found = [
    find(ANYWHERE, () => true),
    find(AT_AN_END, (index) => index === 0 || index === last),
    // After an x it is the second of two coordinates.
    find(['y'], (index) => index === last || !names.slice(0, index).includes('x')),
    find(ASKED, () => true),
  ];
  return found.find((index) => index >= 0) ?? -1;
}

/**
 * The last column that may be one and is no coordinate. Where that would leave nothing to learn from, a later one that never changes
 * is what was meant, and its refusal says so.
 */
function lastTold(names: readonly string[], { isIgnored, roleOf }: ColumnTests): number {
  const indices = names.map((_, index) => index).filter((index) => !isIgnored(index));
  const last = indices.at(-1) ?? names.length - 1;
  const isSpace = ['x', 'y', 'z'].every((name) => names.includes(name)) && names.length > 3;
  const isCoordinate = (index: number): boolean => isSpace && ['x', 'y', 'z'].includes(names[index] as string);
  const found = indices.findLast((index) => !isCoordinate(index) && roleOf(index) === 'any');
  if (found === undefined || found === last)
    return found ?? indices.findLast((index) => roleOf(index) !== 'none') ?? last;
  const isLearnt = indices.some((index) => index !== found && ['any', 'feature'].includes(roleOf(index)));
  return isLearnt ? found : (indices.findLast((index) => index > found && roleOf(index) === 'constant') ?? found);
}
