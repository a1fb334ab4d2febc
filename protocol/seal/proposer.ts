/**
 * The proposer's order of doing: stage -> votes -> one fenced commit -> mark and clear -> tell. Pure: each step takes what has
 * happened and names the one effect that comes next, so that a crash may fall between any two of them; a fresh object begins
 * anew with `recalled` and resumes from the stage.
 *
 * | found at the start                              | what follows                                            |
 * |-------------------------------------------------|---------------------------------------------------------|
 * | nothing staged                                  | pull, build, stage                                      |
 * | a stage on the ledger's tip                     | the same bytes are voted on and committed               |
 * | a stage that is the tip                         | it was committed, the reply was lost: mark and clear    |
 * | a stage at or below a tip of another block      | stale: dropped, the state is loaded anew                |
 * | a stage that the tip does not reach             | the ledger was rolled back: kept, nothing is sealed     |
 * | a tip below, or beside, the highest certified   | the ledger was rolled back: nothing is sealed           |
 */
import { QUORUM, type Vote } from '../block/certificate.ts';
import { equalBytes, type Hash } from '../hash.ts';
import { type Place, type StagedBlock, samePlace } from './stage.ts';

/** The same bytes are submitted so often in one run; then the stage waits for the next one. */
export const COMMIT_TRIES_MAX = 3;

/** What the object remembers durably. */
export interface Recollection {
  readonly stage: StagedBlock | undefined;
  /** The highest block that it knows to be certified. */
  readonly mark: Place | undefined;
}

export type SealState =
  | { readonly at: 'start' }
  | { readonly at: 'reading' | 'loading'; readonly recalled: Recollection }
  | { readonly at: 'pulling' | 'building'; readonly tip: Place }
  | { readonly at: 'staging'; readonly tip: Place; readonly block: StagedBlock }
  | { readonly at: 'rebuilding' | 'voting'; readonly block: StagedBlock }
  | { readonly at: 'committing'; readonly block: StagedBlock; readonly votes: readonly Vote[]; readonly tries: number }
  | { readonly at: 'settling'; readonly outcome: 'sealed' | 'landed'; readonly block: StagedBlock }
  | { readonly at: 'dropping' }
  | { readonly at: 'done' };

export type SealEvent =
  | ({ readonly is: 'recalled' } & Recollection)
  /** Where the ledger ends. `held`: its block at the mark's height, when the tip is above that. */
  | { readonly is: 'read'; readonly tip: Place; readonly held: Hash | undefined }
  /** The state as of `tip` is at hand. */
  | { readonly is: 'loaded'; readonly tip: Place }
  | { readonly is: 'pulled'; readonly count: number }
  /** Too few regions say what time it is for the next block to be dated: too few would vote, too. */
  | { readonly is: 'noClock' }
  /** `block` is undefined when no candidate can be sealed; `refusals`: some were refused. */
  | { readonly is: 'built'; readonly block: StagedBlock | undefined; readonly refusals: boolean }
  /** What the stage holds now: this block, or one that was staged before and stays. Undefined: the mark has passed its height. */
  | { readonly is: 'staged'; readonly block: StagedBlock | undefined }
  /** The staged bytes were executed again on the tip's state, and give their header, or not. */
  | { readonly is: 'rebuilt'; readonly sound: boolean }
  /** Sound votes, one a seat. */
  | { readonly is: 'voted'; readonly votes: readonly Vote[] }
  | { readonly is: 'committed' }
  /** The certificate does not hold, or the ledger has another block. */
  | { readonly is: 'notCertified'; readonly reason: string }
  | { readonly is: 'stale' }
  | { readonly is: 'unlinked' }
  /** The block is not in, as far as the ledger could be asked. */
  | { readonly is: 'commitFailed'; readonly reason: string }
  /** The mark is written and the stage is clear, durably and at once. */
  | { readonly is: 'settled' }
  | { readonly is: 'dropped' };

export type SealEffect =
  | { readonly kind: 'readTip'; readonly mark: Place | undefined }
  | { readonly kind: 'load' }
  | { readonly kind: 'pull' }
  | { readonly kind: 'build' }
  | { readonly kind: 'stage'; readonly block: StagedBlock }
  | { readonly kind: 'rebuild'; readonly block: StagedBlock }
  | { readonly kind: 'askVotes'; readonly block: StagedBlock }
  | { readonly kind: 'commit'; readonly block: StagedBlock; readonly votes: readonly Vote[] }
  | { readonly kind: 'settle'; readonly block: StagedBlock }
  | { readonly kind: 'drop'; readonly block: StagedBlock }
  | { readonly kind: 'end'; readonly outcome: SealOutcome };

export type SealOutcome =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'refusals' }
  | { readonly kind: 'sealed'; readonly place: Place }
  /** A block of an earlier run proved to be final. */
  | { readonly kind: 'landed'; readonly place: Place }
  /** The stage stays, and the next run goes on with it. */
  | { readonly kind: 'stalled'; readonly reason: string }
  /** The ledger has another tip than this object thought. */
  | { readonly kind: 'stale' }
  /** The ledger lacks a block that was certified: an older copy of it was restored. Not built upon. */
  | { readonly kind: 'rolledBack'; readonly reason: string };

export interface SealStep {
  readonly state: SealState;
  readonly effect: SealEffect;
}

export const SEAL_START: SealState = { at: 'start' };

const end = (outcome: SealOutcome): SealStep => ({ state: { at: 'done' }, effect: { kind: 'end', outcome } });
const stalled = (reason: string): SealStep => end({ kind: 'stalled', reason });

