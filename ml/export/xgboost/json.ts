/** JSON as XGBoost's typed reader wants it: a number with a point or an exponent is a float, another an integer. */

/** A Float32Array is written as floats; every other number must be an integer. */
export type TypedJson = string | number | Float32Array | readonly TypedJson[] | { readonly [name: string]: TypedJson };

/** Nine digits tell every f32 from its neighbours, and are as many as XGBoost reads without its slow path. */
const float = (value: number): string =>
  value
    .toExponential(8)
    .replace(/\.?0+e/, 'e')
    .replace('e+', 'e');

export function typedJson(value: TypedJson): string {
  if (value instanceof Float32Array) return `[${Array.from(value, float).join(',')}]`;
  if (Array.isArray(value)) return `[${value.map(typedJson).join(',')}]`;
  if (typeof value === 'object') {
    return `{${Object.entries(value)
      .map(([name, part]) => `${JSON.stringify(name)}:${typedJson(part)}`)
      .join(',')}}`;
  }
  return JSON.stringify(value);
}
