/** Random bodies of the transactions that move money or stake, or list things: everything that belongs to no order's life. */
import { SYSTEM_ACCOUNT } from '../../../protocol/address.ts';
import { compareBytes, taggedHash } from '../../../protocol/hash.ts';
import { datasets } from '../../../protocol/record/dataset.ts';
import { rewardedEpochs } from '../../../protocol/record/epoch.ts';
import { regionNumber } from '../../../protocol/regions.ts';
import { encodeAllow } from '../../../protocol/tx/allow.ts';
import { encodeBond } from '../../../protocol/tx/bond.ts';
import { encodeDatasetList } from '../../../protocol/tx/dataset-list.ts';
import { encodeEndpoint } from '../../../protocol/tx/endpoint.ts';
import { encodeEpochReward } from '../../../protocol/tx/epoch-reward.ts';
import { encodeGrant } from '../../../protocol/tx/grant.ts';
import { encodeJunkFlag } from '../../../protocol/tx/junk-flag.ts';
import { encodeModelList } from '../../../protocol/tx/model-list.ts';
import { encodeRelease } from '../../../protocol/tx/release.ts';
import { encodeReserve } from '../../../protocol/tx/reserve.ts';
import { encodeRevoke } from '../../../protocol/tx/revoke.ts';
import { encodeTransfer } from '../../../protocol/tx/transfer.ts';
import { encodeUnbond } from '../../../protocol/tx/unbond.ts';
import { encodeVestClaim } from '../../../protocol/tx/vest-claim.ts';
import { encodeVote } from '../../../protocol/tx/vote.ts';
import type { BlockHeight, Zhi } from '../../../protocol/units.ts';
import { type BodyMaker, orderIn, type WorldView } from './world-view.ts';

/** So few things that they meet again. */
const THINGS = 4;
const thing = ({ draw }: WorldView, kind: string): Uint8Array =>
  taggedHash('HAI/test-thing', Uint8Array.of(kind.length, draw.below(THINGS)));

const user = ({ draw, users }: WorldView): Uint8Array => draw.pick(users).key;

const transfer: BodyMaker = (view) => {
  const { draw, bearers, network } = view;
  const system = draw.chance(0.03);
  const stranger = draw.chance(0.1) ? network.key(`stranger/${draw.below(20)}`).key : user(view);
  const to = system ? draw.pick(Object.values(SYSTEM_ACCOUNT)) : draw.chance(0.05) ? draw.pick(bearers).key : stranger;
  const body = { to, amountZhi: draw.amount<Zhi>(20_000), homeRegion: draw.chance(0.02) ? 9 : regionNumber('weur') };
  return { sender: user(view), body: encodeTransfer(body) };
};

const provider = (view: WorldView): Uint8Array =>
  view.draw.chance(0.05) ? user(view) : view.draw.pick(view.network.providers).key;

const reserve: BodyMaker = (view) => ({
  sender: user(view),
  body: encodeReserve({ provider: provider(view), hours: view.draw.below(view.draw.chance(0.1) ? 1000 : 12) }),
});
const release: BodyMaker = (view) => ({ sender: user(view), body: encodeRelease({ provider: provider(view) }) });

const bond: BodyMaker = (view) => ({
  sender: user(view),
  body: encodeBond({ amountZhi: view.draw.amount<Zhi>(30_000) }),
});
const unbond: BodyMaker = (view) => ({
  sender: user(view),
  body: encodeUnbond(
    view.draw.chance(0.5) ? { kind: 'withdraw' } : { kind: 'begin', amountZhi: view.draw.amount<Zhi>(20_000) },
  ),
});
const vote: BodyMaker = (view) => ({
  sender: user(view),
  body: encodeVote({ candidate: view.draw.chance(0.2) ? undefined : view.draw.pick(view.network.seats).key }),
});

