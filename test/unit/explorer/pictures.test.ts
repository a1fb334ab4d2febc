/** A picture for an image model: the row that a zip of pictures would have made of it, or why it can't be one. */
import { readFileSync } from 'node:fs';
import { unzipSync } from 'fflate';
import { expect, test } from 'vitest';
import { pictureOfFile } from '../../../clients/explorer/search/picture-file.ts';
import { pictureOfRow } from '../../../clients/explorer/search/picture-row.ts';
import { readRows } from '../../../ml/table/read-rows.ts';
import type { Images } from '../../../ml/table/table.ts';
import { unwrap } from '../ml/digits.ts';

const ZIP = readFileSync(new URL('../../fixtures/tables/pictures.zip', import.meta.url));
const schema = (height: number, width: number, channels: number) =>
  ({ kind: 'images', height, width, channels }) as const;

test('a dropped picture is the row that the archive of it gives, whatever its size', async () => {
  const wanted = schema(5, 4, 3);
  const { table, paths = [] } = unwrap(await readRows(ZIP, 'pictures.zip', wanted));
  const files = unzipSync(ZIP);
  expect(paths.length).toBeGreaterThan(3);
  for (const [row, path] of paths.entries()) {
    const file = new File([files[path] as Uint8Array<ArrayBuffer>], path);
    expect(unwrap(await pictureOfFile(file, wanted))).toEqual(pictureOfRow(table, row));
  }
});

test('what is no picture is refused, and colour for a model that knows grey', async () => {
  const text = new File(['a,b\n1,2\n'], 'table.csv');
  expect(await pictureOfFile(text, schema(4, 4, 1))).toMatchObject({ ok: false, code: 'dataset_malformed' });
  const files = Object.entries(unzipSync(ZIP)).filter(([path]) => /^set.*\.(png|jpe?g)$/.test(path));
  const read = files.map(([path, bytes]) =>
    pictureOfFile(new File([bytes as Uint8Array<ArrayBuffer>], path), schema(4, 4, 1)),
  );
  const refused = (await Promise.all(read)).filter((one) => !one.ok);
  expect(refused.length).toBeGreaterThan(0);
  expect(refused.length).toBeLessThan(files.length);
  for (const one of refused) expect(one).toMatchObject({ evidence: expect.stringContaining('is coloured') });
});

test('a row of the visitor’s pictures is that row; one of columns is none', () => {
  const features: Images = { kind: 'images', height: 1, width: 2, channels: 1, pixels: Uint8Array.of(1, 2, 3, 4) };
  const table = { rows: 2, features, target: { kind: 'none' } } as const;
  expect(pictureOfRow(table, 1)?.features.pixels).toEqual(Uint8Array.of(3, 4));
  expect(pictureOfRow({ ...table, features: { kind: 'columns', columns: [] } }, 0)).toBeUndefined();
});