/** Why a ledger with this tip is an older one, or another one, than the object has seen; undefined when it is not. */
export function rollbackFault(mark: Place | undefined, tip: Place, held: Hash | undefined): string | undefined {
  if (!mark) return undefined;
  if (tip.height < mark.height) return `the ledger ends at ${tip.height}, block ${mark.height} was certified`;
  const there = tip.height === mark.height ? tip.hash : held;
  return there && equalBytes(there, mark.hash) ? undefined : `another block than the certified one at ${mark.height}`;
}

/** A stage was found: what it is to the ledger's tip decides. */
function resume(block: StagedBlock, tip: Place): SealStep {
  if (samePlace(block, tip)) return settle(block, 'landed');
  if (block.height <= tip.height) return drop(block);
  const extendsTip = block.height === tip.height + 1n && equalBytes(block.parent, tip.hash);
  if (extendsTip) return { state: { at: 'rebuilding', block }, effect: { kind: 'rebuild', block } };
  return end({ kind: 'rolledBack', reason: `the ledger ends at ${tip.height}, block ${block.height} is staged` });
}

const settle = (block: StagedBlock, outcome: 'sealed' | 'landed'): SealStep => ({
  state: { at: 'settling', outcome, block },
  effect: { kind: 'settle', block },
});

const drop = (block: StagedBlock): SealStep => ({ state: { at: 'dropping' }, effect: { kind: 'drop', block } });

const askVotes = (block: StagedBlock): SealStep => ({
  state: { at: 'voting', block },
  effect: { kind: 'askVotes', block },
});

const commit = (block: StagedBlock, votes: readonly Vote[], tries: number): SealStep => ({
  state: { at: 'committing', block, votes, tries },
  effect: { kind: 'commit', block, votes },
});

function onRead(recalled: Recollection, tip: Place, held: Hash | undefined): SealStep {
  const fault = rollbackFault(recalled.mark, tip, held);
  if (fault) return end({ kind: 'rolledBack', reason: fault });
  return { state: { at: 'loading', recalled }, effect: { kind: 'load' } };
}

function onStaged(ours: StagedBlock, tip: Place, staged: StagedBlock | undefined): SealStep {
  if (!staged) return end({ kind: 'stale' });
  return samePlace(staged, ours) ? askVotes(ours) : resume(staged, tip);
}

function onBuilt(tip: Place, block: StagedBlock | undefined, refusals: boolean): SealStep {
  if (block) return { state: { at: 'staging', tip, block }, effect: { kind: 'stage', block } };
  return end({ kind: refusals ? 'refusals' : 'nothing' });
}

function onCommitting(state: SealState & { at: 'committing' }, event: SealEvent): SealStep | undefined {
  const { block, votes, tries } = state;
  switch (event.is) {
    case 'committed':
      return settle(block, 'sealed');
    case 'stale':
      return drop(block);
    case 'unlinked':
      return end({ kind: 'stale' });
    case 'notCertified':
      return stalled(event.reason);
    case 'commitFailed':
      return tries < COMMIT_TRIES_MAX ? commit(block, votes, tries + 1) : stalled(event.reason);
    default:
      return undefined;
  }
}

function next(state: SealState, event: SealEvent): SealStep | undefined {
  switch (state.at) {
    case 'start':
      if (event.is !== 'recalled') return undefined;
      return { state: { at: 'reading', recalled: event }, effect: { kind: 'readTip', mark: event.mark } };
    case 'reading':
      return event.is === 'read' ? onRead(state.recalled, event.tip, event.held) : undefined;
    case 'loading': {
      if (event.is !== 'loaded') return undefined;
      const { stage } = state.recalled;
      if (stage) return resume(stage, event.tip);
      return { state: { at: 'pulling', tip: event.tip }, effect: { kind: 'pull' } };
    }
    case 'pulling':
      if (event.is === 'noClock') return stalled('too few regions say what time it is');
      if (event.is !== 'pulled') return undefined;
      if (event.count === 0) return end({ kind: 'nothing' });
      return { state: { at: 'building', tip: state.tip }, effect: { kind: 'build' } };
    case 'building':
      return event.is === 'built' ? onBuilt(state.tip, event.block, event.refusals) : undefined;
    case 'staging':
      return event.is === 'staged' ? onStaged(state.block, state.tip, event.block) : undefined;
    case 'rebuilding':
      if (event.is !== 'rebuilt') return undefined;
      // Seats may have signed these bytes. To build others in their place would be to propose twice.
      return event.sound ? askVotes(state.block) : stalled('the staged block does not execute to its header');
    case 'voting':
      if (event.is !== 'voted') return undefined;
      return event.votes.length >= QUORUM
        ? commit(state.block, event.votes, 1)
        : stalled('no quorum of seats answered');
    case 'committing':
      return onCommitting(state, event);
    case 'settling':
      if (event.is !== 'settled') return undefined;
      return end({ kind: state.outcome, place: { height: state.block.height, hash: state.block.hash } });
    case 'dropping':
      return event.is === 'dropped' ? end({ kind: 'stale' }) : undefined;
    case 'done':
      return undefined;
  }
}

/** Throws for an event that its state does not wait for: the edge has run effects out of order. */
export function sealStep(state: SealState, event: SealEvent): SealStep {
  const step = next(state, event);
  if (!step) throw new Error(`sealing that is ${state.at} can't take '${event.is}'`);
  return step;
}
