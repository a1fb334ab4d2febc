/** One encoding for every body: what decodes re-encodes to the same bytes, whatever was done to them. */
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { CodecError } from '../../../protocol/codec.ts';
import { encodeAllow } from '../../../protocol/tx/allow.ts';
import { encodeBatchClaims } from '../../../protocol/tx/batch-claim.ts';
import { encodeBatchSettle } from '../../../protocol/tx/batch-settle.ts';
import { encodeBond } from '../../../protocol/tx/bond.ts';
import { encodeDatasetList } from '../../../protocol/tx/dataset-list.ts';
import { encodeEndpoint } from '../../../protocol/tx/endpoint.ts';
import { parseTransaction } from '../../../protocol/tx/envelope.ts';
import { encodeEpochReward } from '../../../protocol/tx/epoch-reward.ts';
import { encodeGrant } from '../../../protocol/tx/grant.ts';
import { encodeJunkFlag } from '../../../protocol/tx/junk-flag.ts';
import { encodeModelList } from '../../../protocol/tx/model-list.ts';
import { encodeOrderConfirm } from '../../../protocol/tx/order-confirm.ts';
import { encodeOrderMatches } from '../../../protocol/tx/order-match.ts';
import { encodeOrderOpen } from '../../../protocol/tx/order-open.ts';
import { encodeOrderOpenFor } from '../../../protocol/tx/order-open-for.ts';
import { encodeOrderRefund } from '../../../protocol/tx/order-refund.ts';
import { encodeOrderSettles } from '../../../protocol/tx/order-settle.ts';
import { encodeParam } from '../../../protocol/tx/param.ts';
import { encodeRelease } from '../../../protocol/tx/release.ts';
import { encodeReserve } from '../../../protocol/tx/reserve.ts';
import { encodeResultProofs } from '../../../protocol/tx/result-proof.ts';
import { encodeRevoke } from '../../../protocol/tx/revoke.ts';
import { ruleOf } from '../../../protocol/tx/rules.ts';
import { encodeSwapIn } from '../../../protocol/tx/swap-in.ts';
import { encodeSwapOut } from '../../../protocol/tx/swap-out.ts';
import { encodeTransfer } from '../../../protocol/tx/transfer.ts';
import { TX_TYPES, type TxTypeName, txTypeName } from '../../../protocol/tx/types.ts';
import { encodeUnbond } from '../../../protocol/tx/unbond.ts';
import { encodeVestClaim } from '../../../protocol/tx/vest-claim.ts';
import { encodeVote } from '../../../protocol/tx/vote.ts';
import { encodeWorkProofs } from '../../../protocol/tx/work-proof.ts';
import type { BlockHeight, UnixMs } from '../../../protocol/units.ts';
import { TestChain } from '../../support/chain.ts';
import { RandomWorld } from '../../support/random-transactions.ts';

// Each takes the entries that its own rule's decodeBody makes.
// biome-ignore lint/suspicious/noExplicitAny: see above
type Encode = (value: any) => Uint8Array;
const LISTS: Partial<Record<TxTypeName, Encode>> = {
  orderMatch: encodeOrderMatches,
  workProof: encodeWorkProofs,
  resultProof: encodeResultProofs,
  orderSettle: encodeOrderSettles,
  batchClaim: encodeBatchClaims,
};
const SINGLES: Partial<Record<TxTypeName, Encode>> = {
  transfer: encodeTransfer,
  orderOpen: encodeOrderOpen,
  orderConfirm: encodeOrderConfirm,
  orderRefund: encodeOrderRefund,
  batchSettle: encodeBatchSettle,
  orderOpenFor: encodeOrderOpenFor,
  reserve: encodeReserve,
  release: encodeRelease,
  bond: encodeBond,
  unbond: encodeUnbond,
  vote: encodeVote,
  datasetList: encodeDatasetList,
  grant: encodeGrant,
  revoke: encodeRevoke,
  modelList: encodeModelList,
  junkFlag: encodeJunkFlag,
  epochReward: encodeEpochReward,
  vestClaim: encodeVestClaim,
  allow: encodeAllow,
  swapIn: encodeSwapIn,
  swapOut: encodeSwapOut,
  param: encodeParam,
  endpoint: encodeEndpoint,
};

