/**
 * Events of transactions that concern no order's life. Each is a function of the transaction alone, so that whoever holds the
 * transaction and its outcome checks all that the event states.
 */
import { bytesToHex } from '@noble/hashes/utils.js';
import { addressOf } from './address.ts';
import { decodeValue, parameterName, rowOf } from './governance/parameters.ts';
import { evmHex } from './swap/evm-hex.ts';
import { decodeAllow } from './tx/allow.ts';
import { decodeBatchClaims } from './tx/batch-claim.ts';
import { decodeBond } from './tx/bond.ts';
import { decodeDatasetList } from './tx/dataset-list.ts';
import { decodeEndpoint } from './tx/endpoint.ts';
import type { Transaction } from './tx/envelope.ts';
import { decodeEpochReward } from './tx/epoch-reward.ts';
import { decodeGrant } from './tx/grant.ts';
import { decodeJunkFlag } from './tx/junk-flag.ts';
import { decodeModelList } from './tx/model-list.ts';
import { decodeParam, type Param } from './tx/param.ts';
import { decodeRelease } from './tx/release.ts';
import { decodeReserve } from './tx/reserve.ts';
import { decodeRevoke } from './tx/revoke.ts';
import { decodeSwapIn } from './tx/swap-in.ts';
import { decodeSwapOut } from './tx/swap-out.ts';
import { decodeTransfer } from './tx/transfer.ts';
import { type TxTypeName, txTypeName } from './tx/types.ts';
import { decodeUnbond } from './tx/unbond.ts';
import { decodeVestClaim } from './tx/vest-claim.ts';
import { decodeVote } from './tx/vote.ts';

export const TX_EVENT_TYPES = [
  'transfer.applied',
  'batch.claimed',
  'reservation.opened',
  'reservation.closed',
  'bond.added',
  'bond.unbonding',
  'bond.withdrawn',
  'vote.cast',
  'allowance.set',
  'dataset.listed',
  'dataset.granted',
  'dataset.revoked',
  'dataset.flagged',
  'model.listed',
  'reward.paid',
  'vesting.claimed',
  'swap.claimed',
  'swap.sent',
  'parameter.proposed',
  'parameter.approved',
  'parameter.voted',
  'parameter.enacted',
  'endpoint.set',
] as const;
export type TxEventType = (typeof TX_EVENT_TYPES)[number];

export interface TxEvent {
  readonly type: TxEventType;
  /** Entry of the transaction whose outcome decides whether this came about. */
  readonly entry: number;
  readonly order?: string;
  readonly account: Uint8Array;
  readonly body: Readonly<Record<string, string | number | boolean | null>>;
}

type Told = Omit<TxEvent, 'entry' | 'account'> & { readonly account?: Uint8Array };

/** A proposal's id is its transaction's hash, which the event's place names. */
function governanceTold(body: Param): Told {
  if (body.kind === 'propose') {
    const name = parameterName(body.parameter);
    const value = name && decodeValue(name, body.value);
    const text = name === undefined || value === undefined ? null : rowOf(name).text(value);
    return { type: 'parameter.proposed', body: { parameter: name ?? null, value: text } };
  }
  const proposal = bytesToHex(body.proposal);
  switch (body.kind) {
    case 'approve':
      return { type: 'parameter.approved', body: { proposal, seats: body.approvals.length } };
    case 'ballot':
      return { type: 'parameter.voted', body: { proposal, yes: body.yes } };
    case 'enact':
      return { type: 'parameter.enacted', body: { proposal } };
  }
}

