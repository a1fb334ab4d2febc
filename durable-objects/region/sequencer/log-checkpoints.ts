/** Checkpoints as they are given out: signed at each asking, with the cosignatures that came in. */
import { fail, ok, type Result } from '../../../protocol/errors.ts';
import { equalBytes } from '../../../protocol/hash.ts';
import { cosignersAmong } from '../../../protocol/log/candidate.ts';
import {
  checkpointNote,
  headBytes,
  headText,
  logNoteKey,
  logOrigin,
  type TreeHead,
} from '../../../protocol/log/checkpoint.ts';
import {
  cosignedMessage,
  parseCosignature,
  type WitnessKey,
  witnessNoteKey,
} from '../../../protocol/log/cosignature.ts';
import { isSignedBy, parseSignatureLine, signatureLine } from '../../../protocol/log/note.ts';
import { parseWitnesses } from '../../../protocol/log/witness-list.ts';
import { verifyFast } from '../../../sealing/signatures.ts';
import type { Network, RegionContext } from '../context.ts';
import type { CheckpointChoice } from './log-answers.ts';
import { type LogStore, type StoredCheckpoint, witnessId } from './log-store.ts';

/** More than are kept at any time. */
const SIGNED_MAX = 64;

/** A list that can't be read takes nobody in, and says so where the operator looks. */
export function witnessesOf({ env }: Pick<RegionContext, 'env'>): readonly WitnessKey[] {
  const parsed = parseWitnesses(env.WITNESSES ?? '');
  if (parsed.ok) return parsed.value;
  console.error(JSON.stringify({ event: 'witnesses_malformed', reason: parsed.evidence }));
  return [];
}

export class LogCheckpoints {
  readonly #context: RegionContext;
  readonly #store: LogStore;
  readonly #witnesses: readonly WitnessKey[];
  /** By size: a checkpoint is asked for far more often than made. */
  readonly #signed = new Map<bigint, Uint8Array>();

  constructor(context: RegionContext, store: LogStore, witnesses: readonly WitnessKey[]) {
    this.#context = context;
    this.#store = store;
    this.#witnesses = witnesses;
  }

  #chosen(choice: CheckpointChoice, nowMs: number): StoredCheckpoint | undefined {
    if (choice === 'candidate') {
      const size = this.#store.candidateSize(nowMs);
      return this.#store.checkpoints().find((one) => one.size === size);
    }
    const { cosignatures, witnesses } = choice;
    const asked = witnesses.length > 0 ? witnesses : this.#witnesses.map(witnessId);
    return this.#store.checkpoints().find((one) => cosignersAmong(one, asked) >= cosignatures);
  }

  async give(network: Network, choice: CheckpointChoice, nowMs: number): Promise<Result<string>> {
    const stored = this.#chosen(choice, nowMs);
    const key = logNoteKey(network.hash, network.genesis.logKey);
    // The key is in the storage of the object that founded the network: with another one its signature is worth nothing.
    if (!stored || !equalBytes(this.#context.keyring.publicKey('log'), key.publicKey)) return fail('not_found');
    const head = headOf(network, stored);
    const note = checkpointNote(head, key, await this.#signatureOf(head));
    return ok(note + this.#store.cosignatures(stored.size).join(''));
  }

  async #signatureOf(head: TreeHead): Promise<Uint8Array> {
    const known = this.#signed.get(head.size);
    if (known) return known;
    const signature = await this.#context.keyring.sign('log', headBytes(head));
    if (this.#signed.size >= SIGNED_MAX) this.#signed.clear();
    this.#signed.set(head.size, signature);
    return signature;
  }

  /** `line`: C2SP's signature line, without its new line. */
  async addCosignature(network: Network, size: bigint, line: string, nowMs: number): Promise<Result<null>> {
    const signature = parseSignatureLine(line);
    const cosignature = signature && parseCosignature(signature.signature);
    if (!signature || !cosignature) return fail('checkpoint_malformed', 'not a cosignature', 'line');
    const witness = this.#witnesses.find((one) => isSignedBy(signature, witnessNoteKey(one)));
    if (!witness) return fail('unknown_witness', signature.name);
    const stored = this.#store.checkpoints().find((kept) => kept.size === size);
    if (!stored) return fail('checkpoint_outdated', `no checkpoint of ${size} leaves is kept`);
    // Lines are public: one that is held, or an older one, that somebody sends again costs no verification and no row.
    const isHeld = () => timeOf(this.#store.cosignature(size, witnessId(witness))) >= cosignature.timestampS;
    if (isHeld()) return ok(null);
    const message = cosignedMessage(headText(headOf(network, stored)), cosignature.timestampS);
    if (!(await verifyFast(witness.publicKey, message, cosignature.signature))) {
      return fail('checkpoint_invalid', `the cosignature of ${witness.name} does not verify`);
    }
    if (isHeld()) return ok(null);
    const isTaken = this.#store.addCosignature(size, witnessId(witness), signatureLine(signature), nowMs);
    return isTaken ? ok(null) : fail('checkpoint_outdated', `the checkpoint of ${size} leaves has been replaced`);
  }
}

/** Of a line that is held; before any time where there is none. */
function timeOf(line: string | undefined): bigint {
  const parsed = line === undefined ? undefined : parseSignatureLine(line.slice(0, -1));
  return (parsed && parseCosignature(parsed.signature)?.timestampS) ?? -1n;
}

const headOf = ({ hash }: Network, { size, root }: StoredCheckpoint): TreeHead => ({
  origin: logOrigin(hash),
  size,
  root,
});
