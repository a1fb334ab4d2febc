/** How good a prediction is: the only place where the held-out labels are looked at. Pure. */
export interface Score {
  readonly right: number;
  readonly rows: number;
  readonly accuracy: number;
}

/** Both are class indices, one a row. Throws when they differ in number. */
export function scoreOf(predicted: Uint8Array, truth: Uint8Array): Score {
  if (predicted.length !== truth.length)
    throw new RangeError(`${predicted.length} predictions of ${truth.length} rows`);
  const right = predicted.reduce((sum, label, row) => sum + Number(label === truth[row]), 0);
  return { right, rows: truth.length, accuracy: right / truth.length };
}
