/** The transactions of the types that belong to no order's life, one after another, as blocks of one or a few each. */
import { taggedHash } from '../../protocol/hash.ts';
import { merklePath, merkleRoot } from '../../protocol/merkle.ts';
import { fieldBytes } from '../../protocol/poseidon.ts';
import { encodeBatchLeaf } from '../../protocol/record/batch.ts';
import { UNBONDING_MS } from '../../protocol/record/bond.ts';
import { encodeAllow } from '../../protocol/tx/allow.ts';
import { encodeBatchClaims } from '../../protocol/tx/batch-claim.ts';
import { encodeBatchSettle } from '../../protocol/tx/batch-settle.ts';
import { encodeBond } from '../../protocol/tx/bond.ts';
import { encodeDatasetList } from '../../protocol/tx/dataset-list.ts';
import { encodeEndpoint } from '../../protocol/tx/endpoint.ts';
import { transactionHash } from '../../protocol/tx/envelope.ts';
import { encodeEpochReward } from '../../protocol/tx/epoch-reward.ts';
import { encodeGrant } from '../../protocol/tx/grant.ts';
import { encodeJunkFlag } from '../../protocol/tx/junk-flag.ts';
import { encodeModelList } from '../../protocol/tx/model-list.ts';
import { orderIdOf } from '../../protocol/tx/order-open.ts';
import { encodeOrderOpenFor, type OrderOpenFor } from '../../protocol/tx/order-open-for.ts';
import { encodeRelease } from '../../protocol/tx/release.ts';
import { encodeReserve } from '../../protocol/tx/reserve.ts';
import { encodeRevoke } from '../../protocol/tx/revoke.ts';
import { encodeUnbond } from '../../protocol/tx/unbond.ts';
import { encodeVestClaim } from '../../protocol/tx/vest-claim.ts';
import { encodeVote } from '../../protocol/tx/vote.ts';
import type { BlockHeight, Zhi } from '../../protocol/units.ts';
import type { TestChain } from './chain.ts';
import type { KeyPair } from './keys.ts';
import { openBody, steps } from './order-life.ts';

const zhi = (amount: bigint) => amount as Zhi;

/** Listings, an allowance, a bond with its vote, a reservation. `by` has money. */
export async function sealStakes(chain: TestChain, by: KeyPair): Promise<void> {
  const seal = async (...transactions: Uint8Array[]) => void (await chain.seal(transactions));
  const dataset = taggedHash('HAI/test-data');
  const grantee = chain.network.key('grantee').key;
  const provider = chain.network.providers[0]?.key as Uint8Array;
  await seal(
    chain.sign(by, 'bond', encodeBond({ amountZhi: zhi(1000n) })),
    chain.sign(by, 'vote', encodeVote({ candidate: chain.network.seats[0]?.key })),
    chain.sign(by, 'unbond', encodeUnbond({ kind: 'begin', amountZhi: zhi(10n) })),
    chain.sign(by, 'datasetList', encodeDatasetList({ dataset, priceZhi: zhi(5n) })),
    chain.sign(by, 'grant', encodeGrant({ dataset, grantee })),
    chain.sign(by, 'revoke', encodeRevoke({ dataset, grantee })),
    chain.sign(by, 'junkFlag', encodeJunkFlag({ dataset, report: taggedHash('HAI/test-report') })),
    chain.sign(
      by,
      'modelList',
      encodeModelList({ model: taggedHash('HAI/test-model'), royaltyBp: 100, commitment: fieldBytes(7n) }),
    ),
    chain.sign(by, 'reserve', encodeReserve({ provider, hours: 1 })),
    chain.sign(by, 'release', encodeRelease({ provider })),
  );
}

/** An order of an allowed key, settled in a batch, and the claim of its bill. Returns the order's id. */
export async function sealAllowedOrder(chain: TestChain, payer: KeyPair): Promise<Uint8Array> {
  const bearer = chain.network.key('bearer');
  const limit = { key: bearer.key, limitZhi: zhi(5_000_000n), expiryHeight: 1000n as BlockHeight };
  await chain.seal([chain.sign(payer, 'allow', encodeAllow(limit))]);
  const body: OrderOpenFor = { payer: payer.key, order: openBody(chain) };
  const bytes = chain.sign(bearer, 'orderOpenFor', encodeOrderOpenFor(body));
  const id = orderIdOf(body.order.region, transactionHash(bytes));
  await chain.seal([bytes]);
  for (const step of [steps.match, steps.work, steps.verdict]) await chain.seal([step(chain, id)]);
  const match = chain.state.order(id)?.match;
  if (!match) throw new Error('not matched');
  const leaf = { order: id, provider: match.provider, demander: payer.key, billZhi: match.billZhi };
  const leaves = [encodeBatchLeaf(leaf)];
  const batch = { orders: [id], root: merkleRoot(leaves), billCycles: match.billCycles, billZhi: match.billZhi };
  const settle = chain.sign(chain.network.searcher('weur'), 'batchSettle', encodeBatchSettle(batch));
  await chain.seal([settle]);
  const claim = { batch: transactionHash(settle), index: 0, ...leaf, path: merklePath(leaves, 0) };
  await chain.seal([chain.sign(payer, 'batchClaim', encodeBatchClaims([claim]))]);
  return id;
}

/** Names the model of one of the account's checked orders. */
export async function sealEndpoint(chain: TestChain, by: KeyPair, order: Uint8Array): Promise<void> {
  const names = ['digits', 'digits-small'];
  const bodies = names.map((name) => encodeEndpoint({ name, action: { kind: 'deploy', order } }));
  await chain.seal(bodies.map((body) => chain.sign(by, 'endpoint', body)));
}

/** What takes time: an epoch's end, a day's vesting, the end of an unbonding. */
export async function sealLater(chain: TestChain, by: KeyPair): Promise<void> {
  const reward = { epoch: 0n, work: [{ account: by.key, work: 3n, homeRegion: 3 }] };
  const searcher = chain.network.searcher('weur');
  const { epochMs } = chain.network.genesis;
  const transactions = [
    chain.sign(searcher, 'epochReward', encodeEpochReward(reward)),
    chain.sign(by, 'vestClaim', encodeVestClaim({ grant: 'operationsTeam' })),
    chain.sign(by, 'unbond', encodeUnbond({ kind: 'withdraw' })),
  ];
  await chain.seal(transactions, chain.parent.timeMs + epochMs + UNBONDING_MS);
}