const allow: BodyMaker = (view) => {
  const { draw, bearers, height } = view;
  return {
    sender: user(view),
    body: encodeAllow({
      key: draw.chance(0.95) ? draw.pick(bearers).key : user(view),
      limitZhi: draw.chance(0.15) ? (0n as Zhi) : (BigInt(50_000 + draw.below(400_000)) as Zhi),
      expiryHeight: (height + BigInt(draw.below(300))) as BlockHeight,
    }),
  };
};

const datasetList: BodyMaker = (view) => ({
  sender: user(view),
  body: encodeDatasetList({ dataset: thing(view, 'data'), priceZhi: view.draw.amount<Zhi>(1000) }),
});
/** Mostly by the owner, to one of two. */
function grantBody(view: WorldView): { sender: Uint8Array; body: { dataset: Uint8Array; grantee: Uint8Array } } {
  const { draw, users, state } = view;
  const dataset = thing(view, 'data');
  const owner = datasets.read(state, dataset)?.owner;
  const grantee = draw.pick(users.slice(0, 2)).key;
  return { sender: owner && draw.chance(0.8) ? owner : user(view), body: { dataset, grantee } };
}
const grant: BodyMaker = (view) => {
  const { sender, body } = grantBody(view);
  return { sender, body: encodeGrant(body) };
};
const revoke: BodyMaker = (view) => {
  const { sender, body } = grantBody(view);
  return { sender, body: encodeRevoke(body) };
};
const junkFlag: BodyMaker = (view) => ({
  sender: user(view),
  body: encodeJunkFlag({ dataset: thing(view, 'data'), report: thing(view, 'report') }),
});

const modelList: BodyMaker = (view) => {
  // Seldom: a block that appends a commitment spends 32 Poseidon hashes on the root.
  if (view.draw.chance(0.7)) return undefined;
  const model = taggedHash('HAI/test-model', view.draw.bytes(view.draw.chance(0.5) ? 1 : 2));
  const commitment = Uint8Array.from(model);
  // Below the field's order, but for a few.
  if (view.draw.chance(0.95)) commitment[0] = 0;
  return { sender: user(view), body: encodeModelList({ model, royaltyBp: view.draw.below(5200), commitment }) };
};

const epochReward: BodyMaker = (view) => {
  const { draw, network, state, timeMs, users } = view;
  const { createdMs, epochMs } = network.genesis;
  const current = (timeMs - createdMs) / epochMs;
  const { next } = rewardedEpochs(state);
  const over = current > next ? next + BigInt(draw.below(Number(current - next))) : next;
  const workers = users.filter(() => draw.chance(0.4));
  const work = workers
    .map(({ key }) => ({ account: key, work: BigInt(draw.below(1000)), homeRegion: regionNumber('weur') }))
    .sort((a, b) => compareBytes(a.account, b.account));
  const sender = draw.chance(0.95) ? network.searcher('weur').key : user(view);
  return { sender, body: encodeEpochReward({ epoch: draw.chance(0.05) ? current : over, work }) };
};

const vestClaim: BodyMaker = (view) => ({
  sender: user(view),
  body: encodeVestClaim({
    grant: view.draw.pick(['founders', 'devAndOps', 'foundation', 'operationsTeam', 'operationsTeam', 'marketing']),
  }),
});

const endpoint: BodyMaker = (view) => {
  const { draw } = view;
  const made = orderIn(view, ['checked', 'confirmed', 'settled']);
  if (!made) return undefined;
  const action = draw.chance(0.6)
    ? ({ kind: 'deploy', order: made.id } as const)
    : ({ kind: 'activate', version: draw.below(3) } as const);
  const name = draw.pick(['prices', 'churn', 'not a name']);
  const sender = draw.chance(0.8) ? made.record.demander : user(view);
  return { sender, body: encodeEndpoint({ name, action }) };
};

export const STAKE_BODIES = {
  transfer,
  reserve,
  release,
  bond,
  unbond,
  vote,
  allow,
  datasetList,
  grant,
  revoke,
  junkFlag,
  modelList,
  epochReward,
  vestClaim,
  endpoint,
} as const satisfies Record<string, BodyMaker>;
