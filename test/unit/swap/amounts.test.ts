/** Whole zhi and nothing else, and addresses as ethers writes and reads them. */
import { computeAddress, getAddress, getBytes, hexlify, isAddress, parseUnits, SigningKey } from 'ethers';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { WEI_PER_ZHI, weiToZhi, zhiToWei } from '../../../protocol/swap/amount.ts';
import { formatEvmAddress, parseEvmAddress } from '../../../protocol/swap/evm-address.ts';
import { evmHex } from '../../../protocol/swap/evm-hex.ts';
import { formatHai, SUPPLY_ZHI, type Zhi } from '../../../protocol/units.ts';
import { evmKey } from '../../support/swap.ts';

describe('amounts', () => {
  test('a zhi is as much as ethers parses of its HAI in a token of 18 decimals', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: SUPPLY_ZHI }), (amountZhi) => {
        const wei = zhiToWei(amountZhi as Zhi);
        expect(wei).toBe(parseUnits(formatHai(amountZhi).replace(' HAI', ''), 18));
        expect(weiToZhi(wei)).toBe(amountZhi);
      }),
    );
  });

  test('what is no whole zhi is refused, never rounded', () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: 0n, max: SUPPLY_ZHI - 1n }),
        fc.bigInt({ min: 1n, max: WEI_PER_ZHI - 1n }),
        (n, dust) => {
          expect(weiToZhi(n * WEI_PER_ZHI + dust)).toBeUndefined();
        },
      ),
    );
    expect([0n, WEI_PER_ZHI, zhiToWei(SUPPLY_ZHI)].map(weiToZhi)).toEqual([0n, 1n, SUPPLY_ZHI]);
    expect([-WEI_PER_ZHI, -1n, 1n, WEI_PER_ZHI - 1n, WEI_PER_ZHI + 1n].map(weiToZhi)).toEqual(Array(5).fill(undefined));
    expect(weiToZhi(zhiToWei(SUPPLY_ZHI) + WEI_PER_ZHI)).toBeUndefined();
  });
});

describe('addresses', () => {
  const address = fc.uint8Array({ minLength: 20, maxLength: 20 });

  test('of a key, and their checksums, are those of ethers', () => {
    for (let i = 0; i < 20; i++) {
      const { secret, address: own } = evmKey(`address/${i}`);
      expect(formatEvmAddress(own)).toBe(computeAddress(new SigningKey(hexlify(secret))));
    }
    fc.assert(
      fc.property(address, (bytes) => {
        expect(formatEvmAddress(bytes)).toBe(getAddress(hexlify(bytes)));
      }),
    );
  });

  test('are read in one case, or with the right checksum', () => {
    fc.assert(
      fc.property(address, fc.nat(39), (bytes, at) => {
        const right = formatEvmAddress(bytes);
        for (const text of [right, evmHex(bytes), `0x${evmHex(bytes).slice(2).toUpperCase()}`]) {
          expect(parseEvmAddress(text)).toEqual(bytes);
        }
        const digit = right.charAt(2 + at);
        const other = digit === digit.toUpperCase() ? digit.toLowerCase() : digit.toUpperCase();
        const wrong = right.slice(0, 2 + at) + other + right.slice(3 + at);
        expect(parseEvmAddress(wrong) !== undefined).toBe(isAddress(wrong));
        expect(parseEvmAddress(right)).toEqual(getBytes(right));
      }),
    );
  });

  test.each([
    '',
    '0x',
    `0x${'a'.repeat(39)}`,
    `0x${'a'.repeat(41)}`,
    'a'.repeat(40),
    `0X${'a'.repeat(40)}`,
    `0x${'g'.repeat(40)}`,
  ])('not %j', (text) => {
    expect(parseEvmAddress(text)).toBeUndefined();
  });
});
