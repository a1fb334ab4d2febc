/**
 * The characters of a text file. UTF-8 and, by their byte-order mark, UTF-16; otherwise GB18030, which Chinese spreadsheets still
 * write, where the bytes are no UTF-8 and look like Chinese. Nothing is replaced: what does not decode is refused with its offset.
 */
import { fail, ok, type Result } from '../../../protocol/errors.ts';
import { READ_LIMITS } from '../limits.ts';
import { joined, tooLong } from './bytes-source.ts';

export interface DecodedText {
  readonly encoding: string;
  /** True where no mark and no option told. */
  readonly guessed: boolean;
  /** Pieces of text, without the mark. A failure is the last of them. */
  readonly pieces: AsyncGenerator<Result<string>>;
}

/** Offset of the first byte that is not part of well-formed UTF-8 (Unicode 16, table 3-7), or -1. A cut at the end is no fault. */
export function utf8Fault(bytes: Uint8Array): number {
  let at = 0;
  while (at < bytes.length) {
    const lead = bytes[at] as number;
    const length = lead < 0x80 ? 1 : lead >= 0xc2 && lead < 0xe0 ? 2 : (lead & 0xf0) === 0xe0 ? 3 : 4;
    if (length === 4 && (lead < 0xf0 || lead > 0xf4)) return at;
    for (let i = 1; i < length; i++) {
      const byte = bytes[at + i];
      if (byte === undefined) return -1;
      if (byte < leastTrail(lead, i) || byte > mostTrail(lead, i)) return at;
    }
    at += length;
  }
  return -1;
}

const leastTrail = (lead: number, i: number) => (i > 1 ? 0x80 : lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80);
const mostTrail = (lead: number, i: number) => (i > 1 ? 0xbf : lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf);

/** Share of two-byte characters that must be common ones. */
const COMMON_SHARE = 0.6;

/**
 * Whether bytes that are no UTF-8 look like Chinese in GB18030: most of their two-byte characters are symbols (rows A1 to A3) or level 1
 * of GB 2312 (rows B0 to D7), which is ordered by use. Accented Latin letters would land beyond it.
 */
export function looksChinese(bytes: Uint8Array): boolean {
  let [pairs, common] = [0, 0];
  for (let at = 0; at < bytes.length; at++) {
    const lead = bytes[at] as number;
    if (lead < 0x80) continue;
    const trail = bytes[++at];
    if (trail === undefined) break;
    pairs++;
    if (trail >= 0xa1 && ((lead >= 0xb0 && lead <= 0xd7) || (lead >= 0xa1 && lead <= 0xa3))) common++;
  }
  return pairs > 0 && common >= pairs * COMMON_SHARE;
}

function isAscii(bytes: Uint8Array): boolean {
  for (let i = 0; i < bytes.length; i++) if ((bytes[i] as number) >= 0x80) return false;
  return true;
}

type Window = { readonly bytes: Uint8Array; readonly over: boolean };

/** The source up to and with enough bytes beyond the first that is not ASCII. Pure ASCII is handed on as it comes. */
async function* asciiThenWindow(source: AsyncGenerator<Uint8Array>): AsyncGenerator<Uint8Array, Window> {
  for (;;) {
    const next = await source.next();
    if (next.done) return { bytes: new Uint8Array(), over: true };
    if (isAscii(next.value)) {
      yield next.value;
      continue;
    }
    const parts = [next.value];
    let length = next.value.length;
    while (length < READ_LIMITS.encodingWindowBytes) {
      const more = await source.next();
      if (more.done) return { bytes: joined(parts), over: true };
      parts.push(more.value);
      length += more.value.length;
    }
    return { bytes: joined(parts), over: false };
  }
}

const unknown = (offset: number, tried: string) => fail('encoding_unknown', `byte ${offset} is not ${tried}`);

/** Decodes what follows `offset` bytes, strictly. */
async function* strict(
  source: AsyncIterable<Uint8Array>,
  encoding: string,
  offset = 0,
): AsyncGenerator<Result<string>> {
  const decoder = new TextDecoder(encoding, { fatal: true, ignoreBOM: false });
  let [at, before] = [offset, offset];
  try {
    for await (const bytes of source) {
      before = at;
      at += bytes.length;
      if (at > READ_LIMITS.textBytesMax) return yield tooLong(READ_LIMITS.textBytesMax);
      yield ok(decoder.decode(bytes, { stream: true }));
    }
    before = at;
    yield ok(decoder.decode());
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    yield fail('encoding_unknown', `bytes ${before} to ${at} are not all ${encoding}`);
  }
}

async function* guessed(
  source: AsyncGenerator<Uint8Array>,
  told: { encoding: string },
): AsyncGenerator<Result<string>> {
  const ascii = asciiThenWindow(source);
  const decoder = new TextDecoder();
  let offset = 0;
  let next = await ascii.next();
  for (; !next.done; next = await ascii.next()) {
    offset += next.value.length;
    if (offset > READ_LIMITS.textBytesMax) return yield tooLong(READ_LIMITS.textBytesMax);
    yield ok(decoder.decode(next.value));
  }
  const { bytes, over } = next.value;
  const fault = utf8Fault(bytes);
  if (fault >= 0) {
    if (!looksChinese(bytes)) return yield unknown(offset + fault, 'UTF-8, nor does the text look like GB18030');
    told.encoding = 'gb18030';
  }
  const rest = async function* () {
    if (bytes.length > 0) yield bytes;
    if (!over) yield* source;
  };
  yield* strict(rest(), told.encoding, offset);
}

/** `encoding` is settled when the pieces are read to their end. */
export function decodedText(
  source: AsyncGenerator<Uint8Array>,
  head: Uint8Array,
  wanted?: string,
): Result<DecodedText> {
  const marked = markOf(head);
  if (wanted === undefined && marked === undefined) {
    const told = { encoding: 'utf-8' };
    const pieces = guessed(source, told);
    return ok({
      get encoding() {
        return told.encoding;
      },
      get guessed() {
        return told.encoding !== 'utf-8';
      },
      pieces,
    });
  }
  const label = marked ?? (wanted as string);
  let encoding: string;
  try {
    ({ encoding } = new TextDecoder(label));
  } catch {
    return fail('encoding_unknown', `${JSON.stringify(label)} is no encoding's name`);
  }
  return ok({ encoding, guessed: false, pieces: strict(source, encoding) });
}

function markOf([a, b, c]: Uint8Array): string | undefined {
  if (a === 0xef && b === 0xbb && c === 0xbf) return 'utf-8';
  if (a === 0xff && b === 0xfe) return 'utf-16le';
  return a === 0xfe && b === 0xff ? 'utf-16be' : undefined;
}
