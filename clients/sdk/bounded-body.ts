/** The body of an answer, read no further than its caller has use for: a server that never ends one is not let fill the memory. */
import { concatBytes } from '@noble/hashes/utils.js';

/** The server sent more than was asked for. */
export class TooLongError extends Error {
  override name = 'TooLongError';
}

/** Throws TooLongError above `bytesMax`, and what the connection throws. */
export async function boundedBytes(response: Response, bytesMax: number): Promise<Uint8Array> {
  const reader = response.body?.getReader();
  if (!reader) return new Uint8Array();
  const parts: Uint8Array[] = [];
  for (let length = 0; ; ) {
    const { done, value } = await reader.read();
    if (done) return concatBytes(...parts);
    length += value.length;
    if (length > bytesMax) {
      // Not awaited: a stream that somebody else reads too is cancelled when both have done so.
      reader.cancel().catch(() => undefined);
      throw new TooLongError(`the answer is longer than ${bytesMax} bytes`);
    }
    parts.push(value);
  }
}

export const boundedText = async (response: Response, bytesMax: number): Promise<string> =>
  new TextDecoder().decode(await boundedBytes(response, bytesMax));
