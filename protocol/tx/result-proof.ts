/**
 * ResultProof (white paper 3.5): the checker's signed verdict on a claim. The envelope's signature is the attestation.
 * A pass lets the order settle; a fail excludes the provider from the order and opens it again, or leaves it to be given
 * up after ATTEMPTS_MAX providers.
 */
import { bytes32, type Decoded, decode, encode, oneOf, struct, u8, u32, vec } from '../codec.ts';
import { equalBytes } from '../hash.ts';
import { nextState } from '../order/lifecycle.ts';
import type { OrderRecord } from '../order/record.ts';
import { isChecker } from './roles.ts';
import { applied, BATCH_ENTRIES_MAX, type EntryOutcome, type Rule, type RuleInput, refused } from './rule.ts';

export const CHECK_METHODS = ['recompute', 'freivalds', 'replay'] as const;
export type CheckMethod = (typeof CHECK_METHODS)[number];

export const resultProofEntry = struct({
  order: bytes32,
  attempt: u8,
  verdict: oneOf(['failed', 'passed']),
  method: oneOf(CHECK_METHODS),
  /** Chunks that were replayed, or matrix products that were checked. */
  checkedParts: u32,
  resultRoot: bytes32,
});
export type ResultProof = Decoded<typeof resultProofEntry>;
const bodyCodec = vec(resultProofEntry, BATCH_ENTRIES_MAX);
export const encodeResultProofs = (entries: ResultProof[]): Uint8Array => encode(bodyCodec, entries);
export const decodeResultProofs = (body: Uint8Array): ResultProof[] => decode(bodyCodec, body);

function apply(entry: ResultProof, { context, state, sender }: RuleInput): EntryOutcome {
  const record = state.order(entry.order);
  if (!record) return refused('unknown_order');
  if (!isChecker(context.genesis, record.region, sender)) return refused('not_authorised');
  const passed = entry.verdict === 'passed';
  const next = nextState(record.state, passed ? 'checkPassed' : 'checkFailed');
  if (!next || !record.claim || !record.match) return refused('illegal_transition');
  if (entry.attempt !== record.attempt) return refused('attempt_mismatch');
  if (!equalBytes(record.claim.resultRoot, entry.resultRoot)) return refused('result_mismatch');
  state.setOrder(entry.order, passed ? checkedRecord(record, context.timeMs) : reopenedRecord(record));
  return applied();
}

/** The `auto` policy, signed in the order, confirms a passed check at once. */
function checkedRecord(record: OrderRecord, checkedMs: OrderRecord['checkedMs']): OrderRecord {
  const state = record.confirm.kind === 'auto' ? 'confirmed' : 'checked';
  return { ...record, state, checkedMs };
}

export function reopenedRecord(record: OrderRecord): OrderRecord {
  const liar = record.match?.provider;
  return {
    ...record,
    state: 'open',
    attempt: record.attempt + 1,
    excluded: liar ? [...record.excluded, liar] : record.excluded,
    match: undefined,
    claim: undefined,
  };
}

export const resultProofRule: Rule<ResultProof> = {
  decodeBody: decodeResultProofs,
  innerSignatures: () => [],
  apply,
};
