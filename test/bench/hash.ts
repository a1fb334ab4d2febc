/**
 * `bench -- hash`: Merkle tree, many digests and proof-of-work search on the HPU's SHA-256, against @noble/hashes, WebCrypto and
 * node:crypto, in one process, interleaved.
 */
import { createHash, hash } from 'node:crypto';
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, concatBytes } from '@noble/hashes/utils.js';
import type { NonceSearch } from '../../hpu/hash/nonce-search.ts';
import { sha256Kernel } from '../../hpu/hash/sha256.ts';
import { loadKernel } from '../../hpu/node.ts';
import { merkleRoot } from '../../protocol/merkle.ts';
import { interleave, median, type Run, speedUp } from './interleave.ts';

const ROUNDS = 15;
const LEAVES = 4096;
const LEAF_BYTES = 1024;
/** Nonces a call: some milliseconds, so that a search's start does not show. */
const NONCES = { hpu: 1 << 16, peer: 1 << 12 };
const PREIMAGE_BYTES = 80;
const NONCE_AT = 72;

const kernel = sha256Kernel(loadKernel('sha256'));

type Contenders = Readonly<Record<string, Run>> & { readonly hpu: Run };
type Figures = { readonly msPerUnit: Record<string, number>; readonly ratios: Record<string, number> };

/** `unitsOf`: the work that one call of a contender does. */
async function measure(contenders: Contenders, unitsOf: (name: string) => number = () => 1): Promise<Figures> {
  const perCall = Object.entries(await interleave(contenders, ROUNDS));
  const samples = perCall.map(([name, s]) => [name, s.map((ms) => ms / unitsOf(name))] as const);
  const own = samples.find(([name]) => name === 'hpu')?.[1] ?? [];
  const peers = samples.filter(([name]) => name !== 'hpu');
  return {
    msPerUnit: Object.fromEntries(samples.map(([name, sample]) => [name, median(sample)])),
    ratios: Object.fromEntries(peers.map(([name, sample]) => [name, speedUp(sample, own)])),
  };
}

async function requireAgreement(what: string, contenders: Contenders): Promise<void> {
  const answers = new Map<string, string>();
  for (const [name, run] of Object.entries(contenders)) {
    const answer = await run();
    answers.set(name, answer instanceof Uint8Array ? bytesToHex(answer) : String(answer));
  }
  if (new Set(answers.values()).size !== 1) throw new Error(`${what}: ${JSON.stringify([...answers])}`);
}

const prefixed = (prefix: number, ...parts: Uint8Array[]) => concatBytes(new Uint8Array([prefix]), ...parts);
const webHash = async (message: Uint8Array<ArrayBuffer>) =>
  new Uint8Array(await crypto.subtle.digest('SHA-256', message));
const nodeHash = (message: Uint8Array): Uint8Array => hash('sha256', message, 'buffer');

function pairsOf(level: readonly Uint8Array[]): Uint8Array<ArrayBuffer>[] {
  return level.flatMap((left, i) => (i % 2 ? [] : [prefixed(1, left, level[i + 1] as Uint8Array)]));
}

/** LEAVES is a power of two, so every level is even. */
async function webRoot(leaves: readonly Uint8Array[]): Promise<Uint8Array> {
  let level = await Promise.all(leaves.map((leaf) => webHash(prefixed(0, leaf))));
  while (level.length > 1) level = await Promise.all(pairsOf(level).map(webHash));
  return level[0] as Uint8Array;
}

function nodeRoot(leaves: readonly Uint8Array[]): Uint8Array {
  let level = leaves.map((leaf) => nodeHash(prefixed(0, leaf)));
  while (level.length > 1) level = pairsOf(level).map(nodeHash);
  return level[0] as Uint8Array;
}

async function benchTree(leaves: readonly Uint8Array<ArrayBuffer>[]): Promise<Figures> {
  const contenders = {
    hpu: () => kernel.merkleRoot(leaves),
    noble: () => merkleRoot(leaves),
    webCrypto: () => webRoot(leaves),
    nodeCrypto: () => nodeRoot(leaves),
  };
  await requireAgreement('roots', contenders);
  return measure(contenders);
}

async function benchMany(leaves: readonly Uint8Array<ArrayBuffer>[]): Promise<Figures> {
  const all = concatBytes(...leaves);
  const contenders = {
    hpu: () => kernel.hashMany(all, LEAVES, LEAF_BYTES),
    noble: () => concatBytes(...leaves.map((leaf) => sha256(leaf))),
    webCrypto: async () => concatBytes(...(await Promise.all(leaves.map(webHash)))),
    nodeCrypto: () => concatBytes(...leaves.map(nodeHash)),
  };
  await requireAgreement('digests', contenders);
  return measure(contenders);
}

