/** The newest checkpoint of the log that a reader's witnesses have co-signed, once it reaches a height. */
import { errorRow, type Failure, type Result } from '../../../protocol/errors.ts';
import type { WitnessKey } from '../../../protocol/log/cosignature.ts';
import type { OpenedCheckpoint } from '../../../protocol/log/open-checkpoint.ts';
import { fail, ok } from '../../../protocol/result.ts';
import type { Light } from '../../light/light.ts';
import { HaiError } from '../../sdk/errors.ts';
import type { LogProofCalls } from '../../sdk/log-proofs.ts';
import { servedOf } from './light.ts';

/** A checkpoint is made every few seconds, and a witness looks as often. */
const TRIES_MAX = 15;
const PAUSE_MS = 1000;

export interface ReaderPolicy {
  readonly witnesses: readonly WitnessKey[];
  readonly required: number;
  /** Cosignatures that are older do not count; undefined for any age. */
  readonly ageSMax: bigint | undefined;
}

export interface ServedCheckpoint extends Omit<OpenedCheckpoint, 'text'> {
  /** As it was served. */
  readonly note: string;
}

/** Some of what is refused passes: a block is logged, and co-signed, some seconds after it is final. */
const MAY_PASS: readonly Failure['code'][] = ['too_few_witnesses', 'inclusion_invalid', 'not_found'];

/** Throws UntrustedError where the log's answer is false, or still not what was asked for after a while; HaiError where it has none. */
export async function checkpointOver(
  light: Light,
  calls: LogProofCalls,
  height: bigint,
  policy: ReaderPolicy,
  wait: (ms: number) => Promise<void>,
): Promise<ServedCheckpoint> {
  for (let tries = 1; ; tries++) {
    const served = await once(light, calls, height, policy);
    if (served.ok || !MAY_PASS.includes(served.code)) return servedOf(served, 'the log: ');
    // A log without any checkpoint is no false one.
    if (tries === TRIES_MAX) return served.code === 'not_found' ? refused(served) : servedOf(served, 'the log: ');
    await wait(PAUSE_MS);
  }
}

function refused(failure: Failure): never {
  throw HaiError.of(failure);
}

async function once(
  light: Light,
  calls: LogProofCalls,
  height: bigint,
  policy: ReaderPolicy,
): Promise<Result<ServedCheckpoint>> {
  const { witnesses, required } = policy;
  const asked = await noteOf(calls, policy);
  if (!asked.ok) return asked;
  const opened = await light.checkpoint(asked.value, { witnesses, required });
  if (!opened.ok) return opened;
  const { head, cosignatures } = opened.value;
  if (head.size < height) {
    return fail('inclusion_invalid', `block ${height} is not in the log yet: its checkpoint has ${head.size} leaves`);
  }
  const fresh = ageS(cosignatures, required);
  if (policy.ageSMax !== undefined && fresh !== undefined && fresh > policy.ageSMax) {
    return fail('too_few_witnesses', `the ${required} newest cosignatures are ${fresh} s old, not ${policy.ageSMax}`);
  }
  return ok({ head, cosignatures, note: asked.value });
}

/** The operator may not carry a witness' lines, or has not got them yet: to the reader both are cosignatures that are not there. */
async function noteOf(calls: LogProofCalls, { witnesses, required }: ReaderPolicy): Promise<Result<string>> {
  try {
    return ok(await calls.checkpoint(required, witnesses));
  } catch (error) {
    if (!(error instanceof HaiError) || error.code !== 'not_found') throw error;
    if (required === 0) return fail('not_found', error.detail ?? errorRow('not_found').title);
    return fail('too_few_witnesses', `no checkpoint that ${required} of them have co-signed`);
  }
}

/** How old the cosignatures are that a reader relies on: the oldest of the `required` newest, in seconds. Undefined without any. */
export function ageS(cosignatures: OpenedCheckpoint['cosignatures'], required: number): bigint | undefined {
  const newestFirst = cosignatures.map(({ timestampS }) => timestampS).sort((a, b) => (a < b ? 1 : a > b ? -1 : 0));
  const timestampS = newestFirst[Math.max(required, 1) - 1];
  if (timestampS === undefined) return undefined;
  const age = BigInt(Math.floor(Date.now() / 1000)) - timestampS;
  // The clock of a witness may be ahead of the reader's.
  return age < 0n ? 0n : age;
}
