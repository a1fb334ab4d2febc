/** A chain as a light client meets it: headers with certificates, bodies with witnesses, proofs of the state, the log. */

import type { AnyBlock } from '../../clients/light/chain.ts';
import { encodeBody } from '../../protocol/block/block.ts';
import { witnessFor } from '../../protocol/block/build.ts';
import { encodeCertificate } from '../../protocol/block/certificate.ts';
import { encodeHeader } from '../../protocol/block/header.ts';
import type { Hash } from '../../protocol/hash.ts';
import { headText, logNoteKey, logOrigin, type TreeHead } from '../../protocol/log/checkpoint.ts';
import type { WitnessKey } from '../../protocol/log/cosignature.ts';
import { EMPTY_LOG, logRoot, withLeaf } from '../../protocol/log/frontier.ts';
import { consistencyNodes, inclusionNodes, type LogNode, proofOfNodes } from '../../protocol/log/make-proof.ts';
import { signatureLine } from '../../protocol/log/note.ts';
import { encodeConsistencyProof, encodeInclusionProof } from '../../protocol/log/proof-file.ts';
import { leafHash, merkleRootOfSubtrees } from '../../protocol/merkle.ts';
import { encodeAccount } from '../../protocol/state/account.ts';
import { accountLeafKey, orderLeafKey } from '../../protocol/state/leaves.ts';
import type { StateTree } from '../../protocol/state/node.ts';
import type { Overlay } from '../../protocol/state/overlay.ts';
import {
  encodeStateProof,
  encodeSupplyProof,
  proveKey,
  proveSupply,
  type SupplyProof,
} from '../../protocol/state/proof.ts';
import { encodeTransfer } from '../../protocol/tx/transfer.ts';
import type { Zhi } from '../../protocol/units.ts';
import { certifyBuilt, TestChain } from './chain.ts';
import { type KeyPair, keyPair } from './keys.ts';
import { cosign, signedCheckpoint } from './log.ts';
import type { TestNetwork } from './network.ts';
import { openOrder, steps } from './order-life.ts';

export interface LightChain {
  readonly network: TestNetwork;
  readonly blocks: readonly AnyBlock[];
  /** The first transactions of the last block. */
  readonly transactions: readonly Uint8Array[];
  /** After the last block. */
  readonly state: Overlay;
  readonly tree: StateTree;
  /** Of an order that is there. */
  readonly order: Hash;
}

async function sealed(chain: TestChain, transactions: readonly Uint8Array[]): Promise<AnyBlock> {
  const built = chain.build(transactions);
  const witness = witnessFor(built, chain);
  const { certificate } = await certifyBuilt(chain.network, built);
  chain.take(built);
  const { header, body } = built.block;
  return { header: encodeHeader(header), certificate: encodeCertificate(certificate), body: encodeBody(body), witness };
}

/** Some blocks of transfers and of an order; the last one holds `transfers` transfers and one step of the order. */
export async function lightChain(network: TestNetwork, transfers = 2): Promise<LightChain> {
  const chain = new TestChain(network);
  const demander = network.key('demander');
  const pay = (to: KeyPair, amount: bigint) =>
    chain.sign(demander, 'transfer', encodeTransfer({ to: to.key, amountZhi: amount as Zhi, homeRegion: 3 }));
  const blocks = [await sealed(chain, [chain.fund(demander, 900_000_000n)])];
  const { id, bytes } = openOrder(chain, demander);
  blocks.push(await sealed(chain, [bytes, pay(network.key('friend'), 5n)]));
  blocks.push(await sealed(chain, [steps.match(chain, id)]));
  const payments = Array.from({ length: transfers }, (_, i) => pay(network.key(`friend/${i % 50}`), 1n + BigInt(i)));
  const transactions = [...payments, steps.work(chain, id)];
  blocks.push(await sealed(chain, transactions));
  return { network, blocks, transactions, state: chain.state, tree: chain.tree, order: id };
}

/** What an account has after the last block, and the proof of it. */
export function accountAt({ state, tree }: LightChain, key: Uint8Array) {
  const account = state.account(key);
  return { value: account && encodeAccount(account), proof: encodeStateProof(proveKey(tree, accountLeafKey(key))) };
}

export const orderProof = ({ tree, order }: LightChain): Uint8Array =>
  encodeStateProof(proveKey(tree, orderLeafKey(order)));

export const supplyProof = ({ tree }: LightChain): Uint8Array => encodeSupplyProof(proveSupply(tree) as SupplyProof);

/** The log of the first `size` headers. */
export function logOf({ network, blocks }: Pick<LightChain, 'network' | 'blocks'>, size = blocks.length) {
  const leaves = blocks.slice(0, size).map(({ header }) => leafHash(header));
  const read = ({ level, index }: LogNode): Hash => {
    const from = Number(index) << level;
    return merkleRootOfSubtrees(leaves.slice(from, from + (1 << level)));
  };
  const head: TreeHead = {
    origin: logOrigin(network.hash),
    size: BigInt(size),
    root: logRoot(leaves.reduce(withLeaf, EMPTY_LOG)),
  };
  return {
    head,
    inclusion: (height: bigint): Uint8Array =>
      encodeInclusionProof({
        index: height - 1n,
        size: head.size,
        path: proofOfNodes(inclusionNodes(height - 1n, head.size), read),
      }),
    consistency: (oldSize: bigint): Uint8Array =>
      encodeConsistencyProof({
        oldSize,
        size: head.size,
        path: proofOfNodes(consistencyNodes(oldSize, head.size), read),
      }),
  };
}

const witnessPair = (name: string): KeyPair => keyPair(`witness/${name}`);
export const witnessKey = (name: string): WitnessKey => ({ name, publicKey: witnessPair(name).key });

/** Signed by the log and by these witnesses. */
export function checkpointOf(network: TestNetwork, head: TreeHead, witnesses: readonly string[] = []): string {
  const text = headText(head);
  const own = signedCheckpoint(head, logNoteKey(network.hash, network.genesis.logKey), network.key('log').seed);
  const lines = witnesses.map((name) => signatureLine(cosign(text, 1_700_000_000n, name, witnessPair(name))));
  return [own, ...lines].join('');
}
