/** PNG and JPEG to 8-bit samples. A picture's size is read and bounded before its pixels are. */
import { decode as decodePng } from 'fast-png';
import jpeg from 'jpeg-js';
import { fail, ok, type Result } from '../../../protocol/errors.ts';
import { READ_LIMITS } from '../limits.ts';
import type { Picture } from './resize.ts';

const startsWith = (bytes: Uint8Array, magic: readonly number[]) => magic.every((byte, i) => bytes[i] === byte);
const PNG_MAGIC = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
const JPEG_MAGIC = [0xff, 0xd8, 0xff];

/** Transparent pixels lie on white. Rounds half up. */
const onWhite = (sample: number, alpha: number) => Math.floor((2 * (sample * alpha + 255 * (255 - alpha)) + 255) / 510);

/** One channel where red, green and blue are equal in every pixel. */
function withoutColour(picture: Picture): Picture {
  const { samples, height, width } = picture;
  const pixels = height * width;
  for (let i = 0; i < pixels; i++) {
    if (samples[3 * i] !== samples[3 * i + 1] || samples[3 * i] !== samples[3 * i + 2]) return picture;
  }
  return {
    height,
    width,
    channels: 1,
    samples: Uint8Array.from({ length: pixels }, (_, i) => samples[3 * i] as number),
  };
}

/** Channels of a decoded PNG, 8 bits each: grey, grey and alpha, colour, colour and alpha. */
function opaque(height: number, width: number, channels: number, sampleAt: (i: number) => number): Picture {
  const colours = channels < 3 ? 1 : 3;
  const samples = new Uint8Array(height * width * colours);
  for (let pixel = 0; pixel < height * width; pixel++) {
    const alpha = channels % 2 === 0 ? sampleAt(pixel * channels + channels - 1) : 255;
    for (let i = 0; i < colours; i++) samples[pixel * colours + i] = onWhite(sampleAt(pixel * channels + i), alpha);
  }
  return { height, width, channels: colours, samples };
}

function pngPicture(bytes: Uint8Array): Picture {
  const { height, width, depth, channels, data, palette } = decodePng(bytes, { checkCrc: true });
  const pixelsPerByte = 8 / depth;
  const lineBytes = Math.ceil(width / pixelsPerByte);
  /** A sample of a depth below 8: lines begin at whole bytes, the highest bits come first. */
  const packed = (pixel: number) => {
    const [y, x] = [Math.floor(pixel / width), pixel % width];
    const byte = data[y * lineBytes + Math.floor(x / pixelsPerByte)] as number;
    return (byte >> (8 - depth * ((x % pixelsPerByte) + 1))) & ((1 << depth) - 1);
  };
  if (palette) {
    const index = depth < 8 ? packed : (pixel: number) => data[pixel] as number;
    const channelsOf = palette[0]?.length ?? 3;
    return opaque(height, width, channelsOf, (i) => palette[index(Math.floor(i / channelsOf))]?.[i % channelsOf] ?? 0);
  }
  if (depth < 8) return opaque(height, width, 1, (i) => Math.floor((packed(i) * 255) / ((1 << depth) - 1)));
  return opaque(height, width, channels, (i) => (depth === 16 ? (data[i] as number) >> 8 : (data[i] as number)));
}

function jpegPicture(bytes: Uint8Array): Picture {
  const { height, width, data } = jpeg.decode(bytes, {
    useTArray: true,
    formatAsRGBA: false,
    tolerantDecoding: false,
    maxResolutionInMP: READ_LIMITS.picturePixelsMax / 1e6,
    maxMemoryUsageInMB: 512,
  });
  return { height, width, channels: 3, samples: data };
}

/** `name` is the file's, for evidence. */
export function readPicture(bytes: Uint8Array, name: string): Result<Picture> {
  const isPng = startsWith(bytes, PNG_MAGIC);
  if (!isPng && !startsWith(bytes, JPEG_MAGIC)) return fail('dataset_malformed', `${name}: neither PNG nor JPEG`, name);
  if (isPng) {
    // IHDR is the first chunk: width and height after the signature, a length and a name.
    if (bytes.length < 33) return fail('dataset_malformed', `${name}: damaged`, name);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    const pixels = view.getUint32(16) * view.getUint32(20);
    if (pixels > READ_LIMITS.picturePixelsMax) return fail('too_many_cells', `${name}: ${pixels} pixels`, name);
  }
  try {
    const picture = isPng ? pngPicture(bytes) : jpegPicture(bytes);
    if (picture.height < 1 || picture.width < 1) return fail('dataset_malformed', `${name}: no pixel`, name);
    return ok(picture.channels === 3 ? withoutColour(picture) : picture);
  } catch (error) {
    return fail('dataset_malformed', `${name}: damaged (${error instanceof Error ? error.message : error})`, name);
  }
}
