/** The parameters at a certified block's time, from its state alone: no word of the network's is taken. */
import { decodeValue, PARAMETER_NAMES, rowOf } from '../../../protocol/governance/parameters.ts';
import { parametersAt, parametersPlace, settingsOf } from '../../../protocol/record/parameter.ts';
import type { RecordView } from '../../../protocol/state/record.ts';
import type { UnixMs } from '../../../protocol/units.ts';
import { UntrustedError } from '../../sdk/errors.ts';
import { parameterCalls } from '../../sdk/parameters.ts';
import { table } from '../output.ts';
import { timeText } from '../params-text.ts';
import type { Session } from '../session.ts';
import { lightOfNetwork, servedOf } from './light.ts';

/** An older block proves what was, and a network that holds newer ones back is not seen by it. */
const OLD_MS = 3_600_000n;

/** Throws UntrustedError for a proof that does not hold, and for a block below `heightMin`. */
export async function listVerified(session: Session, heightMin: bigint): Promise<void> {
  const served = await session.client().with(parameterCalls).parametersProof();
  const light = lightOfNetwork(session, served.genesis);
  const final = servedOf(await light.header(served.header, served.certificate));
  const record = servedOf(light.record(final, parametersPlace, served.value, served.proof));
  const { height, timeMs } = final.header;
  if (height < heightMin) throw new UntrustedError(`the network proves block ${height}, older than ${heightMin}`);
  const ageMs = ageOf(timeMs);
  if (ageMs > OLD_MS)
    session.out.warn(
      `block ${height} is ${ageMs / OLD_MS} hours old: since then nothing was sealed, or it is not shown`,
    );
  const state: RecordView = { record: () => record };
  const values = parametersAt(state, light.genesis, timeMs);
  const rows = PARAMETER_NAMES.map((name): [string, string] => [name, rowOf(name).text(values[name])]);
  const coming = comingIn(state, timeMs);
  session.out.result(
    {
      height,
      timeMs,
      ageMs,
      verified: true,
      parameters: Object.fromEntries(rows),
      scheduled: Object.fromEntries(coming.map(({ name, ...change }) => [name, change])),
    },
    [
      table(rows),
      ...coming.map(({ name, value, fromMs }) => `${name} = ${value} from ${timeText(fromMs.toString())}`),
      `proven by block ${height}, at its time ${timeText(timeMs.toString())}, ${ageMs / 1_000n} s ago`,
    ].join('\n'),
  );
}

/** By this machine's clock; a block may be dated a little ahead of it. */
function ageOf(timeMs: UnixMs): bigint {
  const ageMs = BigInt(Date.now()) - timeMs;
  return ageMs > 0n ? ageMs : 0n;
}

const comingIn = (state: RecordView, timeMs: UnixMs) =>
  PARAMETER_NAMES.flatMap((name) => {
    const { scheduled } = settingsOf(state, name, timeMs);
    if (!scheduled) return [];
    return [{ name, value: rowOf(name).text(decodeValue(name, scheduled.value)), fromMs: scheduled.fromMs }];
  });
