/** What an order's stored key opens, by the kind of the order: for a file, for a program, and for a terminal. */
import type { WireOrder } from '../../protocol/wire.ts';
import type { Client } from '../sdk/client.ts';
import type { ModelFile, OrderFile, PredictionFile } from './order-files.ts';
import { openModel, openPredictions, predictionsCsv } from './results.ts';
import { openBundle } from './search/open-bundle.ts';
import { openTablePrediction, predictionCsv, predictionJson } from './search/prediction-text.ts';
import { reportJson, reportText } from './search/report-text.ts';
import type { SearchFile, TablePredictionFile } from './search-files.ts';

interface OpenedResult {
  /** As it is written to a file. */
  readonly content: Uint8Array | string;
  readonly told: object;
  /** `path`: of the file that it was written to. */
  text(path: string | undefined): string;
}

type Opener<F> = (client: Client, order: WireOrder, file: F, bold: (text: string) => string) => Promise<OpenedResult>;

const predictionsText = (rows: number, csv: string) => (path: string | undefined) =>
  path === undefined ? csv.trimEnd() : `${rows} predictions in ${path}`;

const OPENERS: {
  readonly model: Opener<ModelFile>;
  readonly search: Opener<SearchFile>;
  readonly prediction: Opener<PredictionFile>;
  readonly tablePrediction: Opener<TablePredictionFile>;
} = {
  async model(client, order, file) {
    const { bytes, model } = await openModel(client, order, file);
    const text = `a model of ${bytes.length} bytes`;
    return {
      content: bytes,
      told: { bytes: bytes.length, shape: model.shape },
      text: (path) => (path === undefined ? text : `${text} in ${path}`),
    };
  },
  async search(client, order, file, bold) {
    const found = await openBundle(client, order, file);
    const text = reportText(found, bold);
    return {
      content: found.bytes,
      told: reportJson(found),
      text: (path) => (path === undefined ? text : `${text}\n\n${path}`),
    };
  },
  async prediction(client, order, file) {
    const values = await openPredictions(client, order, file);
    const csv = predictionsCsv(file.target, values);
    return {
      content: csv,
      told: { rows: values.length, predictions: values },
      text: predictionsText(values.length, csv),
    };
  },
  async tablePrediction(client, order, file) {
    const prediction = await openTablePrediction(client, order, file);
    const csv = predictionCsv(file, prediction, true);
    const { rows, classes } = file;
    return {
      content: csv,
      told: { rows, ...predictionJson(classes, prediction, true) },
      text: predictionsText(rows, csv),
    };
  },
};

export const openOrderResult: Opener<OrderFile> = (client, order, file, bold) =>
  // The table has each kind's own opener; TypeScript does not follow a union through it.
  (OPENERS[file.kind] as Opener<OrderFile>)(client, order, file, bold);
