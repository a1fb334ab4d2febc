/** The one rule for signatures of docs/receipt-format.md: the key by plain arithmetic, the equation by OpenSSL. */
import { createPublicKey, type KeyObject, verify } from 'node:crypto';

const P = 2n ** 255n - 19n;
const L = 2n ** 252n + 27742317777372353535851937790883648493n;
const mod = (a: bigint): bigint => ((a % P) + P) % P;

function power(base: bigint, exponent: bigint): bigint {
  let result = 1n;
  let square = mod(base);
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = mod(result * square);
    square = mod(square * square);
  }
  return result;
}

const D = mod(-121665n * power(121666n, P - 2n));
const ROOT_OF_MINUS_ONE = power(2n, (P - 1n) / 4n);

/** Extended coordinates, RFC 8032 5.1.4. */
type Point = readonly [x: bigint, y: bigint, z: bigint, t: bigint];
const NEUTRAL: Point = [0n, 1n, 1n, 0n];

function add([x1, y1, z1, t1]: Point, [x2, y2, z2, t2]: Point): Point {
  const a = mod((y1 - x1) * (y2 - x2));
  const b = mod((y1 + x1) * (y2 + x2));
  const c = mod(2n * D * t1 * t2);
  const d = mod(2n * z1 * z2);
  const [e, f, g, h] = [b - a, d - c, d + c, b + a];
  return [mod(e * f), mod(g * h), mod(f * g), mod(e * h)];
}

function multiply(point: Point, scalar: bigint): Point {
  let sum = NEUTRAL;
  let double = point;
  for (let rest = scalar; rest > 0n; rest >>= 1n) {
    if (rest & 1n) sum = add(sum, double);
    double = add(double, double);
  }
  return sum;
}

const isNeutral = ([x, y, z]: Point): boolean => mod(x) === 0n && mod(y - z) === 0n;

const integer = (bytes: Buffer): bigint => BigInt(`0x${Buffer.from(bytes).reverse().toString('hex')}`);

/** RFC 8032 5.1.3, and y below p; undefined for what is no canonical point. */
function decompress(key: Buffer): Point | undefined {
  const encoded = integer(key);
  const y = encoded & (2n ** 255n - 1n);
  const sign = encoded >> 255n;
  if (y >= P) return undefined;
  const u = mod(y * y - 1n);
  const v = mod(D * y * y + 1n);
  let x = mod(u * power(v, 3n) * power(u * power(v, 7n), (P - 5n) / 8n));
  if (mod(v * x * x - u) !== 0n) {
    x = mod(x * ROOT_OF_MINUS_ONE);
    if (mod(v * x * x - u) !== 0n) return undefined;
  }
  if (x === 0n && sign === 1n) return undefined;
  if ((x & 1n) !== sign) x = P - x;
  return [x, y, 1n, mod(x * y)];
}

const SPKI = Buffer.from('302a300506032b6570032100', 'hex');
const keys = new Map<string, KeyObject | undefined>();

function keyOf(key: Buffer): KeyObject | undefined {
  const id = key.toString('hex');
  if (!keys.has(id)) {
    const point = decompress(key);
    const isUsable = point && !isNeutral(point) && isNeutral(multiply(point, L));
    const spki = { key: Buffer.concat([SPKI, key]), format: 'der', type: 'spki' } as const;
    keys.set(id, isUsable ? createPublicKey(spki) : undefined);
  }
  return keys.get(id);
}

const verdicts = new Map<string, boolean>();

/** Remembered: a receipt that differs in one byte has most of its signatures in common. */
export function isSigned(key: Buffer, message: Buffer, signature: Buffer): boolean {
  const question = Buffer.concat([key, signature, message]).toString('latin1');
  const verdict = verdicts.get(question) ?? isSignedAnew(key, message, signature);
  verdicts.set(question, verdict);
  return verdict;
}

function isSignedAnew(key: Buffer, message: Buffer, signature: Buffer): boolean {
  const known = keyOf(key);
  if (!known || integer(signature.subarray(32)) >= L) return false;
  // OpenSSL computes SB - kA and compares its encoding with R.
  return verify(null, message, known, signature);
}
