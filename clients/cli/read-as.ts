/** How a model's table was read, as its file says so. Trusted no more than the rest of the file. */
import { DECIMALS, KINDS, type ReadAs, SEPARATORS } from './read-options.ts';

type Raw = Record<string, unknown>;

const isObject = (value: unknown): value is Raw => typeof value === 'object' && value !== null && !Array.isArray(value);
const isText = (value: unknown): boolean => typeof value === 'string';
const isSwitch = (value: unknown): boolean => typeof value === 'boolean';
const isSide = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) > 0;
const isOf = (values: readonly unknown[]) => (value: unknown) => values.includes(value);

const FIELDS: { readonly [Name in keyof Required<ReadAs>]: (value: unknown) => boolean } = {
  missing: (value) => Array.isArray(value) && value.every(isText),
  separator: isOf(SEPARATORS),
  encoding: isText,
  decimal: isOf(DECIMALS),
  dayFirst: isSwitch,
  header: isSwitch,
  column: (value) => isObject(value) && Object.values(value).every(isOf(KINDS)),
  units: (value) => isObject(value) && Object.values(value).every(isText),
  imageSize: (value) => isObject(value) && isSide(value.height) && isSide(value.width),
};

/** Undefined for what is none. A field that nobody knows here is of a later version and is left out. */
export function readAsIn(value: unknown): ReadAs | undefined {
  if (!isObject(value)) return undefined;
  const known = Object.entries(FIELDS).filter(([name]) => value[name] !== undefined);
  if (!known.every(([name, isField]) => isField(value[name]))) return undefined;
  return Object.fromEntries(known.map(([name]) => [name, value[name]])) as ReadAs;
}
