/** A boosted member of a bundle as XGBoost JSON. Preprocessing stays behind: the model's attribute `columns` says what rows to give it. */
import { fail, ok, type Result } from '../../../protocol/errors.ts';
import type { Bundle, BundleMember } from '../../bundle/bundle.ts';
import type { Encoder } from '../../features/encoder.ts';
import { type DecodedForest, decodeForest } from '../../trainers/trees/decoded.ts';
import { xgboostJson } from './model.ts';

/** `member`: index of a boosted member; may be left out where there is one only. Refuses all other families. */
export function exportXgboost(
  bundle: Pick<Bundle, 'members' | 'classes' | 'classWeights' | 'target'>,
  member?: number,
): Result<string> {
  const part = boostedMember(bundle.members, member);
  if (!part.ok) return part;
  const forest = decodeForest(part.value.model);
  if (!forest.ok) return forest;
  const { encoder } = part.value;
  const attributes = {
    target: bundle.target,
    classes: JSON.stringify(bundle.classes),
    columns: JSON.stringify(columnsOf(encoder)),
    ...notesOf(forest.value, bundle.classWeights),
  };
  return xgboostJson(forest.value, attributes, namesOf(encoder));
}

/** Values farther from zero than this many spreads lose what differs: XGBoost adds them up in f32. */
const FAR = 2 ** 16;

/** What XGBoost itself does not do, for whoever scores rows by the file. */
function notesOf({ kind, base, scale }: DecodedForest, classWeights: readonly number[]): Record<string, string> {
  const isFar = kind === 'sum' && Math.abs(base) > FAR * scale;
  return {
    ...(isFar ? { notice: `values near ${base} that differ by ${scale} at most are rounded to f32` } : {}),
    ...(classWeights.length > 0 ? { class_weights: JSON.stringify(classWeights) } : {}),
  };
}

function boostedMember(members: readonly BundleMember[], named?: number): Result<BundleMember> {
  const boosted = members.flatMap(({ family }, i) => (family === 'boost' ? [i] : []));
  const [only] = boosted;
  if (named === undefined && only === undefined) return fail('export_unsupported', 'no member is of boosted trees');
  if (named === undefined && boosted.length > 1) {
    return fail('export_unsupported', `members ${boosted.join(', ')} are boosted trees: name one`);
  }
  const chosen = named ?? (only as number);
  const part = members[chosen];
  if (!part) return fail('export_unsupported', `there is no member ${chosen}`);
  if (part.family === 'boost') return ok(part);
  return fail('export_unsupported', `member ${chosen} is of ${part.family}: XGBoost JSON holds boosted trees only`);
}

/** XGBoost's: no two alike, and none with [, ] or <. */
function namesOf({ columnsOf: columns }: Encoder): string[] {
  const names = new Set<string>();
  for (const { name } of columns) {
    const allowed = name.replace(/[[\]<]/g, '_');
    let own = allowed;
    // Ends: there are fewer names than columns.
    for (let copy = 2; names.has(own); copy++) own = `${allowed}_${copy}`;
    names.add(own);
  }
  return [...names];
}

/** Of each column of the matrix: its name, and what each code of a category stands for; or the number of each level, '' being missing. */
function columnsOf({ plans, schema, columnsOf: columns }: Encoder): object[] {
  const categoriesOf = (at: number): readonly string[] => {
    const column = schema.kind === 'columns' ? schema.columns[at] : undefined;
    return column?.kind === 'category' ? column.categories : [];
  };
  const means = new Map(
    plans.flatMap((plan) => {
      if (plan.kind !== 'means') return [];
      const levels = [...plan.kept.map((code) => categoriesOf(plan.column)[code] as string), ''];
      const number = (level: number, output: number) => plan.values[level * plan.outputs + output];
      const columnsOfPlan = Array.from({ length: plan.outputs }, (_, output) => ({
        levels: Object.fromEntries(levels.map((level, at) => [level, number(at, output)])),
        others: number(levels.length, output),
      }));
      return [[plan.column, columnsOfPlan] as const];
    }),
  );
  const codes = new Map(
    plans.flatMap((plan) => {
      if (plan.kind !== 'codes') return [];
      const names = (of: readonly number[]) => of.map((code) => categoriesOf(plan.column)[code]);
      return [[plan.column, [...names(plan.kept), ...(plan.folded.length > 0 ? [names(plan.folded)] : [])]] as const];
    }),
  );
  return columns.map(({ column, name }, i) => ({
    name,
    ...(codes.has(column) ? { codes: codes.get(column) } : {}),
    ...means.get(column)?.[i - columns.findIndex((other) => other.column === column)],
  }));
}
