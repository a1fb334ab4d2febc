/**
 * Writes ed25519-edge.json: signatures on which libraries disagree, with the verdict of the one rule (protocol/ed25519.ts).
 * Each verdict is stated by how the case is built, never asked of a verifier. The idea of the cases is that of "Taming the many
 * EdDSAs" (Chalkias, Garillot, Nikolaenko, 2020); all points and signatures are made here, from fixed scalars.
 * The first three cases are TEST 1 to 3 of RFC 8032, section 7.1.
 *
 * node test/vectors/make-ed25519-edge.ts
 */
import { writeFileSync } from 'node:fs';
import { ed25519 } from '@noble/curves/ed25519.js';
import { sha512 } from '@noble/hashes/sha2.js';
import { bytesToHex, concatBytes, hexToBytes, utf8ToBytes } from '@noble/hashes/utils.js';

const Point = ed25519.Point;
type Point = InstanceType<typeof Point>;
const L = Point.Fn.ORDER;
const P = Point.Fp.ORDER;

interface Case {
  name: string;
  publicKey: string;
  message: string;
  signature: string;
  valid: boolean;
}

const cases: Case[] = [];
const add = (name: string, publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array, valid: boolean) =>
  cases.push({ name, publicKey: bytesToHex(publicKey), message: bytesToHex(message), signature: bytesToHex(signature), valid });

function le32(value: bigint): Uint8Array {
  const out = new Uint8Array(32);
  for (let i = 0; i < 32; i++) out[i] = Number((value >> BigInt(8 * i)) & 0xffn);
  return out;
}

function scalarOf(bytes: Uint8Array): bigint {
  return bytes.reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n) % L;
}

const challenge = (r: Uint8Array, a: Uint8Array, message: Uint8Array): bigint => scalarOf(sha512(concatBytes(r, a, message)));
const flip = (bytes: Uint8Array, at: number): Uint8Array => bytes.map((byte, i) => (i === at ? byte ^ 1 : byte));

const SECRET = scalarOf(sha512(utf8ToBytes('edge case secret')));
const NONCE = scalarOf(sha512(utf8ToBytes('edge case nonce')));
const MESSAGE = utf8ToBytes('HAI edge case');
const A = Point.BASE.multiply(SECRET);
const R = Point.BASE.multiply(NONCE);

/** S for the equation SB = R + kA with the given bytes of R and A in the hash. */
const scalarFor = (nonce: bigint, r: Uint8Array, a: Uint8Array): bigint => (nonce + challenge(r, a, MESSAGE) * SECRET) % L;

/** The eight points of small order: multiples of a generator of the torsion subgroup. */
function smallOrderPoints(): Point[] {
  for (let y = 2n; ; y++) {
    try {
      const point = Point.fromBytes(le32(y));
      const torsion = multiple(point, L);
      if (!multiple(torsion, 4n).is0()) return Array.from({ length: 8 }, (_, i) => multiple(torsion, BigInt(i)));
    } catch {
      // No point has this y.
    }
  }
}

/** noble reduces scalars modulo L; the torsion part needs the plain double-and-add. */
function multiple(point: Point, factor: bigint): Point {
  let sum = Point.ZERO;
  for (let rest = factor, power = point; rest > 0n; rest >>= 1n, power = power.double()) {
    if (rest & 1n) sum = sum.add(power);
  }
  return sum;
}

const SMALL = smallOrderPoints();
/** Order 8. */
const TORSION = SMALL[1] as Point;

function rfc8032(): void {
  const vectors = [
    [
      'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a',
      '',
      'e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b',
    ],
    [
      '3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c',
      '72',
      '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00',
    ],
    [
      'fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025',
      'af82',
      '6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a',
    ],
  ] as const;
  vectors.forEach(([publicKey, message, signature], i) => {
    add(`RFC 8032 TEST ${i + 1}`, hexToBytes(publicKey), hexToBytes(message), hexToBytes(signature), true);
  });
}

function honest(): void {
  const a = A.toBytes();
  const r = R.toBytes();
  const s = scalarFor(NONCE, r, a);
  const signature = concatBytes(r, le32(s));
  add('honest', a, MESSAGE, signature, true);
  for (const at of [0, 31, 32, 63]) add(`honest, signature byte ${at} flipped`, a, MESSAGE, flip(signature, at), false);
  add('honest, message flipped', a, flip(MESSAGE, 0), signature, false);
  add('honest, key of another', Point.BASE.multiply(SECRET + 1n).toBytes(), MESSAGE, signature, false);
  add('honest, one byte short', a, MESSAGE, signature.subarray(0, 63), false);
  add('honest, one byte more', a, MESSAGE, concatBytes(signature, Uint8Array.of(0)), false);
  add('honest, key one byte short', a.subarray(0, 31), MESSAGE, signature, false);
  add('honest, key one byte more', concatBytes(a, Uint8Array.of(0)), MESSAGE, signature, false);
  add('empty signature', a, MESSAGE, new Uint8Array(0), false);
  for (const n of [1n, 2n, 8n]) add(`S + ${n}L`, a, MESSAGE, concatBytes(r, le32(s + n * L)), false);
  for (const [name, value] of [['0', 0n], ['L', L], ['L - 1', L - 1n], ['2^256 - 1', 2n ** 256n - 1n]] as const) {
    add(`S = ${name}`, a, MESSAGE, concatBytes(r, le32(value)), false);
  }
}

