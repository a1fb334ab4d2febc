/** Blocks of transfers as a proposer lays them before the seats, and a verifier that is the one that ships. */
import type { Proposal } from '../../durable-objects/region/peer.ts';
import { answer } from '../../durable-objects/verifier/answer.ts';
import type { VerifierEnv } from '../../durable-objects/verifier/ask.ts';
import { encodeBody } from '../../protocol/block/block.ts';
import { type BuiltBlock, witnessFor } from '../../protocol/block/build.ts';
import { encodeHeader } from '../../protocol/block/header.ts';
import { TestChain } from '../support/chain.ts';
import type { TestNetwork } from '../support/network.ts';

export const VERIFIER_URL = 'http://verifier';

export function proposalOf(built: BuiltBlock, before: TestChain): Proposal {
  const { header, body } = built.block;
  return { header: encodeHeader(header), body: encodeBody(body), witness: witnessFor(built, before) };
}

/** The first block of a chain: so many transfers out of the faucet, to accounts that no other `name` makes. */
export function firstBlock(network: TestNetwork, name: string, transfers: number): Proposal {
  const chain = new TestChain(network);
  const to = Array.from({ length: transfers }, (_, i) => chain.fund(network.key(`${name}/${i}`), 1n));
  return proposalOf(chain.build(to), chain);
}

export const withLast = (bytes: Uint8Array): Uint8Array =>
  bytes.map((byte, i) => byte ^ Number(i === bytes.length - 1));

/** `signal` is the asker's: one that a request derives from it may be collected as garbage while nobody answers. */
type Answer = (request: Request, signal: AbortSignal) => Response | Promise<Response>;

/** Says nothing until the asker has lost patience. */
export const silent: Answer = (_, signal) =>
  new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)));

/** A binding, and what was asked through it. */
export function verifier(answering: Answer = answer): { readonly env: VerifierEnv; readonly asked: string[] } {
  const asked: string[] = [];
  const fetch = async (url: string, init: RequestInit & { signal: AbortSignal }) => {
    const request = new Request(url, init);
    asked.push(new URL(url).pathname);
    return answering(request, init.signal);
  };
  return { env: { VERIFIER: { fetch } } as unknown as VerifierEnv, asked };
}
