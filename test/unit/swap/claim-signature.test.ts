/** A holder's signature on a claim, against ethers (MIT), which hashes, signs and recovers by itself; and all that is no signature of it. */
import { secp256k1 } from '@noble/curves/secp256k1.js';
import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js';
import { getBytes, hexlify, Signature, TypedDataEncoder, type TypedDataField, verifyTypedData, Wallet } from 'ethers';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { addressOf } from '../../../protocol/address.ts';
import { REGIONS, regionOf } from '../../../protocol/regions.ts';
import { type ClaimStatement, encodeClaimStatement } from '../../../protocol/swap/claim-statement.ts';
import { typedDigest } from '../../../protocol/swap/eip712.ts';
import { formatEvmAddress } from '../../../protocol/swap/evm-address.ts';
import { claimTypedData, releaseTypedData, type TypedData } from '../../../protocol/swap/typed-data.ts';
import { recoverAddress, verifyClaim } from '../../../protocol/swap/verify.ts';
import { SUPPLY_ZHI, type Zhi } from '../../../protocol/units.ts';
import { evmKey, evmSign } from '../../support/swap.ts';

const ORDER = secp256k1.Point.Fn.ORDER;

type ForEthers = [TypedData['domain'], Record<string, TypedDataField[]>, TypedData['message']];

/** What ethers takes: it writes the domain's type by itself. */
const forEthers = ({ types, primaryType, domain, message }: TypedData): ForEthers => [
  domain,
  { [primaryType]: [...(types[primaryType] ?? [])] },
  message,
];

const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const u64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
const amountZhi = fc.oneof(
  fc.constantFrom(1n, SUPPLY_ZHI),
  fc.bigInt({ min: 0n, max: SUPPLY_ZHI }),
) as fc.Arbitrary<Zhi>;
const statement: fc.Arbitrary<ClaimStatement> = fc.record({
  evmChainId: fc.oneof(fc.constantFrom(1n, 56n, 2n ** 53n - 1n, 2n ** 53n, 2n ** 64n - 1n), u64),
  token: bytes(20),
  network: bytes(32),
  set: bytes(32),
  index: fc.nat(2 ** 31 - 1),
  amountZhi,
  recipient: bytes(32),
  homeRegion: fc.nat(REGIONS.length - 1),
});
const release = fc.record({
  evmChainId: u64,
  token: bytes(20),
  network: bytes(32),
  sequence: u64,
  to: bytes(20),
  amountZhi,
});
const secret = bytes(32).filter((key) => secp256k1.utils.isValidSecretKey(key));

test('a claim hashes to what ethers signs, and either side takes the other’s signature', async () => {
  await fc.assert(
    fc.asyncProperty(statement, secret, async (claim, key) => {
      const data = claimTypedData(claim);
      const digest = typedDigest(data);
      expect(hexlify(digest)).toBe(TypedDataEncoder.hash(...forEthers(data)));
      const wallet = new Wallet(hexlify(key));
      const theirs = getBytes(await wallet.signTypedData(...forEthers(data)));
      const holder = getBytes(wallet.address);
      expect(verifyClaim(holder, encodeClaimStatement(claim), theirs)).toBe(true);
      const ours = evmSign({ secret: key, address: holder }, digest);
      expect(verifyTypedData(...forEthers(data), hexlify(ours))).toBe(wallet.address);
    }),
    { numRuns: 60 },
  );
});

test('a release hashes to what ethers signs', () => {
  fc.assert(
    fc.property(release, (out) => {
      const data = releaseTypedData(out);
      expect(hexlify(typedDigest(data))).toBe(TypedDataEncoder.hash(...forEthers(data)));
    }),
  );
});

test('the object that is printed for a wallet is the one that is hashed, domain type and all', () => {
  fc.assert(
    fc.property(statement, (claim) => {
      const data = claimTypedData(claim);
      expect(typedDigest(JSON.parse(JSON.stringify(data)) as TypedData)).toEqual(typedDigest(data));
      const written = TypedDataEncoder.getPayload(...forEthers(data)) as { types: TypedData['types'] };
      expect(data.types.EIP712Domain).toEqual(written.types.EIP712Domain);
      expect(data.message).toMatchObject({
        recipient: addressOf(claim.recipient),
        homeRegion: regionOf(claim.homeRegion),
        amount: `${claim.amountZhi * 10n ** 10n}`,
      });
    }),
  );
});

/** The example of EIP-712 (CC0), whose signature other software made: https://eips.ethereum.org/EIPS/eip-712, Example.js. */
test('the signature of the EIP’s own example recovers to its signer', () => {
  const digest = hexToBytes('be609aee343fb3c4b28e1df9e632fca64fcfaede20f02e86244efddf30957bd2');
  const r = '4355c47d63924e8a72e509b65029052eb6c299d53a04e167c5775fd466751c9d';
  const s = '07299936d304c153f6443dfa05f40ff007d72911b6f72307f996231605b91562';
  expect(recoverAddress(digest, hexToBytes(`${r}${s}1c`))).toEqual(
    hexToBytes('cd2a3d9f938e13cd947ec05abc7fe734df8dd826'),
  );
});

