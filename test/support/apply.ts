/** One transaction against a chain's state, without a block: its outcome as error codes, or why it can't be sealed. */
import { APPLIED, codeOfNumber } from '../../protocol/errors.ts';
import { parametersAt } from '../../protocol/record/parameter.ts';
import { Overlay } from '../../protocol/state/overlay.ts';
import { applyTransaction } from '../../protocol/transition.ts';
import { parseTransaction, transactionHash } from '../../protocol/tx/envelope.ts';
import type { Posting } from '../../protocol/tx/rule.ts';
import type { BlockHeight, UnixMs } from '../../protocol/units.ts';
import type { TestChain } from './chain.ts';

export interface AppliedResult {
  /** `applied` or a code, an entry each; a single code with `sealed: false` when no block may hold it. */
  readonly outcome: string[];
  readonly sealed: boolean;
  readonly postings: Posting[];
  readonly state: Overlay;
}

/** Leaves the chain as it is, nonces included: the result's state holds what changed. */
export function applyTo(
  chain: TestChain,
  bytes: Uint8Array,
  timeMs: bigint = chain.parent.timeMs + 1000n,
): AppliedResult {
  chain.forgetUnsealed();
  const state = new Overlay(chain.state);
  const nothing = (code: string): AppliedResult => ({ outcome: [code], sealed: false, postings: [], state });
  const parsed = parseTransaction(bytes, chain.network.hash);
  if (!parsed.ok) return nothing(parsed.code);
  const { genesis, hash: genesisHash } = chain.network;
  const height = (chain.parent.height + 1n) as BlockHeight;
  const at = timeMs as UnixMs;
  const parameters = parametersAt(state, genesis, at);
  const context = { genesis, genesisHash, height, timeMs: at, parameters };
  const result = applyTransaction(parsed.value, transactionHash(bytes), state, context);
  if (typeof result === 'string') return nothing(result);
  const outcome = result.outcome.entries.map((number) =>
    number === APPLIED ? 'applied' : (codeOfNumber(number) as string),
  );
  return { outcome, sealed: true, postings: result.postings, state };
}

/** Into the chain, without seats' signatures. Throws when it was refused. */
export function advance(chain: TestChain, bytes: Uint8Array, timeMs?: bigint): void {
  const built = chain.build([bytes], timeMs);
  const refused = built.refused[0]?.code ?? built.transactions[0]?.outcome.entries.find((code) => code !== APPLIED);
  if (refused !== undefined)
    throw new Error(`refused: ${typeof refused === 'number' ? codeOfNumber(refused) : refused}`);
  chain.take(built);
}
