/** A file as a row of an image model: resized as the pictures of training were. Loaded with the first picture. */
import { readOnePicture } from '../../../ml/table/read/one-picture.ts';
import { ok, type Result } from '../../../protocol/errors.ts';
import { type ImageSchema, type ImageTable, oneRow } from './picture-row.ts';

/** Refuses what is neither PNG nor JPEG, and colour where the model knows only grey. */
export async function pictureOfFile(file: File, schema: ImageSchema): Promise<Result<ImageTable>> {
  const read = readOnePicture(new Uint8Array(await file.arrayBuffer()), file.name, schema);
  return read.ok ? ok(oneRow(read.value)) : read;
}
