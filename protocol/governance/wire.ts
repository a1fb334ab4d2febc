/** Parameters and proposals as the API shows them. */
import { bytesToHex } from '@noble/hashes/utils.js';
import { addressOf } from '../address.ts';
import type { Genesis } from '../genesis.ts';
import type { Hash } from '../hash.ts';
import { lastSetBy, parametersAt, type Setting, settingsOf } from '../record/parameter.ts';
import { type Proposal, readProposal } from '../record/proposal.ts';
import type { RecordView } from '../state/record.ts';
import type { UnixMs } from '../units.ts';
import type { WireParameter, WireProposal, WireSetBy } from '../wire.ts';
import { decodeValue, PARAMETER_NAMES, type ParameterName, parameterName, rowOf } from './parameters.ts';
import { PARAMETER_REASONS } from './reasons.ts';
import { enactFromMs, lapsesMs, seatsIn, stateAt } from './verdict.ts';

/** Proposals that the parameters, as they are, came from: to be loaded before `wireParameters`. */
export function proposalsBehind(state: RecordView, timeMs: UnixMs): Hash[] {
  return PARAMETER_NAMES.flatMap((name) => {
    const { inForce, scheduled } = settingsOf(state, name, timeMs);
    return [inForce, scheduled].flatMap((one) => (one ? [one.proposal] : []));
  });
}

export const wireParameters = (state: RecordView, genesis: Genesis, timeMs: UnixMs): WireParameter[] =>
  PARAMETER_NAMES.map((name) => wireParameter(name, state, genesis, timeMs));

function wireParameter(name: ParameterName, state: RecordView, genesis: Genesis, timeMs: UnixMs): WireParameter {
  const row = rowOf(name);
  const { inForce, scheduled } = settingsOf(state, name, timeMs);
  return {
    name,
    value: row.text(parametersAt(state, genesis, timeMs)[name]),
    unit: row.unit,
    range: row.range(genesis.profile),
    reason: PARAMETER_REASONS[name],
    sinceMs: (inForce?.fromMs ?? genesis.createdMs).toString(),
    setBy: inForce ? setBy(state, inForce) : null,
    scheduled: scheduled
      ? {
          value: row.text(decodeValue(name, scheduled.value)),
          fromMs: scheduled.fromMs.toString(),
          setBy: setBy(state, scheduled),
        }
      : null,
    version: bytesToHex(lastSetBy(state, name, timeMs)),
  };
}

/** Null where the proposal was not loaded. */
function setBy(state: RecordView, { proposal: id }: Setting): WireSetBy | null {
  const proposal = readProposal(state, id);
  if (!proposal?.enacted) return null;
  return {
    proposal: bytesToHex(id),
    proposer: addressOf(proposal.proposer),
    height: proposal.enacted.height.toString(),
    seats: seatsIn(proposal.seats),
    yesZhi: proposal.yesZhi.toString(),
    noZhi: proposal.noZhi.toString(),
  };
}

export function wireProposal(id: Hash, proposal: Proposal, timeMs: UnixMs): WireProposal {
  const name = parameterName(proposal.parameter);
  if (!name) throw new Error(`a proposal of a parameter ${proposal.parameter}`);
  const { enacted } = proposal;
  return {
    id: bytesToHex(id),
    parameter: name,
    value: rowOf(name).text(decodeValue(name, proposal.value)),
    replaces: bytesToHex(proposal.replaces),
    proposer: addressOf(proposal.proposer),
    height: proposal.height.toString(),
    proposedMs: proposal.proposedMs.toString(),
    endMs: proposal.endMs.toString(),
    delayMs: proposal.delayMs.toString(),
    enactFromMs: enactFromMs(proposal).toString(),
    lapsesMs: lapsesMs(proposal).toString(),
    turnoutZhi: proposal.turnoutZhi.toString(),
    seats: seatsIn(proposal.seats),
    yesZhi: proposal.yesZhi.toString(),
    noZhi: proposal.noZhi.toString(),
    state: stateAt(proposal, timeMs),
    enacted: enacted
      ? { height: enacted.height.toString(), timeMs: enacted.timeMs.toString(), fromMs: enacted.fromMs.toString() }
      : null,
  };
}
