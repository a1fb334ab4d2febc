/** A zip of pictures: the folder that a picture lies in is its class. */
import { fail, ok, type Result } from '../../../protocol/errors.ts';
import { TABLE_LIMITS } from '../../../protocol/table-limits.ts';
import { shown } from '../limits.ts';
import { compareTexts } from '../order.ts';
import type { Notice, ReadOptions } from '../report.ts';
import type { Images } from '../table.ts';
import { readPicture } from './picture.ts';
import { type Picture, resize } from './resize.ts';
import { unzip, type ZipEntry } from './zip.ts';

export interface ImageFolders {
  readonly rows: number;
  readonly images: Images;
  /** Folder of each picture; '' at the top. */
  readonly folders: readonly string[];
  /** Path of each picture, ascending. */
  readonly paths: readonly string[];
  readonly notices: readonly Notice[];
}

/** What operating systems leave in archives. */
const isHidden = (path: string) =>
  path.split('/').some((part) => part.startsWith('.') || part === '__MACOSX' || part === 'Thumbs.db');
const isTable = (path: string) => /\.(?:csv|tsv|txt|jsonl|ndjson)(?:\.gz)?$/i.test(path);
const isPicture = (path: string) => /\.(?:png|jpe?g)$/i.test(path);

export const folderOf = (path: string): string => path.split('/').at(-2) ?? '';

/** `table`: path of one in the archive. */
function noPicture(table: string | undefined): Result<never> {
  const evidence = 'the archive has no PNG or JPEG picture';
  return fail('no_rows', table === undefined ? evidence : `${evidence}: take ${shown(table)} out of it, and give that`);
}

function sizeFault(pictures: readonly Picture[], entries: readonly ZipEntry[]): Result<never> | undefined {
  const [first] = pictures as [Picture];
  const odd = pictures.findIndex(({ height, width }) => height !== first.height || width !== first.width);
  if (odd < 0) return undefined;
  const { height, width } = pictures[odd] as Picture;
  const path = entries[odd]?.name ?? '';
  const sizes = `${path} is ${height} x ${width}, ${entries[0]?.name} ${first.height} x ${first.width}`;
  return fail('dataset_malformed', `${sizes}: give one size to resize all to`, path);
}

/** Copies into the one array of samples; grey becomes colour where others are coloured. */
export function place(picture: Picture, channels: number, pixels: Uint8Array, at: number): void {
  const { samples } = picture;
  if (picture.channels === channels) pixels.set(samples, at);
  else for (let i = 0; i < samples.length; i++) pixels.fill(samples[i] as number, at + 3 * i, at + 3 * i + 3);
}

/** `size` asks for a resize; without it all pictures must have one size. `channels` asks for grey or colour (a schema's). */
export function readImageFolders(
  bytes: Uint8Array,
  size: ReadOptions['imageSize'],
  channels?: number,
): Result<ImageFolders> {
  let others = 0;
  let example = '';
  let table: string | undefined;
  const wants = (path: string) => {
    if (isHidden(path)) return false;
    if (isPicture(path)) return true;
    if (isTable(path)) table ??= path;
    if (others++ === 0) example = path;
    return false;
  };
  const unzipped = unzip(bytes, wants);
  if (!unzipped.ok) return unzipped;
  const entries = unzipped.value.sort((a, b) => compareTexts(a.name.toWellFormed(), b.name.toWellFormed()));
  if (entries.length === 0) return noPicture(table);
  const notices: Notice[] = others > 0 ? [{ code: 'files_left_out', count: others, example: shown(example) }] : [];
  const pictures: Picture[] = [];
  let [samples, resized] = [0, 0];
  for (const { name, bytes } of entries) {
    const picture = readPicture(bytes, name);
    if (!picture.ok) return picture;
    const { height, width } = picture.value;
    const fitting = size ? resize(picture.value, size.height, size.width) : picture.value;
    if (fitting !== picture.value) resized++;
    if (Math.max(fitting.height, fitting.width) > TABLE_LIMITS.sideMax) {
      return fail(
        'too_many_cells',
        `${name} is ${height} x ${width}, at most ${TABLE_LIMITS.sideMax} a side: give a size to resize to`,
        name,
      );
    }
    samples += fitting.samples.length;
    if (samples > TABLE_LIMITS.samplesMax)
      return fail('too_many_cells', `more than ${TABLE_LIMITS.samplesMax} samples: resize to fewer`);
    pictures.push(fitting);
  }
  const odd = sizeFault(pictures, entries);
  if (odd) return odd;
  if (resized > 0) notices.push({ code: 'pictures_resized', count: resized });
  return joinPictures(pictures, entries, channels, notices);
}

function joinPictures(
  pictures: readonly Picture[],
  entries: readonly ZipEntry[],
  wanted: number | undefined,
  notices: readonly Notice[],
): Result<ImageFolders> {
  const [{ height, width }] = pictures as [Picture];
  const coloured = pictures.findIndex(({ channels }) => channels === 3);
  const channels = wanted ?? (coloured >= 0 ? 3 : 1);
  if (channels === 1 && coloured >= 0) {
    const path = entries[coloured]?.name ?? '';
    return fail('dataset_malformed', `${path} is coloured, the model's pictures are grey`, path);
  }
  const stride = height * width * channels;
  const rows = pictures.length;
  if (rows * stride > TABLE_LIMITS.samplesMax)
    return fail('too_many_cells', `${rows * stride} samples, at most ${TABLE_LIMITS.samplesMax}`);
  const pixels = new Uint8Array(rows * stride);
  pictures.forEach((picture, row) => {
    place(picture, channels, pixels, row * stride);
  });
  const paths = entries.map(({ name }) => name.toWellFormed());
  return ok({
    rows,
    images: { kind: 'images', height, width, channels, pixels },
    folders: paths.map(folderOf),
    paths,
    notices,
  });
}
