/** Holders of the token, their claims, and a network that takes the token over. Signed by noble; tests compare that with ethers. */
import { secp256k1 } from '@noble/curves/secp256k1.js';
import { utf8ToBytes } from '@noble/hashes/utils.js';
import { SYSTEM_ACCOUNT } from '../../protocol/address.ts';
import { equalBytes, type Hash, taggedHash } from '../../protocol/hash.ts';
import { type Region, regionNumber } from '../../protocol/regions.ts';
import { claimStatementOf } from '../../protocol/swap/claim-statement.ts';
import { typedDigest } from '../../protocol/swap/eip712.ts';
import { evmAddressOf } from '../../protocol/swap/evm-address.ts';
import { type Lock, type SwapRecord, type SwapSet, swapLeaf, swapSetOf } from '../../protocol/swap/record-set.ts';
import { claimTypedData } from '../../protocol/swap/typed-data.ts';
import type { SwapIn } from '../../protocol/tx/swap-in.ts';
import type { Zhi } from '../../protocol/units.ts';
import { merklePathsOf } from '../../protocol/webhook/merkle-paths.ts';
import { type TestNetwork, testNetwork } from './network.ts';

export interface EvmKey {
  readonly secret: Uint8Array;
  readonly address: Uint8Array;
}

const made = new Map<string, EvmKey>();

export function evmKey(name: string): EvmKey {
  const known = made.get(name);
  if (known) return known;
  const secret = taggedHash('HAI/test-evm-key', utf8ToBytes(name));
  const address = evmAddressOf(secp256k1.getPublicKey(secret, false).subarray(1));
  const key = { secret, address };
  made.set(name, key);
  return key;
}

/** r, s, v. */
export function evmSign({ secret }: EvmKey, digest: Hash): Uint8Array {
  const signed = secp256k1.sign(digest, secret, { prehash: false, format: 'recovered' });
  return Uint8Array.of(...signed.subarray(1), 27 + (signed[0] as number));
}

export interface TestSet extends SwapSet {
  readonly list: readonly SwapRecord[];
  readonly keys: readonly EvmKey[];
  path(index: number): Hash[];
}

/** Of holders `NAME/0` and so on, with 10,000 zhi and a zhi more each. */
export function testSet(name: string, holders: number, lockOf: (index: number) => Lock | undefined = () => undefined) {
  const keys = Array.from({ length: holders }, (_, i) => evmKey(`${name}/${i}`));
  const list = keys.map(({ address }, i) => ({
    holder: address,
    amountZhi: BigInt(10_000 + i) as Zhi,
    lock: lockOf(i),
  }));
  const paths = merklePathsOf(list.map((record, i) => swapLeaf(i, record)));
  return { ...swapSetOf(list), list, keys, path: (index: number) => paths.path(index) } satisfies TestSet;
}

export const TOKEN = taggedHash('HAI/test-token').slice(0, 20);
export const EVM_CHAIN_ID = 56n;
export const HOLDERS = 11;
/** What the holders of the test network's snapshot have. */
export const SNAPSHOT: TestSet = testSet('holder', HOLDERS);
/** Of the swap account: the snapshot, and as much for sets that are registered later. */
export const SWAP_FUND_ZHI = 2n * SNAPSHOT.totalZhi;

/** The same network, with a token to take over and the means for it, out of the faucet's. */
export function swapNetwork(base: TestNetwork = testNetwork('swap')): TestNetwork {
  const allocations = base.genesis.allocations.map((one) =>
    equalBytes(one.account, base.faucet.key) ? { ...one, amount: (one.amount - SWAP_FUND_ZHI) as Zhi } : one,
  );
  const fund = { account: SYSTEM_ACCOUNT.swap, amount: SWAP_FUND_ZHI as Zhi, homeRegion: regionNumber('weur') };
  const { records, totalZhi, merkleRoot } = SNAPSHOT;
  return testNetwork(base.label, {
    ...base.genesis,
    allocations: [...allocations, fund],
    swap: { evmChainId: EVM_CHAIN_ID, token: TOKEN, snapshot: { records, totalZhi, merkleRoot } },
  });
}

type Unsigned = Omit<SwapIn, 'signature'>;

export function unsignedClaim(set: TestSet, index: number, recipient: Uint8Array, home: Region = 'weur'): Unsigned {
  const record = set.list[index];
  if (!record) throw new RangeError(`no record ${index}`);
  const { root, records } = set;
  return { set: root, records, index, ...record, path: set.path(index), recipient, homeRegion: regionNumber(home) };
}

/** Signed as it stands, by whichever key. */
export function signClaim({ genesis, hash }: TestNetwork, key: EvmKey, claim: Unsigned): SwapIn {
  const digest = typedDigest(claimTypedData(claimStatementOf(claim, genesis, hash)));
  return { ...claim, signature: evmSign(key, digest) };
}

/** A claim that holds. */
export const swapClaim = (
  network: TestNetwork,
  set: TestSet,
  index: number,
  recipient: Uint8Array,
  home: Region = 'weur',
): SwapIn => signClaim(network, set.keys[index] as EvmKey, unsignedClaim(set, index, recipient, home));
