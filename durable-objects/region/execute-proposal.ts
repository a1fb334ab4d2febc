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
import { inTime } from './sequencer/in-time.ts';
import { validateProposal } from './validate-proposal.ts';

/** A block and a witness of usual size: larger ones are held only while one of the objects executes them. */
const HELD_BYTES_MAX = 4 << 20;
/** Some ten transfers: fewer are executed faster than they are sent. */
const SENT_BYTES_MIN = 8 << 10;
/** More than a verifier is given (VERIFIER_MS_MAX), less than the votes are waited for: whoever executes may be gone. */
const OTHER_MS_MAX = 2_000;

interface UnderWay {
  readonly proposal: Proposal;
  /** Undefined when it came to none. */
  readonly verdict: Promise<Result<BlockHeader> | undefined>;
}

let lastValid: Proposal | undefined;
let underWay: UnderWay | undefined;

/** At a word's place: what came in a message stands anywhere in it. */
const aligned = (bytes: Uint8Array): Uint8Array => (bytes.byteOffset % 4 === 0 ? bytes : Uint8Array.from(bytes));

/** Of a megabyte, where each region has a copy of its own: by words. */
function sameBytes(first: Uint8Array, second: Uint8Array): boolean {
  if (first.length !== second.length) return false;
  const [a, b] = [aligned(first), aligned(second)];
  const count = Math.floor(a.length / 4);
  const these = new Int32Array(a.buffer, a.byteOffset, count);
  const those = new Int32Array(b.buffer, b.byteOffset, count);
  for (let i = 0; i < count; i++) if (these[i] !== those[i]) return false;
  return equalBytes(a.subarray(4 * count), b.subarray(4 * count));
}

/** One and the same to those who know it by name. */
const sameProposal = (a: Proposal, b: Proposal): boolean =>
  a === b || (equalBytes(a.header, b.header) && sameBytes(a.body, b.body) && sameBytes(a.witness, b.witness));

const isLastValid = (proposal: Proposal): boolean => lastValid !== undefined && sameProposal(lastValid, proposal);

/**
 * Undefined without a verifier, for a block that is not worth its while, and for one that it calls false: that is found again here,
 * since a verifier that is short of memory refuses good ones.
 */
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
  return verdict?.ok ? ok(header) : undefined;
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

/** Undefined when it fails, or takes too long: then the first of those who waited takes over. */
const verdictOf = (others: UnderWay): Promise<Result<BlockHeader> | undefined> =>
  inTime(others.verdict, OTHER_MS_MAX).catch(() => undefined);

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
  while (underWay && sameProposal(underWay.proposal, proposal)) {
    const others: UnderWay = underWay;
    const found = await verdictOf(others);
    if (found) return found;
    if (underWay === others) break;
  }
  const result = execution(env, network, previous, header, proposal);
  const own = { proposal, verdict: result.catch(() => undefined) };
  underWay = own;
  try {
    return await result;
  } finally {
    if (underWay === own) underWay = undefined;
  }
}
