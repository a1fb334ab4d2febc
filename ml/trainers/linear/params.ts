/** Reads a family's parameters: each known, in range, and with a default. */
import { fail, ok, type Result } from '../../../protocol/errors.ts';
import type { Params } from '../trainer.ts';

export interface NumberParam {
  readonly kind: 'number' | 'integer';
  readonly fallback: number | string;
  readonly low: number;
  readonly high: number;
  /** A word that may stand for a number. */
  readonly word?: string;
}

export interface FlagParam {
  readonly kind: 'flag';
  readonly fallback: boolean;
}

export type ParamTable = Readonly<Record<string, NumberParam | FlagParam>>;

function faultOf(name: string, value: number | boolean | string, param: NumberParam | FlagParam): string | undefined {
  if (param.kind === 'flag') return typeof value === 'boolean' ? undefined : `${name} is not true or false`;
  if (param.word !== undefined && value === param.word) return undefined;
  const { low, high } = param;
  const inRange = typeof value === 'number' && value >= low && value <= high;
  if (!inRange) return `${name} is not ${param.word ? `"${param.word}" or ` : ''}from ${low} to ${high}`;
  return param.kind === 'integer' && !Number.isInteger(value) ? `${name} is not an integer` : undefined;
}

/** work_invalid, with the parameter's name, for one that is unknown or out of range. */
export function readParams(table: ParamTable, raw: Params): Result<Params> {
  for (const name of Object.keys(raw)) {
    if (!Object.hasOwn(table, name)) return fail('work_invalid', `no such parameter: ${name}`, name);
  }
  const params: Record<string, number | boolean | string> = {};
  for (const [name, param] of Object.entries(table)) {
    const value = raw[name] ?? param.fallback;
    const fault = faultOf(name, value, param);
    if (fault !== undefined) return fail('work_invalid', fault, name);
    params[name] = value;
  }
  return ok(params);
}
