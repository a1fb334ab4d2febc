/** One round of a witness: look at the log's candidate, check it, persist that it is co-signed, co-sign it, hand it in. */
import { base64 } from '@scure/base';
import { errorRow, type Failure, type Result } from '../../protocol/errors.ts';
import { logNoteKey, parseHeadText, type TreeHead } from '../../protocol/log/checkpoint.ts';
import { cosignatureLine, cosignedMessage } from '../../protocol/log/cosignature.ts';
import {
  confirmHead,
  confirmHeader,
  continuation,
  type FollowedLog,
  followLeaves,
  NOTHING_FOLLOWED,
} from '../../protocol/log/follow.ts';
import { formatNote, isSignedBy, parseNote, signatureLine } from '../../protocol/log/note.ts';
import { type OpenedCheckpoint, openCheckpoint } from '../../protocol/log/open-checkpoint.ts';
import { decodeConsistencyProof } from '../../protocol/log/proof-file.ts';
import { TILE_WIDTH, tileWidth } from '../../protocol/log/tile.ts';
import { verifyConsistency } from '../../protocol/log/verify-proof.ts';
import { fail, ok } from '../../protocol/result.ts';
import { verifyFast } from '../../sealing/signatures.ts';
import type { Client } from '../sdk/client.ts';
import { HaiError, UntrustedError } from '../sdk/errors.ts';
import { type LogCalls, logCalls } from '../sdk/log.ts';
import { type LogProofCalls, logProofCalls } from '../sdk/log-proofs.ts';
import type { Network } from '../sdk/network.ts';
import { proofCalls } from '../sdk/proofs.ts';
import { Refusal } from './exit-codes.ts';
import type { WitnessSigner } from './witness-key.ts';
import type { Step, WitnessStore } from './witness-store.ts';

/** On a chain that stands still a witness says again, as often, that this is still the largest tree: readers may ask how old its word is. */
const RENEW_S = 300n;

export interface RoundOutcome {
  /** `unchanged`: the log's candidate carries this witness' line already, and not for long. */
  readonly action: 'cosigned' | 'unchanged';
  readonly size: bigint;
  readonly root: string;
}

export interface WitnessRun {
  readonly client: Client;
  readonly store: WitnessStore;
  readonly signer: WitnessSigner;
  /** Seconds since 1970. */
  readonly nowS: () => bigint;
}

/** Throws UntrustedError, with evidence kept, where the log contradicts itself or the chain; then nothing was signed. */
export async function witnessRound(run: WitnessRun): Promise<RoundOutcome> {
  const { client, store, signer, nowS } = run;
  const network = await client.network();
  const before = store.read();
  const shown = await client.with(logCalls).candidate();
  const judged = await judge(run, network, shown, before);
  if (!judged.ok) throw distrust(store, judged, shown, before);
  const { opened, followed } = judged.value;
  const { size, root } = opened.head;
  const told = { size, root: base64.encode(root) };
  // At this time it is the largest: whoever else signs for this store makes a step afterwards, or has made one that is noticed below.
  const timestampS = nowS();
  const [last] = opened.cosignatures;
  if (!followed && last && timestampS - last.timestampS < RENEW_S) return { action: 'unchanged', ...told };
  const own = logSigned(network, shown);
  if (followed) store.persist(before, { ...followed, checkpoint: own });
  else store.mustStillBe(before);
  const signature = await signer.sign(cosignedMessage(opened.text, timestampS));
  const line = signatureLine(cosignatureLine(signer.witness, timestampS, signature));
  store.publish(own + line);
  await client.with(logCalls).addCosignature(size, line.slice(0, -1));
  return { action: 'cosigned', ...told };
}

function distrust(store: WitnessStore, failure: Failure, shown: string, before: Step): UntrustedError {
  const { code, evidence } = failure;
  const path = store.keepEvidence(code, evidence, shown, before);
  const told = evidence === undefined ? errorRow(code).title : `${errorRow(code).title}: ${evidence}`;
  return new UntrustedError(path === undefined ? told : `${told} (kept in ${path})`, { code });
}

interface Judged {
  readonly opened: OpenedCheckpoint;
  /** Undefined where it is the tree that was co-signed last. */
  readonly followed: FollowedLog | undefined;
}

