/** Reserve and Release: a provider is one account's at a time, and is paid for the time it was. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SYSTEM_ACCOUNT } from '../../../protocol/address.ts';
import { earnedZhi, reservations } from '../../../protocol/record/reservation.ts';
import { encodeRelease } from '../../../protocol/tx/release.ts';
import { encodeReserve, RESERVATION_HOURS_MAX } from '../../../protocol/tx/reserve.ts';
import type { UnixMs, Zhi } from '../../../protocol/units.ts';
import { RESERVATION_ZHI_PER_HOUR as HOUR_ZHI, testNetwork } from '../../support/network.ts';
import { FEE_ZHI, FUNDS_ZHI, StakeChain } from '../../support/stakes.ts';

const network = testNetwork();
const provider = network.providers[0]?.key as Uint8Array;
const HOUR_MS = 3_600_000n;
const reserve = (hours: number, key = provider) => encodeReserve({ provider: key, hours });
const RELEASE = encodeRelease({ provider });

/** Alice has the provider for two hours from the chain's tip on. */
function reserved(): { chain: StakeChain; fromMs: bigint; untilMs: bigint } {
  const chain = new StakeChain(network);
  chain.do(chain.alice, 'reserve', reserve(2));
  return { chain, fromMs: chain.parent.timeMs, untilMs: chain.parent.timeMs + 2n * HOUR_MS };
}

describe('Reserve', () => {
  test('puts the price in escrow, and names holder and span', () => {
    const { chain, fromMs, untilMs } = reserved();
    expect(reservations.read(chain.state, provider)).toEqual({
      holder: chain.alice.key,
      fromMs,
      untilMs,
      priceZhi: 2n * HOUR_ZHI,
      closed: false,
    });
    expect(chain.balance(SYSTEM_ACCOUNT.reservations)).toBe(2n * HOUR_ZHI);
    expect(chain.balance(chain.alice.key)).toBe(FUNDS_ZHI - 2n * HOUR_ZHI - FEE_ZHI);
    expect(chain.balance(provider)).toBe(0n);
  });

  test('refuses a provider that is reserved, its holder included, to the last moment', () => {
    const { chain, untilMs } = reserved();
    chain.refuses('provider_reserved', chain.bob, 'reserve', reserve(1));
    chain.refuses('provider_reserved', chain.alice, 'reserve', reserve(1));
    chain.refuses('provider_reserved', chain.bob, 'reserve', reserve(1), untilMs - 1n);
    chain.do(chain.bob, 'reserve', reserve(1, network.providers[1]?.key));
  });

  test('closes one that is over, and pays its provider first', () => {
    const { chain, untilMs } = reserved();
    const result = chain.try(chain.bob, 'reserve', reserve(1), untilMs);
    expect(result.outcome).toEqual(['applied']);
    expect(chain.balance(provider, result)).toBe(2n * HOUR_ZHI);
    expect(chain.balance(SYSTEM_ACCOUNT.reservations, result)).toBe(HOUR_ZHI);
    expect(reservations.read(result.state, provider)).toMatchObject({ holder: chain.bob.key, fromMs: untilMs });
  });

  test('refuses no time, too much, a stranger’s key, and what the balance does not cover', () => {
    const chain = new StakeChain(network);
    chain.refuses('invalid_field', chain.alice, 'reserve', reserve(0));
    chain.refuses('reservation_too_long', chain.alice, 'reserve', reserve(RESERVATION_HOURS_MAX + 1));
    chain.do(chain.alice, 'reserve', reserve(RESERVATION_HOURS_MAX));
    chain.refuses('unknown_provider', chain.bob, 'reserve', reserve(1, chain.alice.key));
    chain.refuses('insufficient_balance', chain.bob, 'reserve', reserve(1000, network.providers[1]?.key));
  });
});

describe('Release', () => {
  test('pays pro rata, and returns the rest to the holder', () => {
    const { chain, fromMs } = reserved();
    const result = chain.try(chain.alice, 'release', RELEASE, fromMs + HOUR_MS / 2n);
    expect(chain.balance(provider, result)).toBe(HOUR_ZHI / 2n);
    expect(chain.balance(chain.alice.key, result)).toBe(FUNDS_ZHI - HOUR_ZHI / 2n - 2n * FEE_ZHI);
    expect(chain.balance(SYSTEM_ACCOUNT.reservations, result)).toBe(0n);
  });

  test('at once pays nothing, at the end all of it', () => {
    const { chain, fromMs, untilMs } = reserved();
    expect(chain.balance(provider, chain.try(chain.alice, 'release', RELEASE, fromMs))).toBe(0n);
    expect(chain.balance(provider, chain.try(chain.alice, 'release', RELEASE, untilMs + 1n))).toBe(2n * HOUR_ZHI);
  });

  test('is the holder’s until the end, and anybody’s after', () => {
    const { chain, untilMs } = reserved();
    chain.refuses('not_authorised', chain.bob, 'release', RELEASE, untilMs - 1n);
    const before = chain.balance(chain.bob.key);
    const result = chain.try(chain.bob, 'release', RELEASE, untilMs);
    expect(result.outcome).toEqual(['applied']);
    expect(chain.balance(chain.bob.key, result)).toBe(before - FEE_ZHI);
  });

  test('refuses a second time, and a provider that nobody has', () => {
    const { chain } = reserved();
    chain.do(chain.alice, 'release', RELEASE);
    chain.refuses('unknown_reservation', chain.alice, 'release', RELEASE);
    chain.do(chain.bob, 'reserve', reserve(1));
    const nobodys = encodeRelease({ provider: network.providers[2]?.key as Uint8Array });
    chain.refuses('unknown_reservation', chain.alice, 'release', nobodys);
  });
});

test('what is earned never falls, never exceeds the price, and is rounded up for the provider', () => {
  fc.assert(
    fc.property(fc.bigInt(0n, 10n ** 12n), fc.bigInt(1n, 10n ** 9n), fc.bigInt(0n, 10n ** 9n), (price, span, at) => {
      const reservation = { holder: provider, fromMs: 5n, untilMs: 5n + span, priceZhi: price, closed: false };
      const earned = (ms: bigint) => earnedZhi(reservation as Parameters<typeof earnedZhi>[0], ms as UnixMs);
      expect(earned(5n)).toBe(0n);
      expect(earned(5n + at + 1n)).toBeGreaterThanOrEqual(earned(5n + at));
      const exact = at >= span ? price : (price * at + span - 1n) / span;
      expect(earned(5n + at)).toBe(exact as Zhi);
    }),
  );
});
