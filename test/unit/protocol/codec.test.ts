/** One encoding for a value: what decodes re-encodes to the same bytes, and what encodes decodes to the same value. */
import { hexToBytes, utf8ToBytes } from '@noble/hashes/utils.js';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeBody, encodeBody } from '../../../protocol/block/block.ts';
import { decodeCertificate, encodeCertificate } from '../../../protocol/block/certificate.ts';
import { decodeHeader, encodeHeader } from '../../../protocol/block/header.ts';
import {
  bool,
  bytesMax,
  type Codec,
  CodecError,
  decode,
  encode,
  fixed,
  oneOf,
  option,
  struct,
  textMax,
  u8,
  u16,
  u32,
  u64,
  union,
  vec,
} from '../../../protocol/codec.ts';
import { genesisCodec } from '../../../protocol/genesis.ts';
import { orderRecordCodec } from '../../../protocol/order/record.ts';
import { workCodec } from '../../../protocol/order/work.ts';
import { hpuCycles } from '../../../protocol/units.ts';
import { TestChain } from '../../support/chain.ts';
import { testNetwork } from '../../support/network.ts';

// A codec of any value: T stands on both sides.
// biome-ignore lint/suspicious/noExplicitAny: see above
type Case = [string, Codec<any>, fc.Arbitrary<unknown>];
const bigint64 = fc.bigInt({ min: 0n, max: (1n << 64n) - 1n });
const tree = union({ leaf: struct({ n: u16 }), pair: struct({ left: u8, right: option(u64) }) });

const CASES: Case[] = [
  ['u8', u8, fc.nat(255)],
  ['u16', u16, fc.nat(65_535)],
  ['u32', u32, fc.nat(0xffffffff)],
  ['u64', u64, bigint64],
  ['bool', bool, fc.boolean()],
  ['fixed(5)', fixed(5), fc.uint8Array({ minLength: 5, maxLength: 5 })],
  ['bytesMax(300)', bytesMax(300), fc.uint8Array({ maxLength: 300 })],
  ['textMax(64)', textMax(64), fc.string({ unit: 'binary', maxLength: 16 })],
  ['vec(u16, 200)', vec(u16, 200), fc.array(fc.nat(65_535), { maxLength: 200 })],
  ['option(u32)', option(u32), fc.option(fc.nat(0xffffffff), { nil: undefined })],
  ['oneOf', oneOf(['a', 'b', 'c']), fc.constantFrom('a', 'b', 'c')],
  [
    'union',
    tree,
    fc.oneof(
      fc.record({ kind: fc.constant('leaf'), n: fc.nat(65_535) }),
      fc.record({ kind: fc.constant('pair'), left: fc.nat(255), right: fc.option(bigint64, { nil: undefined }) }),
    ),
  ],
];

describe.each(CASES)('%s', (_, codec, value) => {
  test('decodes what it encodes', () => {
    fc.assert(fc.property(value, (one) => void expect(decode(codec, encode(codec, one))).toEqual(one)));
  });

  test('takes no bytes but the encoding of a value, and throws CodecError on all others', () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 12 }),
      // Encodings with a byte changed, dropped or added are the ones that nearly decode.
      fc.tuple(value, fc.nat(), fc.nat(255)).map(([one, at, byte]) => {
        const changed = encode(codec, one);
        changed[at % Math.max(1, changed.length)] = byte;
        return changed;
      }),
      fc.tuple(value, fc.nat(255)).map(([one, byte]) => Uint8Array.of(...encode(codec, one), byte)),
    );
    fc.assert(
      fc.property(bytes, (input) => {
        let read: unknown;
        try {
          read = decode(codec, input);
        } catch (error) {
          expect(error).toBeInstanceOf(CodecError);
          return;
        }
        expect(encode(codec, read)).toEqual(input);
      }),
      { numRuns: 300 },
    );
  });
});

