import { bn254_Fr as Fr } from '@noble/curves/bn254.js';
import { groth16, type MemoryFile, type ProofJson, wtns } from 'snarkjs';
import { verifyKnownProof } from '../protocol/proof/groth16-circuits.ts';
import { type Artefact, type Lock, readCached, readLock } from './artefacts.ts';

/** What the searcher knows of both parties; prices in zhi. */
export type BidCoversAsk = {
  /** 0..2^64-1 */
  readonly bid: bigint;
  /** 0..2^64-1 */
  readonly ask: bigint;
  /** 0..r-1, drawn at random: at least SALT_MIN, or the price could be found by search. */
  readonly bidSalt: bigint;
  readonly askSalt: bigint;
  /** `orderSignal` of the order's id, 0..r-1. */
  readonly order: bigint;
};

export type BidCoversAskProof = {
  /** In snarkjs' JSON. */
  readonly proof: ProofJson;
  /** bidCommitment, askCommitment, order: canonical decimal strings. */
  readonly publicSignals: readonly string[];
  readonly verificationKeyId: string;
};

export type ProveRefusal = 'price-out-of-range' | 'salt-out-of-range' | 'order-out-of-range' | 'bid-below-ask';

/** The statement is false or its inputs are out of range: there is nothing to prove. */
export class ProveRefused extends Error {
  readonly code: ProveRefusal;

  constructor(code: ProveRefusal) {
    super(`no proof: ${code}`);
    this.name = 'ProveRefused';
    this.code = code;
  }
}

const CIRCUIT = 'bid_covers_ask';
const PRICE_LIMIT = 1n << 64n;
/** A salt drawn uniformly from the field is below this with probability 2^-126; one that is was not drawn so. */
export const SALT_MIN = 1n << 128n;

/** The first reason for which `input` cannot be proved, or null. */
export function refusalOf(input: BidCoversAsk): ProveRefusal | null {
  const isPrice = (value: bigint) => value >= 0n && value < PRICE_LIMIT;
  if (!isPrice(input.bid) || !isPrice(input.ask)) {
    return 'price-out-of-range';
  }
  if ([input.bidSalt, input.askSalt].some((salt) => salt < SALT_MIN || salt >= Fr.ORDER)) {
    return 'salt-out-of-range';
  }
  if (input.order < 0n || input.order >= Fr.ORDER) {
    return 'order-out-of-range';
  }
  return input.bid < input.ask ? 'bid-below-ask' : null;
}

async function artefactOf(lock: Lock, artefact: Artefact): Promise<Uint8Array> {
  const bytes = await readCached(lock, CIRCUIT, artefact);
  if (bytes === null) {
    throw new Error(`circuits/dist has no right ${CIRCUIT}.${artefact}: run node circuits/build.ts`);
  }
  return bytes;
}

/**
 * Proves in Node that the bid covers the ask without showing either. Needs `buildCircuits` to have run. The proof is
 * checked by the verifier's own code before it is handed out.
 *
 * @throws ProveRefused before any proving, when the statement is false
 */
export async function proveBidCoversAsk(input: BidCoversAsk): Promise<BidCoversAskProof> {
  const refusal = refusalOf(input);
  if (refusal !== null) {
    throw new ProveRefused(refusal);
  }
  const lock = await readLock();
  const [wasm, zkey] = await Promise.all([artefactOf(lock, 'wasm'), artefactOf(lock, 'zkey')]);
  const witness: MemoryFile = { type: 'mem' };
  const { bid, ask, bidSalt, askSalt, order } = input;
  await wtns.calculate({ bid, ask, bidSalt, askSalt, order }, wasm, witness);
  // One thread: worker threads would keep the process alive, and starting them costs more than a circuit this small.
  const { proof, publicSignals } = await groth16.prove(zkey, witness, undefined, { singleThread: true });
  const verificationKeyId = lock[CIRCUIT]?.verificationKeyId ?? '';
  const verdict = verifyKnownProof({ verificationKeyId, proof, publicSignals }, { allowDevelopmentKeys: true });
  if (!verdict.ok) {
    throw new Error(`the prover made a proof that is refused: ${verdict.code}`);
  }
  return { proof, publicSignals, verificationKeyId };
}
