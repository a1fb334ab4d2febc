/** Parameters as a table of ranges: defaults filled in, everything bounded, nothing unknown. */
import { fail, ok, type Result } from '../../../protocol/errors.ts';
import type { Params } from '../trainer.ts';

export type ParamRule =
  | { readonly kind: 'whole' | 'real'; readonly min: number; readonly max: number; readonly standard: number }
  | { readonly kind: 'switch'; readonly standard: boolean };

export const whole = (min: number, max: number, standard: number): ParamRule => ({ kind: 'whole', min, max, standard });
export const real = (min: number, max: number, standard: number): ParamRule => ({ kind: 'real', min, max, standard });

function fits(rule: ParamRule, value: number | boolean | string): boolean {
  if (rule.kind === 'switch') return typeof value === 'boolean';
  if (typeof value !== 'number' || !(value >= rule.min && value <= rule.max)) return false;
  return rule.kind !== 'whole' || Number.isInteger(value);
}

/** work_invalid names the parameter, and what it may be. */
export function readParams(raw: Params, rules: Readonly<Record<string, ParamRule>>): Result<Params> {
  for (const name of Object.keys(raw)) {
    if (!Object.hasOwn(rules, name)) return fail('work_invalid', `${name} is not a parameter of this family`, name);
  }
  const values: Record<string, number | boolean | string> = {};
  for (const [name, rule] of Object.entries(rules)) {
    const value = raw[name] ?? rule.standard;
    if (!fits(rule, value)) {
      const range = rule.kind === 'switch' ? 'true or false' : `${rule.min} to ${rule.max}`;
      return fail('work_invalid', `${name} is ${value}; it may be ${range}`, name);
    }
    values[name] = value;
  }
  return ok(values);
}

/** Leaves of a model at most: some 12 MB of it, and 32 MB while it predicts. Parameters that would allow more are tightened. */
export const MODEL_LEAVES_MAX = 1 << 20;

/** Of what grows in a fit's checkpoint, of which a search keeps 16 MiB (ml/search/results.ts); the rest is left to what does not. */
export const FIT_BYTES_MAX = 15 << 20;

/** Of parameters that `readParams` returned. */
export const numberOf = (params: Params, name: string): number => params[name] as number;
