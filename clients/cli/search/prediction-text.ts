/** Predictions of a search's model: opened, and as CSV and JSON. */
import type { Bundle } from '../../../ml/bundle/bundle.ts';
import { decodePrediction, type Prediction, predictionLeaves } from '../../../ml/bundle/prediction.ts';
import type { WireOrder } from '../../../protocol/wire.ts';
import type { Client } from '../../sdk/client.ts';
import { UntrustedError } from '../../sdk/errors.ts';
import { floatText } from '../../sdk/float-text.ts';
import type { TablePredictionFile } from '../search-files.ts';

/** Decrypted, and held against the order's root row by row. */
export async function openTablePrediction(
  client: Client,
  order: WireOrder,
  { order: id, contentKey, rows, classes }: TablePredictionFile,
  given: Uint8Array | null = null,
): Promise<Prediction> {
  const ciphertext = given ?? (await client.resultCiphertext(id));
  const decoded = (plaintext: Uint8Array): Prediction => {
    const prediction = decodePrediction(plaintext, rows, classes.length);
    if (!prediction.ok) throw new UntrustedError(`the result is no prediction: ${prediction.evidence}`);
    return prediction.value;
  };
  const split = (plaintext: Uint8Array) => predictionLeaves(decoded(plaintext));
  return decoded(await client.openResult(order, contentKey, ciphertext, split));
}

type Named = Pick<Bundle, 'target' | 'classes'>;

/** RFC 4180: whatever has a comma, a quote or a line's end is quoted. */
const cell = (text: string): string => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

const answers = (classes: readonly string[], { labels, values, rows }: Prediction): string[] =>
  Array.from({ length: rows }, (_, row) =>
    classes.length > 0 ? (classes[labels[row] as number] as string) : String(values[row]),
  );

const rowOf = ({ values }: Prediction, classes: number, row: number): number[] =>
  Array.from(values.subarray(row * classes, (row + 1) * classes));

/** A column named after the target, and with `isLong` one of each class's probability behind it. */
export function predictionCsv({ target, classes }: Named, prediction: Prediction, isLong: boolean): string {
  const name = target === '' ? 'cluster' : target;
  const said = answers(classes, prediction);
  const lines = said.map((answer, row) => {
    const probabilities = isLong ? rowOf(prediction, classes.length, row).map(floatText) : [];
    return [cell(answer), ...probabilities].join(',');
  });
  const head = [cell(name), ...(isLong ? classes.map((one) => cell(`p(${one})`)) : [])];
  return `${[head.join(','), ...lines].join('\n')}\n`;
}

export function predictionJson(classes: readonly string[], prediction: Prediction, isLong: boolean): object {
  const { rows, values } = prediction;
  if (classes.length === 0) return { predictions: Array.from(values) };
  const probabilities = Array.from({ length: rows }, (_, row) => rowOf(prediction, classes.length, row));
  return { predictions: answers(classes, prediction), ...(isLong ? { classes, probabilities } : {}) };
}
