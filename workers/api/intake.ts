/** The edge's part of step 1: signed bytes become a transaction whose shape and signatures are right, or a refusal. */
import { askSignatures, hasVerifier, type VerifierEnv } from '../../durable-objects/verifier/ask.ts';
import { type ErrorCode, type Failure, fail, ok, type Result } from '../../protocol/errors.ts';
import { equalBytes, type Hash } from '../../protocol/hash.ts';
import { hasSwap } from '../../protocol/record/swap.ts';
import type { Region } from '../../protocol/regions.ts';
import {
  type ParsedTransaction,
  parseEach,
  parseTransaction,
  type Transaction,
  transactionHash,
} from '../../protocol/tx/envelope.ts';
import { type Opening, openingOf } from '../../protocol/tx/opening.ts';
import type { RuleContext } from '../../protocol/tx/rule.ts';
import { txTypeName } from '../../protocol/tx/types.ts';
import type { BlockHeight, UnixMs } from '../../protocol/units.ts';
import { isKnownSigned, rememberSigned, signatureFaultOnce } from '../../sealing/transaction-signatures.ts';
import type { Env } from '../env.ts';
import type { Network } from '../network.ts';
import { sha256Of } from './digest.ts';
import { homeRegionOf } from './places.ts';

/** What any signed transaction may be refused for, an order's opening or another: its own bytes, or its sender's account. */
export const TRANSACTION_REFUSALS: readonly ErrorCode[] = [
  'tx_malformed',
  'tx_too_large',
  'tx_type_reserved',
  'wrong_chain',
  'bad_signature',
  'tx_expired',
  'expiry_too_far',
  'expiry_too_soon',
  'fee_too_low',
  'unknown_account',
  'nonce_used',
  'nonce_gap',
  'insufficient_balance',
  'amount_out_of_range',
  'wrong_home_region',
  'too_many_pending',
];

function parseUnchecked(bytes: Uint8Array, { genesis, hash }: Network): Result<Transaction> {
  const parsed = parseTransaction(bytes, hash);
  if (!parsed.ok) return parsed;
  // No claim is checked, at milliseconds each, on a network that takes over no token.
  if (txTypeName(parsed.value.type) === 'swapIn' && !hasSwap(genesis)) return fail('swap_closed');
  return parsed;
}

async function withSignatures(tx: Transaction, txHash: Hash, { genesis, hash }: Network): Promise<Result<Transaction>> {
  // Signatures do not depend on height or time.
  const context: RuleContext = { genesis, genesisHash: hash, height: 0n as BlockHeight, timeMs: 0n as UnixMs };
  const fault = await signatureFaultOnce(tx, txHash, context);
  if (fault === 'tx_malformed') return fail(fault, 'the body does not decode');
  return fault ? fail(fault) : ok(tx);
}

/** Canonical, of this network, with a body that decodes, and every signature in it verified. State is not asked. */
export async function parseSigned(bytes: Uint8Array, network: Network): Promise<Result<Transaction>> {
  const parsed = parseUnchecked(bytes, network);
  return parsed.ok ? withSignatures(parsed.value, transactionHash(bytes), network) : parsed;
}

/** Fewer signatures are checked faster than they are sent. */
const SENT_SIGNATURES_MIN = 8;

/** The same of several, whose signatures a verifier checks where there is one. */
export async function parseEachSigned(
  env: VerifierEnv,
  batch: readonly Uint8Array[],
  network: Network,
): Promise<Result<ParsedTransaction>[]> {
  const unchecked = parseEach(batch, (bytes) => parseUnchecked(bytes, network));
  const wellFormed = unchecked.flatMap((one) => (one.ok ? [one.value] : []));
  if (hasVerifier(env)) await checkElsewhere(env, wellFormed, network);
  return Promise.all(
    unchecked.map(async (one): Promise<Result<ParsedTransaction>> => {
      if (!one.ok) return one;
      const signed = await withSignatures(one.value.tx, one.value.hash, network);
      return signed.ok ? one : signed;
    }),
  );
}

/** Those found good are known then; whatever is said of the others is found again here. */
async function checkElsewhere(env: VerifierEnv, batch: readonly ParsedTransaction[], network: Network): Promise<void> {
  const { hash: genesisHash } = network;
  // A claim of the swap takes milliseconds, and strangers send as many as they like: nobody waits behind them.
  const isQuick = ({ tx }: ParsedTransaction) => txTypeName(tx.type) !== 'swapIn';
  const unknown = batch.filter((one) => isQuick(one) && !isKnownSigned(genesisHash, one.hash));
  if (unknown.length < SENT_SIGNATURES_MIN) return;
  const transactions = unknown.map(({ bytes }) => bytes);
  const verdicts = await askSignatures(env, { genesis: network.bytes, transactions });
  for (const [i, { hash }] of unknown.entries()) if (verdicts?.[i] === 'good') rememberSigned(genesisHash, hash);
}

export interface SignedOrder {
  readonly tx: Transaction;
  readonly opening: Opening;
}

/** What `bytes` and `sealed` say by themselves: an OrderOpen or OrderOpenFor, and the envelope that it commits to. */
export async function parseOrder(
  bytes: Uint8Array,
  sealed: Uint8Array,
  network: Network,
): Promise<Result<SignedOrder>> {
  const parsed = await parseSigned(bytes, network);
  if (!parsed.ok) return parsed;
  const tx = parsed.value;
  const opening = openingOf(tx);
  if (!opening) return fail('invalid_field', 'opens no order', 'transaction');
  const isSealed = equalBytes(opening.order.sealedHash, await sha256Of(sealed));
  return isSealed ? ok({ tx, opening }) : fail('hash_mismatch', undefined, 'sealed');
}

/** An order has an envelope, which the routes for transactions do not take. */
export function refuseOrder(tx: Transaction): Failure | undefined {
  return openingOf(tx) ? fail('invalid_field', 'orders go to /v1/orders', 'transaction') : undefined;
}

/** The region whose object orders the account's nonces. */
export async function homeOf(env: Env, account: Uint8Array): Promise<Result<Region>> {
  const home = await homeRegionOf(env, account);
  return home ? ok(home) : fail('unknown_account');
}
