/** Parameters and proposals in words. */
import { QUORUM } from '../../protocol/block/certificate.ts';
import { formatHai } from '../../protocol/units.ts';
import type { WireParameter, WireProposal } from '../../protocol/wire.ts';
import type { ProposalSaid } from '../sdk/proposal.ts';
import { table } from './output.ts';

export const timeText = (ms: string): string => new Date(Number(ms)).toISOString();

export function parameterText({ name, value, unit, range, reason, sinceMs, setBy, scheduled }: WireParameter): string {
  const by = setBy
    ? `by proposal ${setBy.proposal}, block ${setBy.height}, seats ${setBy.seats.join(' ')}`
    : 'by the genesis';
  const next = scheduled ? `\n  then    ${scheduled.value} from ${timeText(scheduled.fromMs)}` : '';
  return `${name} = ${value} (${unit})\n  since   ${timeText(sinceMs)} ${by}${next}\n  range   ${range}\n  ${reason}`;
}

export function proposalText(one: WireProposal): string {
  const { id, parameter, value, proposer, state, endMs, seats, yesZhi, noZhi, turnoutZhi, enactFromMs, enacted } = one;
  return table([
    ['proposal', id],
    ['sets', `${parameter} = ${value}`],
    ['by', proposer],
    ['state', state],
    ['voting until', timeText(endMs)],
    ['seats', `${seats.length} of at least ${QUORUM}${seats.length > 0 ? ` (${seats.join(' ')})` : ''}`],
    [
      'stake',
      `yes ${formatHai(BigInt(yesZhi))}, no ${formatHai(BigInt(noZhi))}; at least ${formatHai(BigInt(turnoutZhi))} must vote`,
    ],
    enacted ? ['holds from', timeText(enacted.fromMs)] : ['enact from', timeText(enactFromMs)],
  ]);
}

/** What its own bytes say. */
export const saidText = ({ id, parameter, value, replaces, proposer }: ProposalSaid): string =>
  table([
    ['proposal', id],
    ['sets', `${parameter} = ${value}`],
    ['replaces', /^0+$/.test(replaces) ? 'what the genesis says' : `what proposal ${replaces} set`],
    ['by', proposer],
  ]);
