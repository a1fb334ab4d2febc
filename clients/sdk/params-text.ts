/** Parameters of a candidate in a line: "depth=6 rate=0.1". Names and words are whoever's made them: for a terminal they are cleaned there. */
export const paramsText = (params: Readonly<Record<string, number | boolean | string>>): string =>
  Object.entries(params)
    .map(([name, value]) => `${name}=${typeof value === 'number' ? Number(value.toPrecision(3)) : value}`)
    .join(' ');
