/** Whether a final header is in the log of headers, whose checkpoint the reader's witnesses co-signed and which continues a kept one. */
import { type Command, InvalidArgumentError } from 'commander';
import type { TreeHead } from '../../../protocol/log/checkpoint.ts';
import type { WitnessKey } from '../../../protocol/log/cosignature.ts';
import { leafIndexOf } from '../../../protocol/log/frontier.ts';
import type { OpenedCheckpoint } from '../../../protocol/log/open-checkpoint.ts';
import { parseWitnesses } from '../../../protocol/log/witness-list.ts';
import type { FinalHeader } from '../../../protocol/proof/final-header.ts';
import type { Light } from '../../light/light.ts';
import { HaiError, UntrustedError } from '../../sdk/errors.ts';
import { type LogProofCalls, logProofCalls } from '../../sdk/log-proofs.ts';
import { pause } from '../../sdk/transport.ts';
import { integerIn } from '../arguments.ts';
import { UsageError } from '../exit-codes.ts';
import type { Session } from '../session.ts';
import { readKept, writeKept } from './kept-checkpoint.ts';
import { servedOf } from './light.ts';
import { ageS, checkpointOver, type ReaderPolicy } from './served-checkpoint.ts';

export interface LogOptions {
  readonly log?: true;
  readonly witness?: readonly WitnessKey[];
  readonly require?: number;
  /** Seconds. */
  readonly maxAge?: number;
  readonly checkpoint?: string;
}

export interface Logged {
  readonly size: bigint;
  readonly witnesses: readonly string[];
  /** How old the cosignatures are that were required; null without any. */
  readonly ageS: bigint | null;
  /** Size of the kept checkpoint that the log continues, or that continues it. */
  readonly continues: bigint | null;
}

function witnessKey(text: string, before: readonly WitnessKey[] = []): WitnessKey[] {
  const parsed = parseWitnesses(text);
  if (!parsed.ok) throw new InvalidArgumentError(parsed.evidence ?? parsed.code);
  return [...before, ...parsed.value];
}

export function withLogOptions(command: Command): Command {
  return command
    .option('--log', 'the block must be in the log of headers')
    .option('--witness <key>', 'key of a witness; may be given several times', witnessKey)
    .option('--require <k>', 'cosignatures that the checkpoint must have (all witnesses)', integerIn(1, 16))
    .option('--max-age <seconds>', 'how old those cosignatures may be (any age)', integerIn(1, AGE_S_MAX))
    .option('--checkpoint <file>', 'the newest checkpoint so far: the log must continue it, and it is kept anew');
}

const AGE_S_MAX = 31_536_000;

export function policyOf({ witness = [], require, maxAge }: LogOptions): ReaderPolicy {
  if (require !== undefined && require > witness.length)
    throw new UsageError(`--require ${require} with ${witness.length} witnesses`);
  if (maxAge !== undefined && witness.length === 0)
    throw new UsageError('--max-age is of cosignatures: name --witness');
  const ageSMax = maxAge === undefined ? undefined : BigInt(maxAge);
  return { witnesses: witness, required: require ?? witness.length, ageSMax };
}

export const asksForLog = ({ log, witness, require, maxAge, checkpoint }: LogOptions): boolean =>
  log === true || [witness, require, maxAge, checkpoint].some((option) => option !== undefined);

/**
 * `own`: the log of all headers that were checked here, from the genesis on: the log must begin with these. Undefined unless an option
 * asks for it. Throws UntrustedError where the log does not hold the header.
 */
export async function checkLogged(
  session: Session,
  light: Light,
  final: FinalHeader,
  options: LogOptions,
  own?: TreeHead,
  wait: (ms: number) => Promise<void> = pause,
): Promise<Logged | undefined> {
  if (!asksForLog(options)) return undefined;
  const policy = policyOf(options);
  const { checkpoint: path } = options;
  const { witnesses, required } = policy;
  const kept = await readKept(light, path, witnesses);
  const calls = session.client().with(logProofCalls);
  const { note, head, cosignatures } = await checkpointOver(light, calls, final.header.height, policy, wait);
  const index = leafIndexOf(final.header.height);
  servedOf(light.logged(final, await calls.inclusionProof(index, head.size), head), 'the log: ');
  if (kept) await checkKept(light, calls, kept, head, required);
  if (own) await checkContinues(light, calls, own, head);
  // Only what was found good, and is no smaller, replaces what was.
  if (path !== undefined && head.size >= (kept?.head.size ?? 0n)) writeKept(light, path, note, witnesses);
  return {
    size: head.size,
    witnesses: cosignatures.map(({ name }) => name),
    ageS: ageS(cosignatures, required) ?? null,
    continues: kept?.head.size ?? null,
  };
}

/**
 * The log may be smaller than what was kept only where that was kept with fewer cosignatures than are asked for now: fewer have signed
 * the larger one so far. Then what is served must be its beginning.
 */
async function checkKept(
  light: Light,
  calls: LogProofCalls,
  kept: OpenedCheckpoint,
  head: TreeHead,
  required: number,
): Promise<void> {
  if (head.size >= kept.head.size || kept.cosignatures.length >= required) {
    return checkContinues(light, calls, kept.head, head);
  }
  try {
    await checkContinues(light, calls, head, kept.head);
  } catch (error) {
    if (!(error instanceof HaiError) || error.code !== 'not_found') throw error;
    const told = `the log: it no longer has the ${kept.head.size} leaves of the checkpoint that was kept`;
    throw new UntrustedError(told, { code: 'log_rolled_back', cause: error });
  }
}

async function checkContinues(light: Light, calls: LogProofCalls, older: TreeHead, newer: TreeHead): Promise<void> {
  // No proof goes from the larger to the smaller.
  const proof = newer.size < older.size ? new Uint8Array() : await calls.consistencyProof(older.size, newer.size);
  servedOf(light.continues(older, newer, proof), 'the log: ');
}

export function loggedRows(logged: Logged | undefined): [string, string][] {
  if (!logged) return [];
  const { size, witnesses, ageS, continues } = logged;
  const by = ageS === null ? 'signed by the log alone' : `co-signed by ${witnesses.join(', ')} (${ageS} s ago)`;
  const beside =
    continues === null ? '' : continues > size ? `, the beginning of ${continues}` : `, continues ${continues}`;
  return [['log', `${size} leaves, ${by}${beside}`]];
}