/** By type of transaction; without an account the event concerns the sender. The body decodes, or the transaction was not taken. */
const TOLD: Partial<Record<TxTypeName, (body: Uint8Array, tx: Transaction) => Told[][]>> = {
  transfer(body, tx) {
    const { to, amountZhi } = decodeTransfer(body);
    const told = { from: addressOf(tx.sender), amountZhi: amountZhi.toString() };
    return [[{ type: 'transfer.applied', account: to, body: told }]];
  },
  batchClaim: (body) =>
    decodeBatchClaims(body).map(({ batch, order, provider, demander, billZhi }) => {
      const told = { batch: bytesToHex(batch), demander: addressOf(demander), billZhi: billZhi.toString() };
      return [{ type: 'batch.claimed', order: bytesToHex(order), account: provider, body: told }];
    }),
  reserve(body) {
    const { provider, hours } = decodeReserve(body);
    return [[{ type: 'reservation.opened', body: { provider: addressOf(provider), hours } }]];
  },
  release: (body) => [[{ type: 'reservation.closed', body: { provider: addressOf(decodeRelease(body).provider) } }]],
  bond: (body) => [[{ type: 'bond.added', body: { amountZhi: decodeBond(body).amountZhi.toString() } }]],
  unbond(body) {
    const unbond = decodeUnbond(body);
    if (unbond.kind === 'withdraw') return [[{ type: 'bond.withdrawn', body: {} }]];
    return [[{ type: 'bond.unbonding', body: { amountZhi: unbond.amountZhi.toString() } }]];
  },
  vote(body) {
    const { candidate } = decodeVote(body);
    return [[{ type: 'vote.cast', body: { candidate: candidate ? addressOf(candidate) : null } }]];
  },
  allow(body) {
    const { key, limitZhi, expiryHeight } = decodeAllow(body);
    const told = { key: addressOf(key), limitZhi: limitZhi.toString(), expiryHeight: expiryHeight.toString() };
    return [[{ type: 'allowance.set', body: told }]];
  },
  datasetList(body) {
    const { dataset, priceZhi } = decodeDatasetList(body);
    return [[{ type: 'dataset.listed', body: { dataset: bytesToHex(dataset), priceZhi: priceZhi.toString() } }]];
  },
  grant(body, tx) {
    const { dataset, grantee } = decodeGrant(body);
    const told = { dataset: bytesToHex(dataset), owner: addressOf(tx.sender) };
    return [[{ type: 'dataset.granted', account: grantee, body: told }]];
  },
  revoke(body, tx) {
    const { dataset, grantee } = decodeRevoke(body);
    const told = { dataset: bytesToHex(dataset), owner: addressOf(tx.sender) };
    return [[{ type: 'dataset.revoked', account: grantee, body: told }]];
  },
  junkFlag(body) {
    const { dataset, report } = decodeJunkFlag(body);
    return [[{ type: 'dataset.flagged', body: { dataset: bytesToHex(dataset), report: bytesToHex(report) } }]];
  },
  endpoint(body) {
    const { name, action } = decodeEndpoint(body);
    const model = action.kind === 'deploy' ? bytesToHex(action.order) : null;
    const version = action.kind === 'activate' ? action.version : null;
    return [[{ type: 'endpoint.set', body: { name, model, version } }]];
  },
  modelList(body) {
    const { model, royaltyBp, commitment } = decodeModelList(body);
    const told = { model: bytesToHex(model), royaltyBp, commitment: bytesToHex(commitment) };
    return [[{ type: 'model.listed', body: told }]];
  },
  epochReward(body) {
    const { epoch, work } = decodeEpochReward(body);
    return [
      work.map((one) => {
        const told = { epoch: epoch.toString(), work: one.work.toString() };
        return { type: 'reward.paid', account: one.account, body: told };
      }),
    ];
  },
  param: (body) => [[governanceTold(decodeParam(body))]],
  vestClaim: (body) => [[{ type: 'vesting.claimed', body: { grant: decodeVestClaim(body).grant } }]],
  swapIn(body) {
    const { set, index, holder, amountZhi, recipient } = decodeSwapIn(body);
    const told = { set: bytesToHex(set), index, holder: evmHex(holder), amountZhi: amountZhi.toString() };
    return [[{ type: 'swap.claimed', account: recipient, body: told }]];
  },
  swapOut(body) {
    const { to, amountZhi } = decodeSwapOut(body);
    return [[{ type: 'swap.sent', body: { to: evmHex(to), amountZhi: amountZhi.toString() } }]];
  },
};

/** What the transaction brings about if its entries are applied, in entry order. */
export function txEventsOf(tx: Transaction): TxEvent[] {
  const name = txTypeName(tx.type);
  const entries = (name && TOLD[name]?.(tx.body, tx)) ?? [];
  return entries.flatMap((told, entry) =>
    told.map((event) => ({ ...event, entry, account: event.account ?? tx.sender })),
  );
}
