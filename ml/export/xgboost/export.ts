/** A boosted member of a bundle as XGBoost JSON. Preprocessing stays behind: the model's attribute `columns` says what rows to give it. */
import { fail, ok, type Result } from '../../../protocol/errors.ts';
import type { Bundle, BundleMember } from '../../bundle/bundle.ts';
import type { Encoder } from '../../features/encoder.ts';
import { decodeForest } from '../../trainers/trees/decoded.ts';
import { xgboostJson } from './model.ts';

/** `member`: index of a boosted member; may be left out where there is one only. Refuses all other families. */
export function exportXgboost(bundle: Pick<Bundle, 'members' | 'classes' | 'target'>, member?: number): Result<string> {
  const part = boostedMember(bundle.members, member);
  if (!part.ok) return part;
  const forest = decodeForest(part.value.model);
  if (!forest.ok) return forest;
  return xgboostJson(forest.value, {
    target: bundle.target,
    classes: JSON.stringify(bundle.classes),
    columns: JSON.stringify(columnsOf(part.value.encoder)),
  });
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

/** Of each column of the matrix: its name, and what each code of a category stands for. */
function columnsOf({ plans, schema, columnsOf: columns }: Encoder): object[] {
  const codes = new Map(
    plans.flatMap((plan) => {
      if (plan.kind !== 'codes' || schema.kind !== 'columns') return [];
      const column = schema.columns[plan.column];
      if (column?.kind !== 'category') return [];
      const names = (of: readonly number[]) => of.map((code) => column.categories[code]);
      return [[plan.column, [...names(plan.kept), ...(plan.folded.length > 0 ? [names(plan.folded)] : [])]] as const];
    }),
  );
  return columns.map(({ column, name }) => ({ name, ...(codes.has(column) ? { codes: codes.get(column) } : {}) }));
}