/** R of the identity: the one small-order R for which the cofactorless equation can hold under a torsion-free key. */
function identityNonce(): void {
  const a = A.toBytes();
  const r = Point.ZERO.toBytes();
  const signature = concatBytes(r, le32(scalarFor(0n, r, a)));
  add('R is the identity', a, MESSAGE, signature, true);
  add('R is the identity, S + L', a, MESSAGE, concatBytes(r, le32(scalarFor(0n, r, a) + L)), false);
  add('R is the identity, message flipped', a, flip(MESSAGE, 0), signature, false);
  const spellings: [string, Uint8Array][] = [
    ['y = p + 1', le32(P + 1n)],
    ['y = 1 with the sign of x', le32(1n + (1n << 255n))],
    ['y = p + 1 with the sign of x', le32(P + 1n + (1n << 255n))],
  ];
  for (const [name, bytes] of spellings) {
    add(`R is the identity as ${name}`, a, MESSAGE, concatBytes(bytes, le32(scalarFor(0n, bytes, a))), false);
  }
}

function torsion(): void {
  const a = A.toBytes();
  SMALL.slice(1).forEach((point, i) => {
    const r = R.add(point).toBytes();
    add(`R + torsion ${i + 1}, holds with the cofactor`, a, MESSAGE, concatBytes(r, le32(scalarFor(NONCE, r, a))), false);
    const small = point.toBytes();
    add(`R is torsion ${i + 1}, holds with the cofactor`, a, MESSAGE, concatBytes(small, le32(scalarFor(0n, small, a))), false);
    const mixed = A.add(point).toBytes();
    const r0 = R.toBytes();
    add(`key + torsion ${i + 1}`, mixed, MESSAGE, concatBytes(r0, le32(scalarFor(NONCE, r0, mixed))), false);
  });
  // With k = 0 mod 8 the torsion of the key vanishes from kA: every cofactorless library accepts these two.
  for (const both of [false, true]) {
    const mixed = A.add(TORSION).toBytes();
    for (let tweak = 0n; ; tweak++) {
      const r = Point.BASE.multiply(NONCE + tweak).add(both ? TORSION : Point.ZERO).toBytes();
      const k = challenge(r, mixed, MESSAGE);
      const vanishes = both ? k % 8n === 7n : k % 8n === 0n;
      if (!vanishes) continue;
      const s = (NONCE + tweak + k * SECRET) % L;
      add(`key + torsion${both ? ', R + torsion' : ''}, holds without the cofactor`, mixed, MESSAGE, concatBytes(r, le32(s)), false);
      break;
    }
  }
}

/** Keys and R both shifted, by every pair of torsion points: S is the one that holds with the cofactor. */
function mixedOrder(): void {
  SMALL.slice(1).forEach((keyShift, i) => {
    SMALL.slice(1).forEach((shift, j) => {
      const mixed = A.add(keyShift).toBytes();
      const r = R.add(shift).toBytes();
      add(`key + torsion ${i + 1}, R + torsion ${j + 1}, holds with the cofactor`, mixed, MESSAGE, concatBytes(r, le32(scalarFor(NONCE, r, mixed))), false);
    });
  });
}

/** R of order 4 in the two spellings that are not canonical, under an honest key. */
function spelledNonce(): void {
  const a = A.toBytes();
  for (const [name, r] of [['y = p', le32(P)], ['y = p with the sign of x', le32(P + (1n << 255n))]] as const) {
    add(`R of order 4 as ${name}`, a, MESSAGE, concatBytes(r, le32(scalarFor(0n, r, a))), false);
  }
}

/** Every spelling of a small-order key, with signatures that some library accepts under it. */
function smallOrderKeys(): void {
  const sign = 1n << 255n;
  const keys: [string, Uint8Array][] = SMALL.map((point, i) => [`small-order key ${i}`, point.toBytes()]);
  for (const y of [0n, 1n]) {
    keys.push([`key y = p + ${y}`, le32(P + y)], [`key y = p + ${y} with the sign of x`, le32(P + y + sign)]);
  }
  keys.push(['key y = 1 with the sign of x', le32(1n + sign)], ['key y = -1 with the sign of x', le32(P - 1n + sign)]);
  for (const [name, key] of keys) {
    SMALL.forEach((point, index) => {
      add(`${name}, R torsion ${index}, S = 0`, key, MESSAGE, concatBytes(point.toBytes(), le32(0n)), false);
    });
    add(`${name}, R = SB`, key, MESSAGE, concatBytes(R.toBytes(), le32(NONCE)), false);
  }
  add('key that is no point', le32(2n), MESSAGE, concatBytes(R.toBytes(), le32(NONCE)), false);
  add('key of 2^256 - 1', le32(2n ** 256n - 1n), MESSAGE, concatBytes(R.toBytes(), le32(NONCE)), false);
}

rfc8032();
honest();
identityNonce();
torsion();
mixedOrder();
spelledNonce();
smallOrderKeys();
const file = new URL('./ed25519-edge.json', import.meta.url);
const lines = cases.map((one) => `  ${JSON.stringify(one)}`);
writeFileSync(file, `[\n${lines.join(',\n')}\n]\n`);
process.stdout.write(`${cases.length} cases\n`);
