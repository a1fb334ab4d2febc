/** A chain on which parameters are voted on: bonded accounts, and each step of a change. */
import { sign } from '../../protocol/ed25519.ts';
import { encodeValue, type ParameterName, parameterNumber, rowOf } from '../../protocol/governance/parameters.ts';
import type { Hash } from '../../protocol/hash.ts';
import { lastSetBy, parametersAt } from '../../protocol/record/parameter.ts';
import { type Proposal, readProposal } from '../../protocol/record/proposal.ts';
import { encodeBond } from '../../protocol/tx/bond.ts';
import { transactionHash } from '../../protocol/tx/envelope.ts';
import { feeOf } from '../../protocol/tx/fee.ts';
import { approvalBytes, encodeParam, type Param } from '../../protocol/tx/param.ts';
import type { UnixMs, Zhi } from '../../protocol/units.ts';
import { advance } from './apply.ts';
import type { TestChain } from './chain.ts';
import type { KeyPair } from './keys.ts';
import { DELAY_MS, type TestNetwork, testNetwork, VOTING_MS } from './network.ts';
import { StakeChain } from './stakes.ts';

export const BOND_ZHI = 10_000n;
export const QUORUM_SEATS = [0, 1, 2, 3, 4, 5, 6, 7, 8];

/** Signed by the seats' keys, or by others'. */
export function approvalBody(
  network: TestNetwork,
  proposal: Hash,
  seats: readonly number[],
  keys = network.seats,
): Param {
  const message = approvalBytes(network.hash, proposal);
  const approvals = seats.map((seat) => ({ seat, signature: sign((keys[seat] as KeyPair).seed, message) }));
  return { kind: 'approve', proposal, approvals };
}

/** The same on a chain of certified blocks: one voter with all the stake. Returns from when on the value holds. */
export async function sealChange(chain: TestChain, name: ParameterName, text: string): Promise<UnixMs> {
  const voter = chain.network.key('voter');
  const { baseFeeZhi } = chain.network.genesis;
  const step = (body: Param) => chain.sign(voter, 'param', encodeParam(body));
  await chain.seal([chain.fund(voter, BOND_ZHI + 30n * baseFeeZhi)]);
  await chain.seal([chain.sign(voter, 'bond', encodeBond({ amountZhi: BOND_ZHI as Zhi }))]);
  const replaces = lastSetBy(chain.state, name, chain.parent.timeMs);
  const value = encodeValue(name, rowOf(name).parse(text));
  const proposing = step({ kind: 'propose', parameter: parameterNumber(name), value, replaces });
  await chain.seal([proposing]);
  const proposal = transactionHash(proposing);
  await chain.seal([
    step(approvalBody(chain.network, proposal, QUORUM_SEATS)),
    step({ kind: 'ballot', proposal, yes: true }),
  ]);
  await chain.seal([step({ kind: 'enact', proposal })], chain.parent.timeMs + VOTING_MS);
  const fromMs = readProposal(chain.state, proposal)?.enacted?.fromMs;
  if (fromMs === undefined) throw new Error('not enacted');
  return fromMs;
}

/** alice and bob have bonded 10,000 zhi each. */
export class GovernanceChain extends StakeChain {
  constructor(network: TestNetwork = testNetwork()) {
    super(network);
    for (const one of [this.alice, this.bob]) this.do(one, 'bond', encodeBond({ amountZhi: BOND_ZHI as Zhi }));
  }

  proposeBody(name: ParameterName, text: string, replaces?: Hash): Param {
    const value = rowOf(name).parse(text);
    if (value === undefined) throw new Error(`no value of ${name}: ${text}`);
    return {
      kind: 'propose',
      parameter: parameterNumber(name),
      value: encodeValue(name, value),
      replaces: replaces ?? lastSetBy(this.state, name, this.parent.timeMs),
    };
  }

  /** At the fee of that time; into the chain. Returns the transaction's hash. */
  step(by: KeyPair, body: Param, timeMs: bigint = this.parent.timeMs + 1000n): Hash {
    this.forgetUnsealed();
    const { baseFeeZhi } = parametersAt(this.state, this.network.genesis, timeMs as UnixMs);
    const encoded = encodeParam(body);
    const bytes = this.sign(by, 'param', encoded, { feeZhi: feeOf('param', baseFeeZhi, encoded) });
    advance(this, bytes, timeMs);
    return transactionHash(bytes);
  }

  propose(by: KeyPair, name: ParameterName, text: string): Hash {
    return this.step(by, this.proposeBody(name, text));
  }

  /** By nine seats and by all the stake. */
  carry(proposal: Hash): void {
    this.step(this.bob, approvalBody(this.network, proposal, QUORUM_SEATS));
    for (const one of [this.alice, this.bob]) this.step(one, { kind: 'ballot', proposal, yes: true });
  }

  /** Proposed by alice, carried and enacted as soon as it may be; holds from the returned time on. */
  change(name: ParameterName, text: string): UnixMs {
    const proposal = this.propose(this.alice, name, text);
    this.carry(proposal);
    const wait = name === 'swapSet' ? VOTING_MS + DELAY_MS : VOTING_MS;
    this.step(this.bob, { kind: 'enact', proposal }, this.proposal(proposal).proposedMs + wait);
    return this.proposal(proposal).enacted?.fromMs as UnixMs;
  }

  proposal(id: Hash): Proposal {
    const found = readProposal(this.state, id);
    if (!found) throw new Error('no such proposal');
    return found;
  }
}
