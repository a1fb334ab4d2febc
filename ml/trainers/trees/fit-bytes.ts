/** What checkpoints of both families begin with: whose they are. */
import { ByteReader, ByteWriter } from '../../bytes.ts';
import type { CurvePoint, Family, FitKey, Params, TrainSet } from '../trainer.ts';

/** Names a fit: a checkpoint of another is refused. The rows themselves are not part of it. */
export function fitName(family: Family, set: TrainSet, params: Params, key: FitKey): Uint8Array {
  const sorted = Object.entries(params).sort(([a], [b]) => (a < b ? -1 : 1));
  const watched = set.watched?.input.rows ?? 0;
  const name = [family, set.input.rows, set.input.cols, set.classes, watched, key, sorted];
  return new TextEncoder().encode(JSON.stringify(name));
}

/** Parts of bytes, each after its length as u32. */
export function joinParts(parts: readonly Uint8Array[]): Uint8Array {
  const writer = new ByteWriter(parts.reduce((sum, part) => sum + 4 + part.length, 0));
  for (const part of parts) writer.u32(part.length).bytes(part);
  return writer.finish();
}

/** Throws unless the bytes are exactly `count` parts. */
export function splitParts(bytes: Uint8Array, count: number): Uint8Array[] {
  const reader = new ByteReader(bytes);
  const parts = Array.from({ length: count }, () => reader.bytes(reader.u32()));
  if (reader.left !== 0) throw new RangeError(`${reader.left} bytes after a checkpoint`);
  return parts;
}

export function requireSame(name: Uint8Array, expected: Uint8Array): void {
  if (name.length !== expected.length || name.some((byte, i) => byte !== expected[i])) {
    throw new RangeError('a checkpoint of another fit');
  }
}

export function curveBytes(curve: readonly CurvePoint[]): Uint8Array {
  const writer = new ByteWriter(curve.length * 20);
  for (const { step, train, watched } of curve) writer.u32(step).f64s([train, watched ?? Number.NaN]);
  return writer.finish();
}

export function readCurve(bytes: Uint8Array): CurvePoint[] {
  const reader = new ByteReader(bytes);
  return Array.from({ length: bytes.length / 20 }, () => {
    const step = reader.u32();
    const [train, watched] = reader.f64s(2) as unknown as [number, number];
    return Number.isNaN(watched) ? { step, train } : { step, train, watched };
  });
}
