/**
 * The float state between two training chunks, as canonical little-endian bytes:
 *
 *   "HMS1", u32 rows, features, hidden, classes, epochs, batch, u64 seed, u32 next chunk, f64 mean loss of the last chunk,
 *   and from chunk 1 on: f64 mean[features], f64 inverse[features], f32 parameters[p], f32 velocities[p]
 *
 * with parameters in the order w1 (features x hidden), b1, w2 (hidden x classes), b2. These body bytes are also the layout in
 * kernel memory. A state comes from whoever computed the chunk before, so decoding trusts nothing.
 */
import { type MlpSpec, mlpParameterCount } from '../../protocol/cycles.ts';
import { fail, ok, type Result } from '../../protocol/errors.ts';
import { ByteReader, ByteWriter } from '../bytes.ts';

const MAGIC = 'HMS1';
const HEADER_BYTES = 4 + 6 * 4 + 8 + 4 + 8;

/** Training clamps weights to this, so that nothing it computes from them can overflow. */
export const WEIGHT_MAX = 64;
/**
 * The steepest slopes are those of w2, a hidden activation each: below 4,096 inputs * 8 * 64 = 2^21. Momentum 0.9 sums at most
 * ten of them.
 */
const VELOCITY_MAX = 1 << 25;

export type State = { readonly chunk: number; readonly loss: number; readonly body: Uint8Array };

export function bodyBytes(spec: MlpSpec): number {
  return spec.features * 16 + mlpParameterCount(spec) * 8;
}

export function encodeState(spec: MlpSpec, { chunk, loss, body }: State): Uint8Array {
  const { rows, features, hidden, classes, epochs, batch, seed } = spec;
  return new ByteWriter(HEADER_BYTES + body.length)
    .magic(MAGIC)
    .u32(rows, features, hidden, classes, epochs, batch)
    .u64(seed)
    .u32(chunk)
    .f64s([loss])
    .bytes(body)
    .finish();
}

/** The state before chunk 0, which holds no numbers yet. */
export function initState(spec: MlpSpec): Uint8Array {
  return encodeState(spec, { chunk: 0, loss: 0, body: new Uint8Array(0) });
}

/** The state before `chunk` of `spec`, or why these bytes are not one. */
export function decodeState(spec: MlpSpec, chunk: number, bytes: Uint8Array): Result<State> {
  const length = HEADER_BYTES + (chunk === 0 ? 0 : bodyBytes(spec));
  if (bytes.length !== length) return fail('result_mismatch', `state of ${bytes.length} bytes, ${length} expected`);
  const loss = new DataView(bytes.buffer, bytes.byteOffset).getFloat64(HEADER_BYTES - 8, true);
  if (!Number.isFinite(loss)) return fail('result_mismatch', 'state with a loss that is not finite');
  const state = { chunk, loss, body: bytes.subarray(HEADER_BYTES) };
  const header = encodeState(spec, { ...state, body: bytes.subarray(0, 0) });
  if (header.some((byte, i) => byte !== bytes[i]))
    return fail('result_mismatch', 'state of other work or another chunk');
  return chunk === 0 || bodyInRange(spec, state.body) ? ok(state) : fail('result_mismatch', 'state out of range');
}

function bodyInRange(spec: MlpSpec, body: Uint8Array): boolean {
  const reader = new ByteReader(body);
  const parameters = mlpParameterCount(spec);
  const means = reader.f64s(spec.features);
  const inverses = reader.f64s(spec.features);
  return (
    means.every(Number.isFinite) &&
    inverses.every((x) => Number.isFinite(x) && x >= 0) &&
    allWithin(reader.f32s(parameters), WEIGHT_MAX) &&
    allWithin(reader.f32s(parameters), VELOCITY_MAX)
  );
}

/** False for NaN too. */
export function allWithin(values: Float32Array, limit: number): boolean {
  for (let i = 0; i < values.length; i++) {
    const x = values[i] as number;
    if (!(x >= -limit && x <= limit)) return false;
  }
  return true;
}