/** A searcher over any hash that takes the message and says whether its digest wins. */
type Wins = (message: Uint8Array<ArrayBuffer>) => boolean;
const NONE_WINS = new Uint8Array(32);
const noneBelow = (digest: Uint8Array): boolean => digest[0] === 0 && digest.every((byte) => byte === 0);

function searchWith(wins: Wins, count: number): bigint | undefined {
  const message = new Uint8Array(PREIMAGE_BYTES);
  const view = new DataView(message.buffer);
  for (let nonce = 0; nonce < count; nonce++) {
    view.setUint32(NONCE_AT, nonce, true);
    if (wins(message)) return BigInt(nonce);
  }
  return undefined;
}

async function webSearch(count: number): Promise<undefined> {
  const messages = Array.from({ length: count }, (_, nonce) => {
    const message = new Uint8Array(PREIMAGE_BYTES);
    new DataView(message.buffer).setUint32(NONCE_AT, nonce, true);
    return message;
  });
  const digests = await Promise.all(messages.map(webHash));
  if (digests.some(noneBelow)) throw new Error('a digest of zeros');
}

/** Each peer in its plain form and in the fastest public one: noble with the first block's state kept, node's hex in one call. */
async function benchNonces(): Promise<Figures> {
  const preimage = new Uint8Array(PREIMAGE_BYTES);
  const search: NonceSearch = { preimage, nonceAt: NONCE_AT, start: 0n, count: NONCES.hpu, target: NONE_WINS };
  const midstate = sha256.create().update(preimage.subarray(0, 64));
  const scratch = sha256.create();
  const zeros = '0'.repeat(64);
  const searches: Record<string, Wins> = {
    noble: (message) => noneBelow(sha256(message)),
    nobleMidstate: (message) => noneBelow(midstate._cloneInto(scratch).update(message.subarray(64)).digest()),
    nodeCrypto: (message) => noneBelow(createHash('sha256').update(message).digest()),
    nodeCryptoHex: (message) => hash('sha256', message) === zeros,
  };
  const contenders = {
    hpu: () => kernel.searchNonce(search),
    ...Object.fromEntries(Object.entries(searches).map(([name, wins]) => [name, () => searchWith(wins, NONCES.peer)])),
    webCrypto: () => webSearch(NONCES.peer),
  };
  await requireAgreement('nonces', contenders);
  return measure(contenders, (name) => (name === 'hpu' ? NONCES.hpu : NONCES.peer));
}

const rounded = (value: number): number => Number(value.toPrecision(3));
const mega = (msPerUnit: number): number => 1 / (msPerUnit * 1000);

/** Figures as `<name><suffix>`, with the ratios. */
function lineOf({ msPerUnit, ratios }: Figures, suffix: string, of: (msPerUnit: number) => number) {
  const named = Object.entries(msPerUnit).map(([name, ms]) => [`${name}${suffix}`, rounded(of(ms))]);
  const times = Object.entries(ratios).map(([name, ratio]) => [name, rounded(ratio)]);
  return { ...Object.fromEntries(named), ratios: Object.fromEntries(times) };
}

function tell(title: string, unit: string, { msPerUnit, ratios }: Figures, of: (msPerUnit: number) => number): void {
  console.log(title);
  for (const [name, ms] of Object.entries(msPerUnit)) {
    const ratio = ratios[name];
    const times = ratio === undefined ? '' : `   HPU ${ratio.toFixed(2)} times as fast`;
    console.log(`  ${name.padEnd(16)}${of(ms).toFixed(2).padStart(9)} ${unit}${times}`);
  }
}

export default async function benchHash(): Promise<void> {
  const leaves = Array.from({ length: LEAVES }, (_, i) => new Uint8Array(LEAF_BYTES).fill(i % 251));
  const same = (ms: number) => ms;
  const tree = await benchTree(leaves);
  tell('Merkle tree of 4 MiB in 1 KiB leaves', 'ms', tree, same);
  const many = await benchMany(leaves);
  tell('4096 digests of 1 KiB', 'ms', many, same);
  const pow = await benchNonces();
  tell('Proof of work on an 80-byte preimage', 'MH/s', pow, mega);
  console.log(
    JSON.stringify({
      merkle4MB: lineOf(tree, 'Ms', same),
      hashMany1KiB: lineOf(many, 'Ms', same),
      pow: lineOf(pow, 'MHs', mega),
    }),
  );
}
