import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Refusal } from '../../../clients/cli/exit-codes.ts';
import { OrderFiles, parseOrderFile, readAnyModelFile, writeModelFile } from '../../../clients/cli/order-files.ts';
import {
  type LocalModelFile,
  type SearchFile,
  searchRaw,
  type TablePredictionFile,
} from '../../../clients/cli/search-files.ts';
import type { ReadAs } from '../../../ml/table/read-as.ts';
import { hpuCycles } from '../../../protocol/units.ts';
import { temporaryFolder } from './captured-io.ts';

const keys = {
  order: '01'.repeat(32),
  url: 'http://127.0.0.1:8787',
  genesis: '02'.repeat(32),
  contentKey: new Uint8Array(32).fill(3),
};
const search: SearchFile = {
  ...keys,
  kind: 'search',
  target: '种类',
  task: 'classes',
  metric: 'accuracy',
  families: ['boost', 'mlp'],
  work: {
    kind: 'search',
    rows: 344,
    columns: 6,
    classes: 3,
    images: false,
    trials: 8,
    folds: 5,
    budget: hpuCycles(2n ** 60n),
    rowCycles: 100,
    seed: 2n ** 64n - 1n,
  },
};
const local: LocalModelFile = { kind: 'local', target: 'y', metric: 'r2', bundle: Uint8Array.of(1, 2, 3) };
const read: ReadAs = {
  missing: ['-', ''],
  separator: '\t',
  encoding: 'gb18030',
  decimal: ',',
  dayFirst: true,
  header: false,
  column: { 年龄: 'number', id: 'ignore' },
  imageSize: { height: 28, width: 32 },
  units: { 体重: 'kg' },
};
const prediction: TablePredictionFile = { ...keys, kind: 'tablePrediction', target: 'y', classes: ['a', 'b'], rows: 5 };

describe('the files of searches', () => {
  it('come back as they were, with their model and without', () => {
    const folder = temporaryFolder();
    const files = new OrderFiles({ XDG_CONFIG_HOME: folder });
    for (const file of [search, prediction]) {
      files.write(file);
      expect(files.read(file.order)).toEqual(file);
    }
    const path = join(folder, 'm.json');
    for (const file of [search, { ...search, bundle: Uint8Array.of(9), read }, local, { ...local, read: {} }]) {
      writeModelFile(path, file, true);
      expect(readAnyModelFile(path)).toEqual(file);
    }
  });

  it('refuse whatever is not one, and a local model where an order is wanted', () => {
    const path = join(temporaryFolder(), 'm.json');
    const changes = [
      { metric: 1 },
      { families: [1] },
      { contentKey: 'ab' },
      { work: { kind: 'search' } },
      { bundle: '!' },
      { target: null },
      { read: null },
      { read: { separator: '#' } },
      { read: { missing: '-' } },
      { read: { header: 'no' } },
      { read: { column: { a: 'text' } } },
      { read: { imageSize: { height: 0, width: 2 } } },
      { read: { units: { a: 1 } } },
    ];
    for (const change of changes) {
      writeFileSync(path, JSON.stringify({ ...searchRaw(search), ...change }));
      expect(() => readAnyModelFile(path), JSON.stringify(change)).toThrow(Refusal);
    }
    // Of a later version.
    writeFileSync(path, JSON.stringify({ ...searchRaw(search), read: { quote: "'" } }));
    expect(readAnyModelFile(path)).toEqual({ ...search, read: {} });
    expect(() => parseOrderFile(JSON.stringify(searchRaw(local)), 'm')).toThrow('not the file of an order');
    writeFileSync(path, JSON.stringify(searchRaw(prediction)));
    expect(() => readAnyModelFile(path)).toThrow('no model');
  });
});
