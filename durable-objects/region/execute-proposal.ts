/**
 * Executes a proposed block, here or at a verifier. The verdict is a function of its bytes alone, so objects that share an isolate,
 * as all of a local network do, share it too: the last block found valid there is not executed again, and one that is being executed
 * is waited for.
 */
import { type BlockHeader, encodeHeader } from '../../protocol/block/header.ts';
import { ok, type Result } from '../../protocol/errors.ts';
import { encodeGenesis } from '../../protocol/genesis.ts';
import { equalBytes } from '../../protocol/hash.ts';
import { askExecution, hasVerifier, type VerifierEnv } from '../verifier/ask.ts';
import type { Network } from './context.ts';
import type { Proposal } from './peer.ts';
import { validateProposal } from './validate-proposal.ts';

/** A block and a witness of usual size; larger ones are executed by each object, so that none of them is held. */
const HELD_BYTES_MAX = 4 << 20;
/** Some ten transfers: fewer are executed faster than they are sent. */
const SENT_BYTES_MIN = 8 << 10;
/** Whoever executes may be gone, and with it what it would have found. More than a verifier is given, less than the votes are waited for. */
const OTHER_MS_MAX = 2_500;

let lastValid: Proposal | undefined;
let underWay: { readonly proposal: Proposal; readonly end: Promise<unknown> } | undefined;

/** At a word's place: what came in a message stands anywhere in it. */
const aligned = (bytes: Uint8Array): Uint8Array => (bytes.byteOffset % 4 === 0 ? bytes : Uint8Array.from(bytes));

/** Of a megabyte for each region and block: by words. */
function sameBytes(first: Uint8Array, second: Uint8Array): boolean {
  if (first.length !== second.length) return false;
  const [a, b] = [aligned(first), aligned(second)];
  const count = Math.floor(a.length / 4);
  const these = new Int32Array(a.buffer, a.byteOffset, count);
  const those = new Int32Array(b.buffer, b.byteOffset, count);
  for (let i = 0; i < count; i++) if (these[i] !== those[i]) return false;
  return equalBytes(a.subarray(4 * count), b.subarray(4 * count));
}

const sameProposal = (a: Proposal, b: Proposal): boolean =>
  equalBytes(a.header, b.header) && sameBytes(a.body, b.body) && sameBytes(a.witness, b.witness);

const isLastValid = (proposal: Proposal): boolean => lastValid !== undefined && sameProposal(lastValid, proposal);

/** Undefined without a verifier, and for a block that is not worth its while. */
async function validatedElsewhere(
  env: VerifierEnv,
  { genesis }: Network,
  previous: BlockHeader | undefined,
  header: BlockHeader,
  proposal: Proposal,
): Promise<Result<BlockHeader> | undefined> {
  if (proposal.body.length + proposal.witness.length < SENT_BYTES_MIN || !hasVerifier(env)) return undefined;
  const before = previous && encodeHeader(previous);
  const verdict = await askExecution(env, { genesis: encodeGenesis(genesis), previous: before, ...proposal });
  return verdict?.ok ? ok(header) : verdict;
}

async function execution(
  env: VerifierEnv,
  network: Network,
  previous: BlockHeader | undefined,
  header: BlockHeader,
  proposal: Proposal,
): Promise<Result<BlockHeader>> {
  const result =
    (await validatedElsewhere(env, network, previous, header, proposal)) ??
    (await validateProposal(network, previous, header, proposal));
  const { body, witness } = proposal;
  if (result.ok && body.length + witness.length <= HELD_BYTES_MAX) lastValid = proposal;
  return result;
}

/** Waits for another object's, as long as it may take. Whether it found the block valid: it may also have failed. */
async function othersFound(others: NonNullable<typeof underWay>): Promise<boolean> {
  await Promise.race([others.end, new Promise((resolve) => setTimeout(resolve, OTHER_MS_MAX))]);
  return lastValid === others.proposal;
}

/**
 * `header` is the proposal's, and extends `previous`: it names the hashes of both network and parent, so its bytes stand for
 * them. The header again when it is what the execution gives.
 */
export async function executeProposal(
  env: VerifierEnv,
  network: Network,
  previous: BlockHeader | undefined,
  header: BlockHeader,
  proposal: Proposal,
): Promise<Result<BlockHeader>> {
  if (isLastValid(proposal)) return ok(header);
  if (underWay && sameProposal(underWay.proposal, proposal) && (await othersFound(underWay))) return ok(header);
  const result = execution(env, network, previous, header, proposal);
  const own = { proposal, end: result.catch(() => undefined) };
  underWay = own;
  try {
    return await result;
  } finally {
    if (underWay === own) underWay = undefined;
  }
}
