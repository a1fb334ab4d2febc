/** hai params: the parameters of the network, and the votes that change them. */
import type { Command } from 'commander';
import type { WireTransaction } from '../../../protocol/wire.ts';
import { parameterCalls, type SeatApproval } from '../../sdk/parameters.ts';
import { type AgreeOptions, agreedProposal } from '../agreed-proposal.ts';
import { integerIn, parameterNameText, proposalId, yesOrNo } from '../arguments.ts';
import { Refusal } from '../exit-codes.ts';
import type { Io } from '../output.ts';
import { parameterText, proposalText, saidText } from '../params-text.ts';
import { seatAccount } from '../seat-key.ts';
import { type CommonOptions, Session, withCommonOptions } from '../session.ts';
import { listVerified } from '../verify/parameters.ts';

interface ListOptions extends CommonOptions {
  readonly verify?: true;
  readonly minHeight?: number;
}

interface ApproveOptions extends CommonOptions, AgreeOptions {
  readonly seatKey: readonly string[];
}

export function addParams(program: Command, io: Io): void {
  const params = program.command('params').description('parameters of the network, and votes that change them');
  const addOf = (name: string, description: string, isDefault = false) =>
    withCommonOptions(params.command(name, { isDefault }).description(description));
  addOf('list', 'every parameter, since when it holds and who set it', true)
    .option('--verify', 'what a certified block proves, against the genesis, instead of what the network says')
    .option('--min-height <height>', 'with --verify: no older block is taken', integerIn(0, 999_999_999_999_999))
    .action((options: ListOptions) =>
      options.verify
        ? listVerified(new Session(io, options), BigInt(options.minHeight ?? 0))
        : list(new Session(io, options)),
    );
  addOf('proposals', 'what was proposed, the newest first').action((options: CommonOptions) =>
    proposals(new Session(io, options)),
  );
  addOf('show', 'a proposal, and what seats and stake have said of it')
    .argument('<id>', 'the proposal', proposalId)
    .option('--verify', 'what it says by its own bytes, which its id is the hash of')
    .action((id: string, options: CommonOptions & { verify?: true }) =>
      show(new Session(io, options), id, options.verify === true),
    );
  addOf('propose', 'propose a value; takes a bond, and one proposal of an account at a time')
    .argument('<name>', 'the parameter', parameterNameText)
    .argument('<value>', 'as `hai params list` writes it')
    .action((name: string, value: string, options: CommonOptions) => propose(new Session(io, options), name, value));
  addOf('vote', 'vote with the whole bond of this account, once')
    .argument('<id>', 'the proposal', proposalId)
    .argument('<yes|no>', '', yesOrNo)
    .option('--yes', 'vote without being asked')
    .action((id: string, yes: boolean, options: CommonOptions & AgreeOptions) =>
      vote(new Session(io, options), id, yes, options),
    );
  addOf('approve', 'send approvals of seats: those that the network itself holds, or by keys of yours')
    .argument('<id>', 'the proposal', proposalId)
    .option('--seat-key <file>', "a seat's keystore (HAI_SEAT_PASSPHRASE); may be repeated", collect, [])
    .option('--yes', 'sign by --seat-key without being asked')
    .action((id: string, options: ApproveOptions) => approve(new Session(io, options), id, options));
  addOf('enact', 'let an accepted proposal hold, after its delay; anyone may')
    .argument('<id>', 'the proposal', proposalId)
    .action((id: string, options: CommonOptions) => enact(new Session(io, options), id));
}

const collect = (file: string, before: readonly string[]): string[] => [...before, file];

async function list(session: Session): Promise<void> {
  const found = await session.client().with(parameterCalls).parameters();
  session.out.result({ parameters: found }, found.map(parameterText).join('\n\n'));
}

async function proposals(session: Session): Promise<void> {
  const found = await session.client().with(parameterCalls).proposals();
  session.out.result({ proposals: found }, found.map(proposalText).join('\n\n') || 'nothing was proposed');
}

async function show(session: Session, id: string, isVerified: boolean): Promise<void> {
  const calls = session.client().with(parameterCalls);
  const found = await calls.proposal(id);
  if (!isVerified) return session.out.result(found, proposalText(found));
  const said = await calls.proposalSaid(id);
  session.out.result(
    { ...found, verified: said },
    `${proposalText(found)}\n\nby its own bytes, of which its id is the hash:\n${saidText(said)}`,
  );
}

/** The calls of a client that signs. */
const signing = async (session: Session) => session.client({ account: await session.account() }).with(parameterCalls);

async function propose(session: Session, name: string, value: string): Promise<void> {
  const { hash, height } = await (await signing(session)).propose(name, value);
  session.out.result({ proposal: hash, parameter: name, value, height }, `proposal ${hash} in block ${height}`);
}

/** Of a step that is in its block; the proposal as it then is, if it can be read. */
async function tell(session: Session, id: string, { hash, height }: WireTransaction): Promise<void> {
  const proposal = await session
    .client()
    .with(parameterCalls)
    .proposal(id)
    .catch(() => undefined);
  session.out.result(
    { transaction: hash, height, ...(proposal ? { proposal } : {}) },
    `in block ${height}${proposal ? `\n${proposalText(proposal)}` : ''}`,
  );
}

async function vote(session: Session, id: string, yes: boolean, options: AgreeOptions): Promise<void> {
  const calls = await signing(session);
  await agreedProposal(session, calls, id, `Vote ${yes ? 'yes' : 'no'}`, options);
  await tell(session, id, await calls.vote(id, yes));
}

async function approve(session: Session, id: string, options: ApproveOptions): Promise<void> {
  const { seatKey: files } = options;
  const calls = await signing(session);
  const own: SeatApproval[] = [];
  if (files.length > 0) await agreedProposal(session, calls, id, 'Approve', options);
  for (const file of files) own.push(await calls.signApproval(await seatAccount(session.io, file), id));
  const approvals = files.length > 0 ? own : await hosted(session, calls, id);
  if (approvals.length === 0)
    throw new Refusal('no seat that this network holds approves the proposal: see APPROVE_PARAMS');
  await tell(session, id, await calls.approve(id, approvals));
}

async function hosted(
  session: Session,
  calls: Awaited<ReturnType<typeof signing>>,
  id: string,
): Promise<SeatApproval[]> {
  const { approvals, unanswered } = await calls.hostedApprovals(id);
  if (unanswered.length > 0) session.out.warn(`no answer from the seats of ${unanswered.join(', ')}`);
  return approvals;
}

async function enact(session: Session, id: string): Promise<void> {
  await tell(session, id, await (await signing(session)).enact(id));
}
