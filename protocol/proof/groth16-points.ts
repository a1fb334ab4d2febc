import { bn254 } from '@noble/curves/bn254.js';
import { type Groth16Refusal, type Parsed, parsed, refused } from './groth16-refusal.ts';

/** A point of G1 (order r, cofactor 1). */
export type G1Point = InstanceType<typeof bn254.G1.Point>;
/** A point of G2, the subgroup of order r of the twist. */
export type G2Point = InstanceType<typeof bn254.G2.Point>;

const { Fp, Fp2, Fr } = bn254.fields;

// q and r both have 77 digits; a string is measured before it becomes an integer.
const DECIMAL_DIGITS_MAX = 78;
const CANONICAL_DECIMAL = /^(?:0|[1-9][0-9]*)$/;

/**
 * One non-negative integer below `limit`, spelled as a canonical decimal string. JSON numbers are refused: they are not
 * exact, and two spellings of one value would give one statement two names.
 */
function parseBelow(value: unknown, limit: bigint, tooLarge: Groth16Refusal): Parsed<bigint> {
  if (typeof value !== 'string' || value.length > DECIMAL_DIGITS_MAX || !CANONICAL_DECIMAL.test(value)) {
    return refused('not-canonical-decimal');
  }
  const integer = BigInt(value);
  return integer < limit ? parsed(integer) : refused(tooLarge);
}

/** A public signal: an element of the scalar field, 0..r-1. */
export function parsePublicSignal(value: unknown): Parsed<bigint> {
  return parseBelow(value, Fr.ORDER, 'public-out-of-range');
}

function parseCoordinates(value: unknown, count: number): Parsed<bigint[]> {
  if (!Array.isArray(value) || value.length !== count) {
    return refused('wrong-length');
  }
  const coordinates: bigint[] = [];
  for (const entry of value) {
    const coordinate = parseBelow(entry, Fp.ORDER, 'coordinate-out-of-range');
    if (!coordinate.ok) {
      return coordinate;
    }
    coordinates.push(coordinate.value);
  }
  return parsed(coordinates);
}

/** A G1 point as snarkjs writes it: `[x, y, "1"]`. */
export function parseG1(value: unknown): Parsed<G1Point> {
  const coordinates = parseCoordinates(value, 3);
  if (!coordinates.ok) {
    return coordinates;
  }
  const [x, y, z] = coordinates.value as [bigint, bigint, bigint];
  if (z === 0n || (x === 0n && y === 0n)) {
    return refused('infinity');
  }
  if (z !== 1n) {
    return refused('not-affine');
  }
  const right = Fp.add(Fp.mul(Fp.sqr(x), x), bn254.G1.Point.CURVE().b);
  return Fp.eql(Fp.sqr(y), right) ? parsed(bn254.G1.Point.fromAffine({ x, y })) : refused('off-curve');
}

/**
 * A G2 point as snarkjs writes it: `[[x0, x1], [y0, y1], ["1", "0"]]` with x = x0 + x1*u. EIP-197 and Solidity call data
 * put the imaginary part first; a point pasted from there is off the curve here.
 */
export function parseG2(value: unknown): Parsed<G2Point> {
  if (!Array.isArray(value) || value.length !== 3) {
    return refused('wrong-length');
  }
  const parts: bigint[] = [];
  for (const entry of value) {
    const pair = parseCoordinates(entry, 2);
    if (!pair.ok) {
      return pair;
    }
    parts.push(...pair.value);
  }
  const [x0, x1, y0, y1, z0, z1] = parts as [bigint, bigint, bigint, bigint, bigint, bigint];
  if ((z0 === 0n && z1 === 0n) || (x0 === 0n && x1 === 0n && y0 === 0n && y1 === 0n)) {
    return refused('infinity');
  }
  if (z0 !== 1n || z1 !== 0n) {
    return refused('not-affine');
  }
  const x = { c0: x0, c1: x1 };
  const y = { c0: y0, c1: y1 };
  const right = Fp2.add(Fp2.mul(Fp2.sqr(x), x), bn254.G2.Point.CURVE().b);
  if (!Fp2.eql(Fp2.sqr(y), right)) {
    return refused('off-curve');
  }
  // The twist's cofactor is about 2^254, so a point on the curve is almost never in the subgroup by chance.
  const point = bn254.G2.Point.fromAffine({ x, y });
  return point.isTorsionFree() ? parsed(point) : refused('outside-subgroup');
}

/** True when one point is the other or its negative: both share x. */
export function equalUpToSign(left: G2Point, right: G2Point): boolean {
  return Fp2.eql(left.toAffine().x, right.toAffine().x);
}

/** x then y, 32 bytes each, big-endian (EIP-196's encoding). */
export function g1Bytes(point: G1Point): Uint8Array {
  const { x, y } = point.toAffine();
  return join([x, y]);
}

/** x then y, each as imaginary then real part (EIP-197's order; noble and snarkjs hold the real part first). */
export function g2Bytes(point: G2Point): Uint8Array {
  const { x, y } = point.toAffine();
  return join([x.c1, x.c0, y.c1, y.c0]);
}

function join(coordinates: readonly bigint[]): Uint8Array {
  const bytes = new Uint8Array(coordinates.length * Fp.BYTES);
  coordinates.forEach((coordinate, index) => {
    // Fp of bn254 encodes big-endian.
    bytes.set(Fp.toBytes(coordinate), index * Fp.BYTES);
  });
  return bytes;
}
