/**
 * What a function returns that may be refused. Apart from errors.ts and its table of titles, which whoever only verifies does not
 * load; the codes are that table's.
 */

/** An expected failure, returned and never thrown. `evidence` is safe to show: no key, no private input. */
export interface FailureOf<Code extends string> {
  readonly ok: false;
  readonly code: Code;
  readonly evidence?: string;
  /** The field, header or column at fault. */
  readonly param?: string;
}

export type ResultOf<T, Code extends string> = { readonly ok: true; readonly value: T } | FailureOf<Code>;

export const ok = <T>(value: T): { readonly ok: true; readonly value: T } => ({ ok: true, value });

/** Whoever returns it says by its own type that the code is one of the table. */
export function fail<const Code extends string>(code: Code, evidence?: string, param?: string): FailureOf<Code> {
  return {
    ok: false,
    code,
    ...(evidence === undefined ? {} : { evidence }),
    ...(param === undefined ? {} : { param }),
  };
}

/** 0 stands for "applied" wherever an outcome is hashed; an error's number stands for its refusal. */
export const APPLIED = 0;
