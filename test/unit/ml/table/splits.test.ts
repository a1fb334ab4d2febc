/** A zip of pictures whose folders are parts of a set. */
import { unzipSync, zipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { noticeText } from '../../../../ml/table/notice-text.ts';
import { splitNotices } from '../../../../ml/table/read/splits.ts';
import { readTable } from '../../../../ml/table/read-table.ts';
import type { ReadOptions } from '../../../../ml/table/report.ts';
import { unwrap } from '../digits.ts';
import { fixture } from './reading.ts';

const picture = unzipSync(fixture('pictures.zip'))['set/cat/colour.png'] as Uint8Array;
/** One picture at each path. */
const zipped = (paths: readonly string[], options: ReadOptions = {}) =>
  readTable(zipSync(Object.fromEntries(paths.map((path) => [path, picture]))), 'p.zip', options);

describe('parts of a set', () => {
  it.each<[string, string, readonly string[]]>([
    ['at the top', 'test, train', ['train/a/1.png', 'train/b/1.png', 'test/a/1.png', 'test/b/1.png']],
    ['in a folder', 'Test, Train', ['set/Train/a/1.png', 'set/Train/b/1.png', 'set/Test/a/1.png', 'set/Test/b/1.png']],
    ['in Chinese', '测试集, 训练集', ['训练集/a/1.png', '训练集/b/1.png', '测试集/a/1.png', '测试集/b/1.png']],
  ])('are told, and the folders below are the classes: %s', async (_what, example, paths) => {
    const read = unwrap(await zipped(paths));
    expect(read.table).toMatchObject({ rows: 4, target: { classes: ['a', 'b'] } });
    expect(read.notices).toEqual([{ code: 'splits_merged', count: 4, example }]);
  });

  it.each<[string, readonly string[], readonly string[]]>([
    ['classes of vehicles', ['bus', 'train'], ['train/1.png', 'train/2.png', 'bus/1.png', 'bus/2.png']],
    ['one part alone', ['a', 'b'], ['train/a/1.png', 'train/b/1.png', 'train/a/2.png']],
    ['a class named so', ['bus', 'train'], ['set/bus/1.png', 'set/train/1.png', 'set/train/2.png']],
  ])('are not seen in %s', async (_what, classes, paths) => {
    const read = unwrap(await zipped(paths));
    expect(read.table.target).toMatchObject({ classes });
    expect(read.notices.filter(({ code }) => code === 'splits_merged')).toEqual([]);
  });

  it.each<[string, RegExp, readonly string[]]>([
    [
      'of which one has no classes',
      /^test\/1.png lies in no folder of a class/,
      ['train/a/1.png', 'train/b/1.png', 'test/1.png'],
    ],
    [
      'that have no classes',
      /^test\/1.png lies in no folder of a class: test is a part/,
      ['train/1.png', 'test/1.png'],
    ],
  ])('are refused as classes: %s', async (_what, evidence, paths) => {
    const result = await zipped(paths);
    expect(result).toMatchObject({ ok: false, code: 'dataset_malformed' });
    if (!result.ok) expect(result.evidence).toMatch(evidence);
    expect(await zipped(paths, { target: null })).toMatchObject({ ok: true, value: { notices: [] } });
  });

  it('may have a class of such a name below them', () => {
    expect(splitNotices(['train/train/1.png', 'train/bus/1.png', 'test/train/1.png'])).toEqual({
      ok: true,
      value: [{ code: 'splits_merged', count: 3, example: 'train, test' }],
    });
  });

  it('are named in both languages', () => {
    for (const language of ['en', 'zh'] as const) {
      expect(noticeText({ code: 'splits_merged', count: 4, example: 'test, train' }, language)).toMatch(
        /4.*test, train|test, train.*4/,
      );
    }
  });
});