function reencoded(name: TxTypeName, entries: unknown[]): Uint8Array | undefined {
  return LISTS[name]?.(entries) ?? SINGLES[name]?.(entries[0]);
}

/** The entries, or undefined for bytes that are no body; any other failure is one of the decoder. */
function decoded(name: TxTypeName, bytes: Uint8Array): unknown[] | undefined {
  try {
    return ruleOf(name).decodeBody(bytes);
  } catch (error) {
    expect(error).toBeInstanceOf(CodecError);
    return undefined;
  }
}

const NAMES = Object.values(TX_TYPES);
const bodies = new Map<TxTypeName, Uint8Array[]>();
const SEED = 4711;

beforeAll(() => {
  const world = new RandomWorld(SEED);
  const chain = new TestChain(world.network);
  const take = (transactions: Uint8Array[], timeMs: bigint) => {
    const built = chain.build(transactions, timeMs);
    world.take(built);
    if (built.transactions.length > 0) chain.take(built);
  };
  take(world.funding(chain.state), chain.parent.timeMs + 1n);
  for (let block = 0; block < 200; block++) {
    const timeMs = (chain.parent.timeMs + 1000n) as UnixMs;
    const height = (chain.parent.height + 1n) as BlockHeight;
    const made = Array.from({ length: 8 }, () => world.next({ state: chain.state, height, timeMs }));
    for (const bytes of made) {
      const parsed = parseTransaction(bytes, world.network.hash);
      const name = parsed.ok ? txTypeName(parsed.value.type) : undefined;
      if (parsed.ok && name && decoded(name, parsed.value.body)) {
        bodies.set(name, [...(bodies.get(name) ?? []), parsed.value.body]);
      }
    }
    take(made, timeMs);
  }
});

describe.each(NAMES)('a body of %s', (name) => {
  const drawn = fc.nat().map((n) => {
    const own = bodies.get(name) ?? [];
    return own[n % own.length] as Uint8Array;
  });

  test('re-encodes to its bytes', () => {
    expect(bodies.get(name)?.length).toBeGreaterThan(0);
    for (const body of bodies.get(name) ?? []) {
      expect(reencoded(name, decoded(name, body) as unknown[])).toEqual(body);
    }
  });

  test('is refused with a byte too few, wherever it ends, and with a byte too many', () => {
    fc.assert(
      fc.property(drawn, fc.nat(255), fc.nat(), (body, byte, at) => {
        expect(decoded(name, Uint8Array.of(...body, byte))).toBeUndefined();
        const cut = body.subarray(0, at % body.length);
        const entries = decoded(name, cut);
        expect(entries && reencoded(name, entries)).toEqual(entries && cut);
        expect(decoded(name, body.subarray(0, -1))).toBeUndefined();
      }),
      { numRuns: 60 },
    );
  });

  test('with any byte changed, is refused or is the one encoding of something else', () => {
    fc.assert(
      fc.property(drawn, fc.nat(), fc.integer({ min: 1, max: 255 }), (body, at, mask) => {
        const changed = Uint8Array.from(body);
        const place = at % body.length;
        changed[place] = (changed[place] as number) ^ mask;
        const entries = decoded(name, changed);
        expect(entries && reencoded(name, entries)).toEqual(entries && changed);
      }),
      { numRuns: 200 },
    );
  });
});

/** The count in two bytes where one does: 0x81 0x00 for 1. */
test.each(Object.keys(LISTS) as TxTypeName[])('a list of %s with a long count is refused', (name) => {
  const body = bodies.get(name)?.find((one) => one[0] === 1) as Uint8Array;
  expect(decoded(name, body)).toHaveLength(1);
  expect(decoded(name, Uint8Array.of(0x81, 0, ...body.subarray(1)))).toBeUndefined();
});

test.each(['batchSettle', 'epochReward'] as const)('a list inside %s with a long count is refused', (name) => {
  const at = name === 'batchSettle' ? 0 : 8;
  const body = bodies.get(name)?.find((one) => one[at] === 1) as Uint8Array;
  const long = Uint8Array.of(...body.subarray(0, at), 0x81, 0, ...body.subarray(at + 1));
  expect(decoded(name, body)).toHaveLength(1);
  expect(decoded(name, long)).toBeUndefined();
});
