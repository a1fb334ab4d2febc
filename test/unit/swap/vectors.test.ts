/** The vectors for whoever writes the token contract: made by ethers, and taken here by every step. */
import { hexToBytes } from '@noble/hashes/utils.js';
import { describe, expect, test } from 'vitest';
import { parseAddress } from '../../../protocol/address.ts';
import { regionNumber } from '../../../protocol/regions.ts';
import { weiToZhi } from '../../../protocol/swap/amount.ts';
import { encodeClaimStatement } from '../../../protocol/swap/claim-statement.ts';
import { typedDigest } from '../../../protocol/swap/eip712.ts';
import { parseEvmAddress } from '../../../protocol/swap/evm-address.ts';
import { evmHex } from '../../../protocol/swap/evm-hex.ts';
import {
  claimTypedData,
  releaseTypedData,
  type TokenPlace,
  type TypedData,
} from '../../../protocol/swap/typed-data.ts';
import { recoverAddress, verifyClaim } from '../../../protocol/swap/verify.ts';
import type { Zhi } from '../../../protocol/units.ts';
import vectors from '../../vectors/swap-eip712.json' with { type: 'json' };

interface Vector {
  readonly typedData: unknown;
  readonly digest: string;
  readonly signer: string;
  readonly signature: string;
}
interface VectorData {
  readonly domain: { readonly chainId: string; readonly verifyingContract: string };
  readonly message: Readonly<Record<string, string>>;
  readonly types: TypedData['types'];
}

const bytesOf = (hex = ''): Uint8Array => hexToBytes(hex.replace(/^0x/, ''));

function parts({ typedData, digest, signer, signature }: Vector) {
  const { domain, message, types } = typedData as VectorData;
  const place: TokenPlace = { evmChainId: BigInt(domain.chainId), token: bytesOf(domain.verifyingContract) };
  return {
    place,
    message,
    types,
    digest: bytesOf(digest),
    signer: parseEvmAddress(signer) as Uint8Array,
    signature: bytesOf(signature),
  };
}

const amountZhi = (wei = ''): Zhi => weiToZhi(BigInt(wei)) as Zhi;

describe.each(vectors.claims.map(parts))('claim %#', ({ place, message, types, digest, signer, signature }) => {
  const statement = {
    ...place,
    network: bytesOf(message.network),
    set: bytesOf(message.set),
    index: Number(message.index),
    amountZhi: amountZhi(message.amount),
    recipient: parseAddress(message.recipient ?? '') as Uint8Array,
    homeRegion: regionNumber(message.homeRegion as 'weur'),
  };

  test('is written, hashed and verified alike', () => {
    const data = claimTypedData(statement);
    expect([data.message, data.types]).toEqual([message, types]);
    expect(evmHex(typedDigest(data))).toBe(evmHex(digest));
    expect(verifyClaim(signer, encodeClaimStatement(statement), signature)).toBe(true);
  });

  test('is not another one', () => {
    const other = encodeClaimStatement({ ...statement, amountZhi: (statement.amountZhi - 1n) as Zhi });
    expect(verifyClaim(signer, other, signature)).toBe(false);
  });
});

describe.each(vectors.releases.map(parts))('release %#', ({ place, message, types, digest, signer, signature }) => {
  const release = {
    ...place,
    network: bytesOf(message.network),
    sequence: BigInt(message.sequence ?? ''),
    to: bytesOf(message.to),
    amountZhi: amountZhi(message.amount),
  };

  test('is written and hashed alike, and recovers to its signer', () => {
    const data = releaseTypedData(release);
    expect([data.message, data.types]).toEqual([message, types]);
    expect(evmHex(typedDigest(data))).toBe(evmHex(digest));
    expect(recoverAddress(digest, signature)).toEqual(signer);
  });

  test('is not that of another number', () => {
    const other = typedDigest(releaseTypedData({ ...release, sequence: release.sequence ^ 1n }));
    expect(recoverAddress(other, signature)).not.toEqual(signer);
  });
});
