/** A final block is its bytes: with any one of them changed, or its certificate made up otherwise, it is none. */
import { beforeAll, describe, expect, test } from 'vitest';
import { decodeBody, encodeBody } from '../../../protocol/block/block.ts';
import {
  type Certificate,
  certificateOf,
  certify,
  decodeCertificate,
  encodeCertificate,
  QUORUM,
  voteBytes,
} from '../../../protocol/block/certificate.ts';
import { type BlockHeader, decodeHeader, encodeHeader, headerHash } from '../../../protocol/block/header.ts';
import { CodecError } from '../../../protocol/codec.ts';
import { sign } from '../../../protocol/ed25519.ts';
import { verifyFast } from '../../../sealing/signatures.ts';
import { TestChain } from '../../support/chain.ts';
import { testNetwork } from '../../support/network.ts';

const network = testNetwork();
const { seats } = network.genesis;

interface Bytes {
  readonly header: Uint8Array;
  readonly body: Uint8Array;
  readonly certificate: Uint8Array;
}
let good: Bytes;
let header: BlockHeader;

const voteOf = (seed: Uint8Array, seat: number, of = header) => ({ seat, signature: sign(seed, voteBytes(of)) });
const votes = (count: number) => network.seats.slice(0, count).map(({ seed }, seat) => voteOf(seed, seat));

beforeAll(() => {
  const chain = new TestChain(network);
  const { block } = chain.build([chain.fund(network.key('alice'), 5n), chain.fund(network.key('bob'), 6n)]);
  header = block.header;
  const certificate = encodeCertificate(certificateOf(header, votes(QUORUM)));
  good = { header: encodeHeader(header), body: encodeBody(block.body), certificate };
});

async function verdict({ header, body, certificate }: Bytes): Promise<string> {
  try {
    const block = { header: decodeHeader(header), body: decodeBody(body) };
    const result = await certify(block, decodeCertificate(certificate), seats, verifyFast);
    return typeof result === 'string' ? result : 'certified';
  } catch (error) {
    if (error instanceof CodecError) return 'malformed';
    throw error;
  }
}

test('the right bytes are certified', async () => {
  expect(await verdict(good)).toBe('certified');
});

describe.each(['header', 'body', 'certificate'] as const)('%s', (part) => {
  test('with any one byte changed is refused', async () => {
    const taken: number[] = [];
    for (let at = 0; at < good[part].length; at++) {
      const changed = good[part].map((byte, i) => (i === at ? byte ^ (1 << (at % 8)) : byte));
      if ((await verdict({ ...good, [part]: changed })) === 'certified') taken.push(at);
    }
    expect(good[part].length).toBeGreaterThan(200);
    expect(taken).toEqual([]);
  });

  test('cut short anywhere, or with a byte to spare, is malformed', async () => {
    const bytes = good[part];
    for (let length = 0; length < bytes.length; length += 7) {
      expect(await verdict({ ...good, [part]: bytes.subarray(0, length) })).toBe('malformed');
    }
    expect(await verdict({ ...good, [part]: Uint8Array.of(...bytes, 0) })).toBe('malformed');
  });
});

describe('a certificate', () => {
  const of = (certificate: Certificate) => verdict({ ...good, certificate: encodeCertificate(certificate) });

  test('in which a seat stands twice counts it once', async () => {
    const eight = votes(QUORUM - 1);
    const doubled = [...eight, eight[0] as (typeof eight)[0]];
    expect(await of(certificateOf(header, doubled))).toBe('signatures and seats differ in number');
    // The same signature in the name of two seats.
    const lent = [...eight, { seat: QUORUM - 1, signature: (eight[0] as (typeof eight)[0]).signature }];
    expect(await of(certificateOf(header, lent))).toBe('a signature does not verify');
  });

  test('with a key that holds no seat has a signature that does not verify', async () => {
    const foreign = voteOf(testNetwork('other').seats[0]?.seed as Uint8Array, QUORUM - 1);
    expect(await of(certificateOf(header, [...votes(QUORUM - 1), foreign]))).toBe('a signature does not verify');
  });

  test('of seats beyond the thirteenth names none', async () => {
    const certificate = certificateOf(header, votes(QUORUM));
    expect(await of({ ...certificate, seats: certificate.seats | (1 << 15) })).toBe('a seat that does not exist');
  });

  test.each<[string, Partial<BlockHeader>]>([
    ['another round', { round: 1 }],
    ['another height', { height: 2n as BlockHeader['height'] }],
    ['another epoch', { epoch: 1n }],
    ['another network', { genesis: new Uint8Array(32) }],
  ])('of votes for %s', async (_, change) => {
    const elsewhere = { ...header, ...change };
    const moved = network.seats.slice(0, QUORUM).map(({ seed }, seat) => voteOf(seed, seat, elsewhere));
    const certificate = { ...certificateOf(header, moved), block: headerHash(header), round: header.round };
    expect(await of(certificate)).toBe('a signature does not verify');
  });
});
