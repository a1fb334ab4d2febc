import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Refusal } from '../../../clients/cli/exit-codes.ts';
import {
  type ModelFile,
  OrderFiles,
  type PredictionFile,
  parseOrderFile,
  readModelFile,
  writeModelFile,
} from '../../../clients/cli/order-files.ts';
import { temporaryFolder } from './captured-io.ts';

const common = {
  order: '01'.repeat(32),
  url: 'http://127.0.0.1:8787',
  genesis: '02'.repeat(32),
  contentKey: new Uint8Array(32).fill(3),
  target: 'digit',
  classValues: [0, 1.5, 7],
};
const model: ModelFile = {
  ...common,
  kind: 'model',
  columns: ['a', 'b'],
  work: { kind: 'train', rows: 9, features: 2, hidden: 4, classes: 3, epochs: 1, batch: 3, seed: 2n ** 64n - 1n },
};
const prediction: PredictionFile = { ...common, kind: 'prediction', rows: 5 };

describe("the files of a user's orders", () => {
  it('come back as they were, readable by their owner only', () => {
    const folder = temporaryFolder();
    const files = new OrderFiles({ XDG_CONFIG_HOME: folder });
    for (const file of [model, prediction]) {
      files.write(file);
      expect(files.read(file.order)).toMatchObject(file);
    }
    expect(statSync(join(folder, 'hai', 'orders', `${common.order}.json`)).mode & 0o777).toBe(0o600);
    files.remove(common.order);
    expect(() => files.read(common.order)).toThrow(Refusal);
  });

  it('hold a model that predict takes, and refuse to be overwritten', () => {
    const path = join(temporaryFolder(), 'm.json');
    writeModelFile(path, model, false);
    expect(readModelFile(path)).toMatchObject(model);
    expect(() => writeModelFile(path, model, false)).toThrow('not overwritten');
    writeModelFile(path, { ...model, target: 'other' }, true);
    expect(readModelFile(path).target).toBe('other');
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it('refuse whatever is not one', () => {
    const path = join(temporaryFolder(), 'm.json');
    writeModelFile(path, model, false);
    const text = readFileSync(path, 'utf8');
    const raw = JSON.parse(text) as Record<string, unknown>;
    const changes: Record<string, unknown>[] = [
      { format: 'hai-model/2' },
      { order: 'short' },
      { contentKey: 'AB'.repeat(32) },
      { genesis: undefined },
      { url: 1 },
      { classValues: ['0'] },
      { columns: [1] },
      { work: { ...(raw.work as object), rows: 0 } },
      { work: { ...(raw.work as object), seed: '-1' } },
      { work: { ...(raw.work as object), kind: 'predict' } },
      { work: undefined },
    ];
    for (const change of changes) {
      const changed = JSON.stringify({ ...raw, ...change });
      expect(() => parseOrderFile(changed, 'm'), changed).toThrow(Refusal);
    }
    for (const other of ['', 'null', '[]', '{}', '1']) expect(() => parseOrderFile(other, 'm')).toThrow(Refusal);
    expect(parseOrderFile(text, 'm')).toMatchObject(model);
  });

  it('are named by ids of orders, and by nothing that a network could say instead', () => {
    const folder = temporaryFolder();
    const files = new OrderFiles({ XDG_CONFIG_HOME: folder });
    writeModelFile(join(folder, 'elsewhere.json'), model, false);
    for (const id of ['../../elsewhere', '', 'AB'.repeat(32)]) {
      expect(() => files.read(id), id).toThrow('not the id of an order');
      expect(() => files.write({ ...model, order: id }), id).toThrow(Refusal);
    }
  });

  it('do not let a prediction pass for a model', () => {
    const folder = temporaryFolder();
    new OrderFiles({ XDG_CONFIG_HOME: folder }).write(prediction);
    const path = join(folder, 'hai', 'orders', `${common.order}.json`);
    expect(() => readModelFile(path)).toThrow('no model');
    writeFileSync(path, readFileSync(path, 'utf8').replace('hai-prediction/1', 'hai-model/1'));
    expect(() => readModelFile(path)).toThrow(Refusal);
  });
});