describe('refused', () => {
  // biome-ignore lint/suspicious/noExplicitAny: a codec of any value
  test.each<[string, Codec<any>, string]>([
    ['a length in two bytes where one does', bytesMax(9), '8000'],
    ['a length beyond its bound', bytesMax(3), '0401020304'],
    ['a length beyond u32', bytesMax(9), 'ffffffff1f'],
    ['a length without an end', bytesMax(9), '8080808080'],
    ['fewer items than the length says', vec(u8, 9), '0301'],
    ['more items than the bound', vec(u8, 2), '03010203'],
    ['a bool of 2', bool, '02'],
    ['an option tag of 2', option(u8), '0200'],
    ['an unknown variant', oneOf(['a', 'b']), '02'],
    ['an unknown union tag', tree, '020000'],
    ['ill-formed UTF-8', textMax(9), '02c328'],
    ['an overlong UTF-8 form', textMax(9), '02c0af'],
    ['a surrogate in UTF-8', textMax(9), '03eda080'],
    ['a spare byte', u8, '0000'],
    ['nothing', u8, ''],
  ])('%s', (_, codec, hex) => {
    expect(() => decode(codec, hexToBytes(hex))).toThrow(CodecError);
  });

  // biome-ignore lint/suspicious/noExplicitAny: a codec of any value
  test.each<[string, Codec<any>, unknown]>([
    ['256 as u8', u8, 256],
    ['-1 as u32', u32, -1],
    ['1.5 as u16', u16, 1.5],
    ['NaN as u8', u8, Number.NaN],
    ['2^64 as u64', u64, 1n << 64n],
    ['-1 as u64', u64, -1n],
    ['four bytes as five', fixed(5), new Uint8Array(4)],
    ['too many bytes', bytesMax(2), new Uint8Array(3)],
    ['text longer in bytes than in characters', textMax(3), '恒智'],
    ['a lone surrogate', textMax(9), '\ud800'],
    ['too many items', vec(u8, 1), [1, 2]],
    ['a name that is not one', oneOf(['a']), 'b'],
  ])('to encode %s', (_, codec, value) => {
    expect(() => encode(codec, value)).toThrow(CodecError);
  });
});

test('the layout is BCS: little-endian, ULEB128, declaration order', () => {
  const codec = struct({ a: u16, b: bytesMax(200), c: option(u8), d: vec(u32, 4), e: u64, f: oneOf(['x', 'y']) });
  const bytes = encode(codec, {
    a: 0x0102,
    b: new Uint8Array(130).fill(7),
    c: 5,
    d: [1],
    e: 0x0102030405060708n,
    f: 'y',
  });
  expect(bytes).toEqual(
    Uint8Array.of(2, 1, 0x82, 0x01, ...new Uint8Array(130).fill(7), 1, 5, 1, 1, 0, 0, 0, 8, 7, 6, 5, 4, 3, 2, 1, 1),
  );
  expect(encode(textMax(16), '恒智链')).toEqual(Uint8Array.of(9, ...utf8ToBytes('恒智链')));
});

test('an encoding of any length, whichever field passes the buffer that it is written in', () => {
  const codec = struct({ before: bytesMax(70_000), a: u8, b: u16, c: u32, d: u64, after: bytesMax(9) });
  for (const length of [8_180, 8_183, 8_185, 8_186, 8_187, 8_188, 8_189, 8_190, 16_375, 65_530]) {
    const one = { before: new Uint8Array(length).fill(1), a: 2, b: 3, c: 4, d: 5n, after: Uint8Array.of(6) };
    expect(decode(codec, encode(codec, one))).toEqual(one);
  }
});

test('an encoding within an encoding, and one after another that failed', () => {
  const inner = struct({ a: u8, b: u8 });
  const outer: Codec<number> = {
    write(writer, value) {
      u8.write(writer, 9);
      bytesMax(9).write(writer, encode(inner, { a: value, b: value }));
    },
    read: () => 0,
  };
  expect(encode(outer, 7)).toEqual(Uint8Array.of(9, 2, 7, 7));
  expect(() => encode(outer, 256)).toThrow(CodecError);
  expect(encode(outer, 8)).toEqual(Uint8Array.of(9, 2, 8, 8));
});

