/**
 * What has been set by votes: one record for all parameters, so that a block reads one. A setting that is enacted holds from a time
 * in a later block on: within a block no parameter changes.
 */
import { bytes32, bytesMax, type Decoded, struct, u8, u64As, vec } from '../codec.ts';
import type { Genesis } from '../genesis.ts';
import {
  decodeValue,
  initialParameters,
  PARAMETER_NAMES,
  type ParameterName,
  type Parameters,
  parameterName,
  parameterNumber,
  VALUE_BYTES_MAX,
} from '../governance/parameters.ts';
import { type Hash, ZERO_HASH } from '../hash.ts';
import type { Overlay } from '../state/overlay.ts';
import { ONLY_KEY, type RecordPlace, type RecordView, recordTable } from '../state/record.ts';
import type { UnixMs } from '../units.ts';

const settingCodec = struct({
  parameter: u8,
  value: bytesMax(VALUE_BYTES_MAX),
  /** By block time. */
  fromMs: u64As<UnixMs>(),
  /** The proposal that brought it. */
  proposal: bytes32,
});
export type Setting = Decoded<typeof settingCodec>;

/** Of each parameter the one in force and one to come. */
const SETTINGS_MAX = 2 * PARAMETER_NAMES.length;

/** In the order in which they were enacted. */
const table = recordTable('parameter', struct({ settings: vec(settingCodec, SETTINGS_MAX) }));

export const parametersPlace: RecordPlace = { kind: 'parameter', key: ONLY_KEY };

const allSettings = (state: RecordView): readonly Setting[] => table.read(state, ONLY_KEY)?.settings ?? [];

/** What was voted for one parameter; without any, the genesis' value holds. */
export interface Settings {
  readonly inForce: Setting | undefined;
  readonly scheduled: Setting | undefined;
}

export function settingsOf(state: RecordView, name: ParameterName, timeMs: UnixMs): Settings {
  const own = allSettings(state).filter(({ parameter }) => parameter === parameterNumber(name));
  return {
    inForce: own.findLast(({ fromMs }) => fromMs <= timeMs),
    scheduled: own.find(({ fromMs }) => fromMs > timeMs),
  };
}

/** The version of a parameter: the proposal that was the last to set it, to come or in force; zero for the genesis' value. */
export function lastSetBy(state: RecordView, name: ParameterName, timeMs: UnixMs): Hash {
  const { inForce, scheduled } = settingsOf(state, name, timeMs);
  return (scheduled ?? inForce)?.proposal ?? ZERO_HASH;
}

/** All parameters at a time not before the state's; before that as long as nothing was enacted since. */
export function parametersAt(state: RecordView, genesis: Genesis, timeMs: UnixMs): Parameters {
  const set = allSettings(state)
    .filter(({ fromMs }) => fromMs <= timeMs)
    .map(({ parameter, value }) => {
      const name = parameterName(parameter);
      const decoded = name && decodeValue(name, value);
      if (decoded === undefined) throw new Error(`parameter ${parameter} holds what is no value of it`);
      return [name, decoded];
    });
  return { ...initialParameters(genesis), ...Object.fromEntries(set) };
}

/**
 * What is acknowledged now is sealed later: it has to pay what costs more by then. And the block may be dated earlier than the clock
 * of the intake: by a proposer whose clock is slow, or that began to seal before. As long as the margin of a deadline at intake. A
 * change is on the chain for its whole delay before it holds, so it is known by then.
 */
const SEALED_WITHIN_MS = 20_000n;

const higher = <T extends bigint>(a: T, b: T): T => {
  if (a > b) return a;
  return b;
};

/** For an intake at `timeMs`: prices are the highest of a little before, now and soon. */
export function intakeParameters(state: RecordView, genesis: Genesis, timeMs: UnixMs): Parameters {
  const at = (ms: bigint): Parameters => parametersAt(state, genesis, (timeMs + ms) as UnixMs);
  const [before, now, soon] = [at(-SEALED_WITHIN_MS), at(0n), at(SEALED_WITHIN_MS)];
  return {
    ...now,
    baseFeeZhi: higher(before.baseFeeZhi, higher(now.baseFeeZhi, soon.baseFeeZhi)),
    reservationZhiPerHour: higher(
      before.reservationZhiPerHour,
      higher(now.reservationZhiPerHour, soon.reservationZhiPerHour),
    ),
  };
}

/** Takes a setting in, and forgets what it and the one in force have replaced. */
export function addSetting(
  state: Overlay,
  name: ParameterName,
  timeMs: UnixMs,
  added: Omit<Setting, 'parameter'>,
): void {
  const parameter = parameterNumber(name);
  const { inForce, scheduled } = settingsOf(state, name, timeMs);
  if (scheduled) throw new Error(`a change of ${name} is scheduled already`);
  const kept = allSettings(state).filter((one) => one.parameter !== parameter);
  const own = [...(inForce ? [inForce] : []), { parameter, ...added }];
  table.write(state, ONLY_KEY, { settings: [...kept, ...own] });
}
