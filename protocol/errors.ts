/**
 * Every expected failure of the network: one closed, numbered set. A number is for ever; a lower number takes precedence
 * when several apply. `http` is what the API answers; `retryable` tells a client whether the same request may succeed later.
 * docs/errors.md is generated from this table.
 *
 * 1xx request shape, 2xx envelope and signature, 3xx account state, 4xx order rules, 5xx data and models, 6xx proofs,
 * 7xx webhooks, 8xx network, 9xx governance.
 */
import { APPLIED as appliedNumber, type FailureOf, fail as failOf, ok as okOf, type ResultOf } from './result.ts';

interface ErrorRow {
  readonly code: string;
  readonly http: number;
  readonly retryable: boolean;
  readonly title: string;
}

const row = (code: string, http: number, title: string, retryable = false): ErrorRow => ({
  code,
  http,
  retryable,
  title,
});

export const ERRORS = {
  100: row('malformed_json', 400, 'The body is not JSON'),
  101: row('invalid_field', 400, 'A field has the wrong type or value'),
  102: row('unknown_field', 400, 'A field is not part of this request'),
  103: row('body_too_large', 413, 'The body is larger than this route takes'),
  104: row('unsupported_media_type', 415, 'The content type is not taken here'),
  105: row('not_found', 404, 'No such resource'),
  106: row('method_not_allowed', 405, 'The method is not taken here'),
  107: row('idempotency_key_required', 400, 'A POST that changes state needs an Idempotency-Key'),
  108: row('idempotency_key_reused', 422, 'The Idempotency-Key was used with another body'),
  109: row('idempotency_in_flight', 409, 'The first request with this Idempotency-Key is still running', true),
  110: row('length_required', 411, 'The request needs a Content-Length'),
  200: row('tx_malformed', 400, 'The transaction is not in its canonical encoding'),
  201: row('tx_too_large', 413, 'The transaction is larger than 4 KB'),
  202: row('tx_type_reserved', 422, 'The transaction type is reserved for later'),
  203: row('wrong_chain', 422, 'The transaction is for another chain'),
  204: row('bad_signature', 401, 'A signature does not verify'),
  205: row('tx_expired', 422, 'The transaction expired'),
  206: row('expiry_too_far', 422, 'The expiry height is too far ahead'),
  207: row('fee_too_low', 422, 'The fee is below the base fee'),
  208: row('not_authorised', 403, 'The sender does not hold the role that this needs'),
  209: row('auth_required', 401, 'The request must be signed by an account'),
  210: row('auth_expired', 401, 'The signed request expired or lies too far ahead'),
  211: row('expiry_too_soon', 422, 'The expiry height is too near for the transaction to be sealed in time'),
  300: row('unknown_account', 404, 'The account does not exist'),
  301: row('nonce_used', 409, 'The nonce was used'),
  302: row('nonce_gap', 409, 'The nonce is ahead of the next one', true),
  303: row('insufficient_balance', 402, 'The balance does not cover the amount and the fee'),
  304: row('amount_out_of_range', 422, 'The amount is zero or beyond the supply'),
  305: row('wrong_home_region', 421, "The transaction names a region that is not the account's home", true),
  306: row('too_many_pending', 429, 'The account has too many pending transactions', true),
  307: row('system_account', 422, 'The account belongs to the system and no key controls it'),
  308: row('insufficient_bond', 402, 'The bond does not cover this'),
  309: row('too_many_unbondings', 429, 'The account has as many unbondings under way as it may'),
  310: row('nothing_due', 409, 'Nothing is due yet', true),
  311: row('grant_locked', 422, 'The grant has no schedule yet'),
  312: row('unknown_allowance', 403, 'The payer has not allowed this key, or the allowance has ended'),
  313: row('allowance_exceeded', 402, 'The allowance does not cover the amount and the fee'),
  314: row('swap_closed', 422, 'The network takes over no token'),
  315: row('unknown_swap_set', 404, 'No such set of swap records'),
  316: row('swap_set_exists', 409, 'The set of swap records is registered already'),
  317: row('swap_uncovered', 422, 'The set, or the swap account, does not cover the amount'),
  400: row('unknown_order', 404, 'No such order'),
  401: row('order_exists', 409, 'The order exists already'),
  402: row('price_limit_below_quote', 422, 'The price limit is below the quote of every provider'),
  403: row('deadline_passed', 422, "The order's deadline has passed"),
  404: row('illegal_transition', 409, "The order's state does not allow this"),
  405: row('not_cancellable', 409, 'The order can no longer be cancelled'),
  406: row('provider_not_selected', 422, 'The rule selects another provider'),
  407: row('quote_mismatch', 422, 'The quote is not what the price table gives'),
  408: row('bill_mismatch', 422, 'The bill differs from the quote'),
  409: row('result_mismatch', 422, 'The result differs from the one that was committed'),
  410: row('no_provider', 503, 'No provider is left for the order', true),
  411: row('work_too_large', 422, 'The work is larger than the network takes'),
  412: row('work_invalid', 422, 'The work specification is out of range'),
  413: row('lease_lost', 409, 'The lease was given to another consumer'),
  414: row('attempt_mismatch', 409, "The attempt is not the order's current one"),
  415: row('result_not_ready', 409, 'The result is not there yet', true),
  416: row('deadline_too_far', 422, 'The deadline is further ahead than the network takes'),
  417: row('window_too_long', 422, 'The window for a confirmation is longer than the network takes'),
  418: row('deadline_too_soon', 422, 'The deadline is too near for the order to be opened in time'),
  419: row('unknown_provider', 404, 'No such provider'),
  420: row('provider_reserved', 409, 'The provider is reserved already', true),
  421: row('unknown_reservation', 404, 'The provider is not reserved'),
  422: row('reservation_too_long', 422, 'The reservation is longer than the network takes'),
  423: row('batch_mismatch', 422, 'The batch is not what the records of its orders give'),
  424: row('unknown_batch', 404, 'No such batch'),
  425: row('already_claimed', 409, 'This was paid to its claimant before'),
  426: row('epoch_not_over', 409, 'The epoch has not ended', true),
  427: row('epoch_rewarded', 409, 'The epoch, or a later one, was rewarded'),
  500: row('unknown_model', 404, 'No such model, or the caller may not use it'),
  501: row('unknown_dataset', 404, 'No such data set'),
  502: row('dataset_malformed', 422, 'The data cannot be read as they stand'),
  503: row('cell_not_numeric', 422, 'A cell is not a number'),
  504: row('ragged_row', 422, 'A row has another number of cells than the header'),
  505: row('no_rows', 422, 'There are no rows'),
  506: row('one_class', 422, 'The target has one class only'),
  507: row('too_many_cells', 422, 'The table is larger than the network takes'),
  508: row('sealed_malformed', 422, 'The sealed envelope does not open or does not match its commitment'),
  509: row('hash_mismatch', 422, 'The bytes do not have the declared hash'),
  510: row('grant_missing', 422, 'The sealed envelope has no grant for a party that needs one'),
  511: row('dataset_in_use', 409, 'An order that is not checked yet reads the data set', true),
  512: row('dataset_taken', 409, 'Another account listed the data set'),
  513: row('model_taken', 409, 'Another account listed the model'),
  514: row('unknown_grant', 404, 'The data set is not granted to this account'),
  515: row('already_flagged', 409, 'The account flagged the data set before'),
  516: row('royalty_out_of_range', 422, 'The royalty is above what the network takes'),
  517: row('encoding_unknown', 422, 'The text is in no known encoding'),
  518: row('format_unknown', 422, 'The file is of no format that is read'),
  519: row('unknown_column', 422, 'The table has no such column'),
  520: row('target_constant', 422, 'The target has one value only'),
  521: row('one_row_a_class', 422, 'Every class has one row only'),
  522: row('export_unsupported', 422, 'The model can not be written in this format'),
  523: row('unknown_endpoint', 404, 'No such endpoint, or no such version of it'),
  600: row('proof_malformed', 400, 'The proof is not in the expected form'),
  601: row('proof_invalid', 422, 'The proof does not verify'),
  602: row('unknown_circuit', 404, 'No such circuit or verification key'),
  603: row('receipt_invalid', 422, 'The receipt does not verify'),
  604: row('foreign_network', 422, 'It is from another network than the pinned one'),
  605: row('block_invalid', 422, 'The block does not execute to its header'),
  606: row('witness_invalid', 422, 'The witness is not the one of its block'),
  607: row('commitment_invalid', 422, 'The commitment is zero or no element of the field'),
  608: row('genesis_invalid', 422, 'The genesis is not in its canonical encoding'),
  609: row('header_invalid', 422, 'The header is not canonical, or not the one that was expected'),
  610: row('certificate_invalid', 422, 'The certificate does not make the block final'),
  611: row('seat_set_unknown', 422, 'The block is certified by a seat set that is not known'),
  612: row('regime_refused', 422, 'The block is of a regime that was not asked for'),
  613: row('inclusion_invalid', 422, 'The proof of inclusion does not hold'),
  614: row('state_proof_invalid', 422, 'The proof does not hold against the state root'),
  615: row('result_differs', 422, 'The work, run again, gives another result than the receipt'),
  616: row('checkpoint_malformed', 400, 'The checkpoint is not in the expected form'),
  617: row('checkpoint_invalid', 422, 'A signature of the checkpoint is missing, double or false'),
  618: row('too_few_witnesses', 422, 'Fewer witnesses co-signed the checkpoint than were asked for'),
  619: row('log_forked', 422, 'The log is not a continuation of what it was'),
  620: row('log_rolled_back', 409, 'The log is smaller than it was', true),
  621: row('unknown_witness', 403, 'No witness of this name and key is taken here'),
  622: row('checkpoint_outdated', 409, 'The checkpoint has been replaced by a newer one', true),
  700: row('webhook_url_refused', 422, 'The URL is not a public https address'),
  701: row('webhook_challenge_failed', 422, 'The endpoint did not answer the challenge'),
  702: row('unknown_webhook', 404, 'No such webhook'),
  703: row('too_many_webhooks', 429, 'The account has too many webhooks'),
  800: row('overloaded', 503, 'The network is overloaded; try again', true),
  801: row('internal', 500, 'A fault of ours; the request may be retried with its Idempotency-Key', true),
  802: row('dev_only', 403, 'Available on development networks only'),
  803: row('faucet_empty', 503, 'The faucet has no funds'),
  804: row('consensus_stalled', 503, 'Blocks are not being sealed now', true),
  805: row('ledger_rolled_back', 503, 'The ledger was put back to an older copy; nothing is sealed upon it'),
  806: row('not_executable', 500, 'The rules can not execute the transaction: a fault of ours, and it is in no block'),
  900: row('unknown_parameter', 404, 'No such parameter'),
  901: row('parameter_out_of_range', 422, 'The value is not one that this parameter may have'),
  902: row('unknown_proposal', 404, 'No such proposal'),
  903: row('stale_proposal', 409, 'The parameter was changed since, or another version of it is named'),
  904: row('too_many_proposals', 429, 'The account has a proposal that is being voted on', true),
  905: row('voting_closed', 409, 'The voting is over'),
  906: row('already_voted', 409, 'The account, or the seats, have voted on this proposal'),
  907: row('already_enacted', 409, 'The proposal was enacted'),
  908: row('enacted_too_early', 409, 'The voting, or the delay after it, is not over', true),
  909: row('proposal_rejected', 422, 'Too few seats approved the proposal, or too little stake voted for it'),
  910: row('proposal_lapsed', 409, 'The proposal was not enacted in time'),
  911: row('change_scheduled', 409, 'A change of the parameter is scheduled and does not hold yet', true),
} as const satisfies Record<number, ErrorRow>;

export type ErrorNumber = keyof typeof ERRORS;
export type ErrorCode = (typeof ERRORS)[ErrorNumber]['code'];

export type Failure = FailureOf<ErrorCode>;
export type Result<T> = ResultOf<T, ErrorCode>;

export const ok = okOf;
export const fail = (code: ErrorCode, evidence?: string, param?: string): Failure => failOf(code, evidence, param);
export const APPLIED = appliedNumber;

const numberOf = new Map<ErrorCode, ErrorNumber>(
  (Object.entries(ERRORS) as unknown as [string, ErrorRow][]).map(([number, { code }]) => [
    code as ErrorCode,
    Number(number) as ErrorNumber,
  ]),
);

export function errorNumber(code: ErrorCode): ErrorNumber {
  return numberOf.get(code) as ErrorNumber;
}

export function errorRow(code: ErrorCode): ErrorRow {
  return ERRORS[errorNumber(code)];
}

export function codeOfNumber(number: number): ErrorCode | undefined {
  return (ERRORS as Record<number, ErrorRow>)[number]?.code as ErrorCode | undefined;
}