describe('a signature that is refused', () => {
  const holder = evmKey('holder/0');
  const claim: ClaimStatement = {
    evmChainId: 56n,
    token: evmKey('token').address,
    network: new Uint8Array(32).fill(7),
    set: new Uint8Array(32).fill(9),
    index: 3,
    amountZhi: 10_003n as Zhi,
    recipient: new Uint8Array(32).fill(1),
    homeRegion: 2,
  };
  const message = encodeClaimStatement(claim);
  let signature: Uint8Array;
  beforeAll(() => {
    signature = evmSign(holder, typedDigest(claimTypedData(claim)));
  });
  const isTaken = (by: Uint8Array, text = message) => verifyClaim(holder.address, text, by);
  const withV = (v: number) => Uint8Array.of(...signature.subarray(0, 64), v);
  const scalar = (value: bigint) => hexToBytes(value.toString(16).padStart(64, '0'));
  const [r, s] = [() => signature.subarray(0, 32), () => signature.subarray(32, 64)];
  const flipped = () => (signature[64] === 27 ? 28 : 27);

  test('is taken as it stands', () => {
    expect(isTaken(signature)).toBe(true);
  });

  test('its twin of high s, which ethers’ recovery takes', () => {
    const high = scalar(ORDER - BigInt(`0x${bytesToHex(s())}`));
    const twin = Uint8Array.of(...r(), ...high, flipped());
    expect(isTaken(twin)).toBe(false);
    const low = Signature.from(hexlify(signature));
    expect([low.s, BigInt(low.s) <= ORDER / 2n]).toEqual([hexlify(s()), true]);
  });

  test.each([0, 1, 2, 26, 29, 30, 35, 36, 255])('v of %i', (v) => {
    expect(isTaken(withV(v))).toBe(false);
  });

  test('the other v: it is another key’s then', () => {
    expect(isTaken(withV(flipped()))).toBe(false);
  });

  test('r or s of nothing, of the order, above it', () => {
    for (const wrong of [0n, ORDER, ORDER + 1n, 2n ** 256n - 1n]) {
      expect(isTaken(Uint8Array.of(...scalar(wrong), ...s(), 27))).toBe(false);
      expect(isTaken(Uint8Array.of(...r(), ...scalar(wrong), 27))).toBe(false);
    }
  });

  test('r that is the x of no point', () => {
    // x = 5 is on no point of y^2 = x^3 + 7.
    expect(isTaken(Uint8Array.of(...scalar(5n), ...s(), 27))).toBe(false);
  });

  test('truncated, or with a byte too many', () => {
    for (let length = 0; length < 65; length++) expect(isTaken(signature.subarray(0, length))).toBe(false);
    expect(isTaken(Uint8Array.of(...signature, 0))).toBe(false);
  });

  test('with any bit changed', () => {
    for (let bit = 0; bit < 65 * 8; bit++) {
      const changed = Uint8Array.from(signature);
      changed[bit >> 3] = (changed[bit >> 3] as number) ^ (1 << (bit & 7));
      expect(isTaken(changed)).toBe(false);
    }
  });

  test('by another key', () => {
    expect(isTaken(evmSign(evmKey('holder/1'), typedDigest(claimTypedData(claim))))).toBe(false);
  });

  test.each<[string, Partial<ClaimStatement>]>([
    ['another chain id', { evmChainId: 1n }],
    ['another contract', { token: evmKey('other').address }],
    ['another network', { network: new Uint8Array(32).fill(8) }],
    ['another set', { set: new Uint8Array(32) }],
    ['another record', { index: 4 }],
    ['a zhi more', { amountZhi: 10_004n as Zhi }],
    ['nothing', { amountZhi: 0n as Zhi }],
    ['another recipient', { recipient: new Uint8Array(32).fill(2) }],
    ['another home', { homeRegion: 3 }],
    ['a home that does not exist', { homeRegion: 9 }],
  ])('for %s', (_, change) => {
    expect(isTaken(signature, encodeClaimStatement({ ...claim, ...change }))).toBe(false);
  });

  test('over bytes that are no statement', () => {
    expect(isTaken(signature, message.subarray(1))).toBe(false);
    expect(isTaken(signature, Uint8Array.of(...message, 0))).toBe(false);
    expect(verifyClaim(holder.address.subarray(1), message, signature)).toBe(false);
  });

  test('as a message, a plain transfer of a token or other typed data of the same values', async () => {
    const wallet = new Wallet(hexlify(holder.secret));
    const data = claimTypedData(claim);
    const [domain, , values] = forEthers(data);
    const renamed = { Order: [...(data.types.Claim ?? [])] };
    for (const other of [
      await wallet.signMessage(JSON.stringify(data)),
      await wallet.signMessage(typedDigest(data)),
      await wallet.signTypedData(domain, renamed, values),
      await wallet.signTypedData({ ...domain, version: '2' }, { Claim: [...(data.types.Claim ?? [])] }, values),
    ]) {
      expect(isTaken(getBytes(other))).toBe(false);
    }
    expect(formatEvmAddress(holder.address)).toBe(wallet.address);
  });
});