async function judge(
  { client, signer }: WitnessRun,
  network: Network,
  shown: string,
  { cosigned }: Step,
): Promise<Result<Judged>> {
  const { genesis, hash } = network;
  const policy = { genesisHash: hash, logKey: genesis.logKey, witnesses: [signer.witness], required: 0 };
  const opened = await openCheckpoint(shown, { ...policy, spareLines: 'ignore' }, verifyFast);
  if (!opened.ok) return opened;
  const { head } = opened.value;
  const kept = cosigned && keptHead(cosigned.checkpoint, head.origin);
  if (kept && head.size < kept.size) return smaller(client.with(logProofCalls), head, kept);
  const proof = await proofBetween(client.with(logProofCalls), kept, head);
  if (!proof) return fail('log_forked', 'the consistency proof does not decode');
  const continued = continuation(kept, head, proof);
  if (!continued.ok) return continued;
  if (continued.value === 'same') return ok({ opened: opened.value, followed: undefined });
  // Before a long log is read: that there is a certificate at all for what it ends with.
  const { header, certificate } = await client.with(proofCalls).header(head.size);
  const certified = await confirmHeader(header, certificate, genesis, verifyFast);
  if (!certified.ok) return certified;
  const followed = await readLeaves(client.with(logCalls), cosigned ?? NOTHING_FOLLOWED, head.size, network);
  if (!followed.ok) return followed;
  const confirmed = await confirmHead(followed.value, head, certificate, genesis, verifyFast);
  return confirmed.ok ? ok({ opened: opened.value, followed: followed.value }) : confirmed;
}

/** An older answer is one thing; a smaller tree that is no beginning of what was co-signed is another log. */
async function smaller(proofs: LogProofCalls, head: TreeHead, kept: TreeHead): Promise<Failure> {
  const told = `${head.size} leaves after ${kept.size}`;
  try {
    const proof = decodeConsistencyProof(await proofs.consistencyProof(head.size, kept.size));
    const isBeginning = proof && verifyConsistency(head.size, head.root, kept.size, kept.root, proof.path);
    return isBeginning ? fail('log_rolled_back', told) : fail('log_forked', `${told}, and not their beginning`);
  } catch (error) {
    // The log no longer has so many: nothing is shown either way.
    if (error instanceof HaiError && error.code === 'not_found') return fail('log_rolled_back', told);
    throw error;
  }
}

/** Throws a Refusal for a store that watches another log. */
function keptHead(checkpoint: string, origin: string): TreeHead {
  const note = parseNote(checkpoint);
  const head = note && parseHeadText(note.text);
  if (!head) throw new Error('the store holds a checkpoint that is none');
  if (head.origin !== origin) throw new Refusal(`this store is of ${head.origin}`, 'foreign_network');
  return head;
}

/** Empty where none is needed, or none can be. */
async function proofBetween(
  proofs: LogProofCalls,
  kept: TreeHead | undefined,
  head: TreeHead,
): Promise<readonly Uint8Array[] | undefined> {
  if (!kept || head.size <= kept.size) return [];
  return decodeConsistencyProof(await proofs.consistencyProof(kept.size, head.size))?.path;
}

/** A bundle at a time, so that a long log fits. */
async function readLeaves(
  log: LogCalls,
  from: FollowedLog,
  size: bigint,
  { genesis, hash }: Network,
): Promise<Result<FollowedLog>> {
  const width = BigInt(TILE_WIDTH);
  let followed = from;
  while (followed.frontier.size < size) {
    const { size: at } = followed.frontier;
    const index = at / width;
    const entries = await log.entries(index, tileWidth('entries', index, size));
    const next = followLeaves(followed, entries.slice(Number(at % width)), genesis, hash);
    if (!next.ok) return next;
    followed = next.value;
  }
  return ok(followed);
}

/** The note with the log's own line alone: the rest is others' word. */
function logSigned({ genesis, hash }: Network, shown: string): string {
  const note = parseNote(shown);
  const key = logNoteKey(hash, genesis.logKey);
  if (!note) throw new Error('an opened checkpoint that is no note');
  return formatNote({ text: note.text, signatures: note.signatures.filter((line) => isSignedBy(line, key)) });
}