describe('the larger codecs', () => {
  const key = fc.uint8Array({ minLength: 32, maxLength: 32 });
  const train = fc.record({
    kind: fc.constant('train' as const),
    rows: fc.nat(0xffffffff),
    features: fc.nat(65_535),
    hidden: fc.nat(65_535),
    classes: fc.nat(65_535),
    epochs: fc.nat(65_535),
    batch: fc.nat(65_535),
    seed: bigint64,
  });
  const predict = fc.record({
    kind: fc.constantFrom('predict' as const, 'predictTable' as const),
    rows: fc.nat(0xffffffff),
    model: key,
  });
  const search = fc.record({
    kind: fc.constant('search' as const),
    rows: fc.nat(0xffffffff),
    columns: fc.nat(0xffffffff),
    classes: fc.nat(65_535),
    images: fc.boolean(),
    trials: fc.nat(65_535),
    folds: fc.nat(255),
    budget: bigint64.map(hpuCycles),
    rowCycles: fc.nat(0xffffffff),
    seed: bigint64,
  });
  const record = fc.record({
    state: fc.constantFrom('open', 'matched', 'computed', 'settled', 'unserved'),
    demander: key,
    nonce: bigint64,
    region: fc.nat(8),
    work: fc.oneof(train, predict, search),
    priceLimitZhi: bigint64,
    confirm: fc.oneof(fc.constant({ kind: 'auto' }), fc.record({ kind: fc.constant('manual'), windowMs: bigint64 })),
    openedMs: bigint64,
    deadlineMs: bigint64,
    sealedHash: key,
    inputs: fc.array(key, { maxLength: 4 }),
    quoteCycles: bigint64,
    attempt: fc.nat(255),
    excluded: fc.array(key, { maxLength: 3 }),
    match: fc.option(fc.record({ provider: key, billCycles: bigint64, billZhi: bigint64 }), { nil: undefined }),
    claim: fc.option(
      fc.record({ chunks: fc.nat(9), cycles: bigint64, logHead: key, results: fc.nat(9), resultRoot: key }),
      { nil: undefined },
    ),
    checkedMs: bigint64,
  });
  // biome-ignore lint/suspicious/noExplicitAny: the branded units of the fields
  const orderCodec = orderRecordCodec as Codec<any>;

  test('an order record', () => {
    fc.assert(fc.property(record, (one) => void expect(decode(orderCodec, encode(orderCodec, one))).toEqual(one)));
    fc.assert(
      fc.property(
        fc.oneof(train, predict, search),
        (work) => void expect(decode(workCodec, encode(workCodec, work))).toEqual(work),
      ),
    );
  });

  test('a genesis, a header, a body, a certificate', () => {
    const { genesis, bytes, hash } = testNetwork();
    expect(encode(genesisCodec, decode(genesisCodec, bytes))).toEqual(bytes);
    expect(decode(genesisCodec, bytes)).toEqual(genesis);
    const body = {
      transactions: [new Uint8Array(9), new Uint8Array(0)],
      outcomes: [{ entries: [0, 404] }, { entries: [] }],
    };
    expect(decodeBody(encodeBody(body))).toEqual(body);
    const certificate = { block: hash, round: 3, seats: 0x1fff, signatures: [new Uint8Array(64)] };
    expect(decodeCertificate(encodeCertificate(certificate))).toEqual(certificate);
    const chain = new TestChain(testNetwork());
    const { header } = chain.build([chain.fund(chain.network.key('anybody'), 1n)]).block;
    expect(decodeHeader(encodeHeader(header))).toEqual(header);
    expect(() => decodeHeader(encodeHeader(header).subarray(1))).toThrow(CodecError);
  });
});
