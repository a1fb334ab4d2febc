/** One picture as a row of a model: what a zip of pictures does with each of its own. */
import { fail, ok, type Result } from '../../../protocol/errors.ts';
import type { Images, Schema } from '../table.ts';
import { place } from './image-folders.ts';
import { readPicture } from './picture.ts';
import { resize } from './resize.ts';

/** dataset_malformed for what is neither PNG nor JPEG, and for colour where the model knows only grey. */
export function readOnePicture(
  bytes: Uint8Array,
  name: string,
  { height, width, channels }: Omit<Extract<Schema, { kind: 'images' }>, 'kind'>,
): Result<Images> {
  const read = readPicture(bytes, name);
  if (!read.ok) return read;
  const picture = resize(read.value, height, width);
  if (picture.channels > channels) {
    return fail('dataset_malformed', `${name} is coloured, the model's pictures are grey`, name);
  }
  const pixels = new Uint8Array(height * width * channels);
  place(picture, channels, pixels, 0);
  return ok({ kind: 'images', height, width, channels, pixels });
}
