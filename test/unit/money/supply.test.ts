/** Where the supply is: three places that sum up after every block, by what the headers alone say. */
import { describe, expect, test } from 'vitest';
import { SYSTEM_ACCOUNT, SYSTEM_ACCOUNT_NAMES } from '../../../protocol/address.ts';
import { genesisSupply, type Supply, supplyAfter, supplyFrom, supplyPlaceOf } from '../../../protocol/money/supply.ts';
import { epochEndMs } from '../../../protocol/record/epoch.ts';
import type { Overlay } from '../../../protocol/state/overlay.ts';
import { encodeBond } from '../../../protocol/tx/bond.ts';
import { encodeEpochReward } from '../../../protocol/tx/epoch-reward.ts';
import { encodeVestClaim } from '../../../protocol/tx/vest-claim.ts';
import { SUPPLY_ZHI, type Zhi } from '../../../protocol/units.ts';
import { DAY_MS } from '../../../protocol/vesting.ts';
import { TestChain } from '../../support/chain.ts';
import { GENESIS_MS, vestingNetwork } from '../../support/network.ts';

const network = vestingNetwork();
const { genesis } = network;
const searcher = network.searcher('weur');
const alice = network.key('alice');

const supplyIn = (state: Overlay): Supply =>
  supplyFrom((name) => state.account(SYSTEM_ACCOUNT[name])?.balanceZhi ?? 0n);
const reward = encodeEpochReward({ epoch: 0n, work: [{ account: alice.key, work: 1n, homeRegion: 3 }] });
const claim = encodeVestClaim({ grant: 'operationsTeam' });
const total = ({ mintedZhi, unmintedZhi, burnedZhi }: Supply) => mintedZhi + unmintedZhi + burnedZhi;

describe('the places', () => {
  test('have every system account in one of them, and only the unminted ones are paid out of by minting', () => {
    const places = Object.groupBy(SYSTEM_ACCOUNT_NAMES, supplyPlaceOf);
    expect(places.burned).toEqual(['burned']);
    expect(places.unminted?.toSorted()).toEqual(
      ['devAndOps', 'foundation', 'founders', 'marketing', 'minerPool', 'operationsTeam', 'vesting'].toSorted(),
    );
    expect(places.minted?.toSorted()).toEqual(
      ['batches', 'bonds', 'escrow', 'reservations', 'seatPool', 'swap'].toSorted(),
    );
  });

  test('sum to the supply at the genesis, where the faucet alone has what is minted', () => {
    const supply = genesisSupply(genesis);
    expect(supply).toEqual({ mintedZhi: SUPPLY_ZHI / 100n, unmintedZhi: (SUPPLY_ZHI / 100n) * 99n, burnedZhi: 0n });
    expect(supply).toEqual(supplyIn(new TestChain(network).state));
  });

  test('hold no more than there is', () => {
    expect(() => supplyFrom((name) => (name === 'minerPool' ? SUPPLY_ZHI + 1n : 0n))).toThrow(/more than the supply/);
    expect(supplyFrom((name) => (name === 'minerPool' ? SUPPLY_ZHI : 0n)).mintedZhi).toBe(0n);
  });
});

describe('a header', () => {
  const chain = new TestChain(network);
  const fee = genesis.baseFeeZhi;
  const seal = (transactions: readonly Uint8Array[], timeMs?: bigint) => {
    const built = chain.build(transactions, timeMs);
    expect(built.refused).toEqual([]);
    const { header } = built.block;
    const after = supplyAfter(supplyIn(chain.state), header) as Supply;
    chain.take(built);
    expect(after).toEqual(supplyIn(chain.state));
    expect([total(after), header.supplyZhi]).toEqual([SUPPLY_ZHI, SUPPLY_ZHI]);
    return { minted: header.mintedZhi, burned: header.burnedZhi };
  };

  test('says what its block burned, of refused transactions too', () => {
    expect(seal([chain.fund(alice, 9_000_000n), chain.fund(network.key('bob'), 5n)])).toEqual({
      minted: 0n,
      burned: 2n * fee,
    });
    const tooMuch = chain.sign(alice, 'bond', encodeBond({ amountZhi: SUPPLY_ZHI as Zhi }));
    expect(seal([tooMuch])).toEqual({ minted: 0n, burned: fee });
  });

  test('says what its block minted: of a reward and of a claim', () => {
    const end = epochEndMs(genesis, 0n);
    const rewardZhi = ((SUPPLY_ZHI / 100n) * 90n) / 50_587n;
    expect(seal([chain.sign(searcher, 'epochReward', reward)], end)).toEqual({ minted: rewardZhi, burned: 0n });
    const claimedZhi = SUPPLY_ZHI / 100n / 500_000n;
    expect(seal([chain.sign(alice, 'vestClaim', claim)], GENESIS_MS + DAY_MS)).toEqual({
      minted: claimedZhi,
      burned: fee,
    });
  });

  test('mints nothing where money only moves between users and what the rules hold for them', () => {
    const bond = chain.sign(alice, 'bond', encodeBond({ amountZhi: 1_000n as Zhi }));
    expect(seal([bond])).toEqual({ minted: 0n, burned: fee });
  });

  test('costs the witness nothing: what the block does not touch is not read', () => {
    const built = chain.build([chain.fund(alice, 1n)]);
    expect(built.touched.accounts).toHaveLength(3);
  });
});

describe('the sum of headers', () => {
  const supply: Supply = { mintedZhi: 10n as Zhi, unmintedZhi: 5n as Zhi, burnedZhi: 1n as Zhi };
  const next = (mintedZhi: bigint, burnedZhi: bigint) =>
    supplyAfter(supply, { mintedZhi: mintedZhi as Zhi, burnedZhi: burnedZhi as Zhi });

  test('goes on while there is something to mint and to burn', () => {
    expect(next(5n, 15n)).toEqual({ mintedZhi: 0n, unmintedZhi: 0n, burnedZhi: 16n });
    expect(next(0n, 0n)).toEqual(supply);
  });

  test('ends where a block mints or burns what is not there', () => {
    expect(next(6n, 0n)).toBeUndefined();
    expect(next(0n, 11n)).toBeUndefined();
    expect(next(5n, 16n)).toBeUndefined();
  });
});
