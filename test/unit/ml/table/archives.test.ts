import { strToU8, zipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { resize } from '../../../../ml/table/read/resize.ts';
import { readRows } from '../../../../ml/table/read-rows.ts';
import { readTable } from '../../../../ml/table/read-table.ts';
import type { ReadOptions } from '../../../../ml/table/report.ts';
import type { Images, Schema } from '../../../../ml/table/table.ts';
import { unwrap } from '../digits.ts';
import { codes, contents, fixture } from './reading.ts';

interface Expected {
  readonly matrix: { readonly x: readonly (number | null)[][]; readonly y: readonly number[] };
  readonly columns: Readonly<Record<string, readonly (number | string | boolean | null)[]>>;
  readonly images: readonly number[];
  readonly pictures: Readonly<Record<string, readonly number[]>>;
}
const expected = JSON.parse(new TextDecoder().decode(fixture('expected.json'))) as Expected;

const read = async (bytes: Uint8Array, options: ReadOptions = {}) => unwrap(await readTable(bytes, 'file', options));
const fround = (value: unknown) => (typeof value === 'number' ? Math.fround(value) : value);

/** A file of NumPy's format that nobody wrote: `header` is the Python literal. */
function npy(header: string, body: Uint8Array = new Uint8Array()): Uint8Array {
  const text = strToU8(`${header}\n`);
  return Uint8Array.from([0x93, ...strToU8('NUMPY'), 1, 0, text.length & 255, text.length >> 8, ...text, ...body]);
}
/** With as many bytes of 0. */
const npyOf = (literal: string, zeros: number): Uint8Array => {
  const head = npy(literal);
  const bytes = new Uint8Array(head.length + zeros);
  bytes.set(head);
  return bytes;
};
const header = (descr: string, shape: string) => `{'descr': '${descr}', 'fortran_order': False, 'shape': ${shape}, }`;

describe('npz', () => {
  it('of a matrix and its target, column-major, with names', async () => {
    const table = await read(fixture('matrix.npz'));
    const { x } = expected.matrix;
    expect(table.format).toBe('npz');
    expect(contents(table)).toEqual({ width: x.map(([a]) => fround(a)), 高度: x.map(([, b]) => fround(b)) });
    expect(table.table.target).toMatchObject({
      name: 'y',
      classes: ['0', '1', '2'],
      labels: Uint16Array.from(expected.matrix.y),
    });
  });

  it('of vectors has a column each, whatever their types', async () => {
    const { table } = await read(fixture('columns.npz'), { target: null, columns: { i8: 'number', u8: 'number' } });
    const cells = contents({ table });
    for (const name of ['f2', 'f4', 'f8', 'i1', 'i2', 'i4', 'i8', 'u1', 'u2', 'u4', 'u8']) {
      expect(cells[name]).toEqual(expected.columns[name]?.map(fround));
    }
    expect(cells.flag).toEqual(expected.columns.flag?.map(Number));
    expect(cells.word).toEqual(expected.columns.word?.map((word) => word || null));
    expect(cells.code).toEqual(expected.columns.code);
  });

  it('of images and labels, other arrays left out with a notice', async () => {
    const table = await read(fixture('images.npz'));
    expect(table.table.features).toEqual({
      kind: 'images',
      height: 2,
      width: 3,
      channels: 1,
      pixels: Uint8Array.from(expected.images),
    });
    expect(table.table.target).toMatchObject({
      name: 'y_train',
      classes: ['3', '7'],
      labels: Uint16Array.of(1, 0, 1, 0, 1, 0),
    });
    expect(codes(table)).toEqual(['arrays_left_out']);
  });

  const y = npy(header('|u1', '(2,)'), Uint8Array.of(0, 1));
  it.each<[string, Uint8Array, string, RegExp]>([
    [
      'Python objects',
      fixture('objects.npz'),
      'dataset_malformed',
      /array X: Python objects \(a pickle\) are never loaded/,
    ],
    [
      'complex numbers',
      zipSync({ 'X.npy': npy(header('<c8', '(1,)'), new Uint8Array(8)) }),
      'dataset_malformed',
      /type c8/,
    ],
    [
      'dates',
      zipSync({ 'X.npy': npy(header('<M8[D]', '(1,)'), new Uint8Array(8)) }),
      'dataset_malformed',
      /type M8\[D\]/,
    ],
    [
      'records',
      zipSync({ 'X.npy': npy("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,), }") }),
      'dataset_malformed',
      /records/,
    ],
    [
      'a shape that its bytes do not have',
      zipSync({ 'X.npy': npy(header('<f8', '(9, 9)'), new Uint8Array(8)) }),
      'dataset_malformed',
      /array X/,
    ],
    [
      'a shape beyond bounds',
      zipSync({ 'X.npy': npy(header('|u1', '(99999, 99999)')) }),
      'too_many_cells',
      /9999800001 elements/,
    ],
    [
      'texts of no bytes, of which there may be any number',
      zipSync({ 'X.npy': npy(header('<U0', '(8388608,)')) }),
      'dataset_malformed',
      /array X: elements of no bytes/,
    ],
    [
      'many arrays that are beyond bounds together',
      zipSync({
        'X.npy': npyOf(header('|u1', '(5000000,)'), 5_000_000),
        'y.npy': npy(header('|u1', '(5000000,)')),
      }),
      'too_many_cells',
      /array y: 5000000 elements, at most 4437184/,
    ],
    ['no header', zipSync({ 'X.npy': strToU8('nothing of the kind') }), 'dataset_malformed', /not in NumPy's format/],
    [
      'a target of another length',
      zipSync({ 'X.npy': npy(header('|u1', '(3, 1)'), Uint8Array.of(1, 2, 3)), 'y.npy': y }),
      'dataset_malformed',
      /array y: \(2\) beside \(3, 1\)/,
    ],
    [
      'vectors of several lengths',
      zipSync({ 'a.npy': y, 'b.npy': npy(header('|u1', '(1,)'), Uint8Array.of(1)) }),
      'dataset_malformed',
      /array b/,
    ],
    [
      'images of fractions',
      zipSync({ 'X.npy': npy(header('<f4', '(2, 1, 1)'), new Uint8Array(8)), 'y.npy': y }),
      'dataset_malformed',
      /images are u1/,
    ],
    [
      'an infinite cell',
      zipSync({ 'X.npy': npy(header('<f4', '(2, 1)'), Uint8Array.of(0, 0, 0, 0, 0, 0, 0x80, 0x7f)), 'y.npy': y }),
      'cell_not_numeric',
      /row 2, column x0: an infinity/,
    ],
  ])('is refused for %s', async (_name, bytes, code, evidence) => {
    const result = await readTable(bytes, 'file.npz', { target: 'y' });
    expect(result).toMatchObject({ ok: false, code });
    if (!result.ok) expect(result.evidence).toMatch(evidence);
  });
});

describe('a zip of pictures', () => {
  it('has a class for each folder; every form of PNG is read exactly, JPEG closely', async () => {
    const { table, notices } = await read(fixture('pictures.zip'));
    expect(notices).toEqual([{ code: 'files_left_out', count: 1, example: '"set/README.txt"' }]);
    expect(table.target).toEqual({
      kind: 'classes',
      name: 'class',
      classes: ['cat', 'dog'],
      labels: Uint16Array.of(0, 0, 0, 1, 1, 1, 1),
    });
    const { height, width, channels, pixels } = table.features as Images;
    expect([height, width, channels]).toEqual([4, 5, 3]);
    Object.keys(expected.pictures)
      .sort()
      .forEach((path, row) => {
        const samples = [...pixels.subarray(row * 60, row * 60 + 60)];
        const wanted = expected.pictures[path] ?? [];
        const off = Math.max(...samples.map((sample, i) => Math.abs(sample - (wanted[i] as number))));
        expect(off, path).toBeLessThanOrEqual(path.endsWith('.jpg') ? 3 : 0);
      });
  });

  const packed = async (size: ReadOptions['imageSize']) =>
    read(fixture('pictures.zip'), size ? { imageSize: size } : {});

  it('is resized to what is asked for, with a notice', async () => {
    const table = await packed({ height: 2, width: 2 });
    expect(table.table.features).toMatchObject({ height: 2, width: 2, channels: 3 });
    expect(table.notices).toContainEqual({ code: 'pictures_resized', count: 7 });
  });

  it('is read as rows to predict, at the size of the model, its folders compared with the classes', async () => {
    const schema: Schema = { kind: 'images', height: 2, width: 3, channels: 3 };
    const expects = { kind: 'classes', name: 'class', classes: ['dog', 'fox'] } as const;
    const rows = unwrap(await readRows(fixture('pictures.zip'), 'p.zip', schema, { expected: expects }));
    expect(rows.table).toMatchObject({ rows: 7, features: { height: 2, width: 3 }, target: { kind: 'none' } });
    expect(rows.actual).toEqual({ kind: 'classes', labels: Int32Array.of(-1, -1, -1, 0, 0, 0, 0) });
    expect(rows.paths?.[0]).toBe('set/cat/colour.png');
    const grey = { ...schema, channels: 1 };
    expect(await readRows(fixture('pictures.zip'), 'p.zip', grey)).toMatchObject({
      ok: false,
      evidence: expect.stringMatching(/colour.png is coloured/),
    });
    const columns: Schema = { kind: 'columns', columns: [{ kind: 'number', name: 'a' }] };
    expect(await readRows(fixture('pictures.zip'), 'p.zip', columns)).toMatchObject({ code: 'dataset_malformed' });
  });

  /** A signature and the first chunk: of width 70,000 and height 70,000. */
  const huge = Uint8Array.from([
    ...[0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13, 0x49, 0x48, 0x44, 0x52],
    ...[0, 1, 0x11, 0x70, 0, 1, 0x11, 0x70, 8, 0, 0, 0, 0, 0, 0, 0, 0],
  ]);
  /** Its directory says that the entry unpacks to 1 GiB. */
  const bomb = () => {
    const bytes = zipSync({ 'a/b.png': new Uint8Array(1000) });
    const at = bytes.findIndex(
      (_, i) => bytes[i] === 0x50 && bytes[i + 1] === 0x4b && bytes[i + 2] === 1 && bytes[i + 3] === 2,
    );
    new DataView(bytes.buffer).setUint32(at + 24, 1 << 30, true);
    return bytes;
  };
  it.each<[string, Uint8Array, string, RegExp]>([
    ['no picture', zipSync({ 'a.txt': strToU8('a') }), 'no_rows', /no PNG or JPEG/],
    ['a spreadsheet', zipSync({ '[Content_Types].xml': strToU8('<a/>') }), 'format_unknown', /save the sheet as CSV/],
    ['a picture in no folder', zipSync({ 'a.png': strToU8('a') }), 'dataset_malformed', /a.png: neither PNG nor JPEG/],
    [
      'a damaged PNG',
      zipSync({ 'c/a.png': huge.with(17, 0).with(18, 0).with(21, 0).with(22, 0) }),
      'dataset_malformed',
      /c\/a.png: damaged/,
    ],
    [
      'a damaged JPEG',
      zipSync({ 'c/a.jpg': Uint8Array.of(0xff, 0xd8, 0xff, 0xe0, 0, 4) }),
      'dataset_malformed',
      /c\/a.jpg: damaged/,
    ],
    ['a PNG of 4.9 gigapixels', zipSync({ 'c/a.png': huge }), 'too_many_cells', /c\/a.png: 4900000000 pixels/],
    ['an entry that claims a gigabyte', bomb(), 'too_many_cells', /more than 256 MiB/],
    ['a damaged archive', fixture('pictures.zip').subarray(0, 500), 'dataset_malformed', /zip archive is damaged/],
  ])('is refused for %s', async (_name, bytes, code, evidence) => {
    const result = await readTable(bytes, 'p.zip');
    expect(result).toMatchObject({ ok: false, code });
    if (!result.ok) expect(result.evidence).toMatch(evidence);
  });
});

describe('resize', () => {
  const grey = (height: number, width: number, ...samples: number[]) => ({
    height,
    width,
    channels: 1,
    samples: Uint8Array.from(samples),
  });

  it('takes the mean of what a new pixel covers', () => {
    expect(resize(grey(2, 2, 0, 100, 50, 51), 1, 1)).toEqual(grey(1, 1, 50));
    expect(resize(grey(1, 3, 0, 90, 255), 1, 2)).toEqual(grey(1, 2, 30, 200));
    expect(resize(grey(1, 2, 10, 20), 1, 4)).toEqual(grey(1, 4, 10, 10, 20, 20));
    expect(resize(grey(1, 1, 7), 2, 2)).toEqual(grey(2, 2, 7, 7, 7, 7));
  });

  it('keeps channels apart, and a picture of the size as it is', () => {
    const colour = { height: 1, width: 2, channels: 3, samples: Uint8Array.of(0, 10, 20, 2, 12, 22) };
    expect(resize(colour, 1, 1).samples).toEqual(Uint8Array.of(1, 11, 21));
    expect(resize(colour, 1, 2)).toBe(colour);
  });
});
