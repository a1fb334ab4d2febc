/** Both ways to open an order say the same of it: what is ordered, and who pays. */
import { expect, test } from 'vitest';
import { CodecError } from '../../../protocol/codec.ts';
import { openingOf } from '../../../protocol/tx/opening.ts';
import { encodeOrderOpen } from '../../../protocol/tx/order-open.ts';
import { encodeOrderOpenFor } from '../../../protocol/tx/order-open-for.ts';
import { TX_TYPES, type TxTypeName, txTypeNumber } from '../../../protocol/tx/types.ts';
import { keyPair } from '../../support/keys.ts';
import { testNetwork } from '../../support/network.ts';
import { openBody } from '../../support/order-life.ts';
import { StakeChain } from '../../support/stakes.ts';

const sender = keyPair('opening/sender').key;
const payer = keyPair('opening/payer').key;
const order = openBody(new StakeChain(testNetwork()));
const of = (name: TxTypeName, body: Uint8Array) => openingOf({ type: txTypeNumber(name), sender, body });

test('an order is its sender’s, or its payer’s', () => {
  expect(of('orderOpen', encodeOrderOpen(order))).toEqual({ order, demander: sender, sponsored: false });
  const sponsored = encodeOrderOpenFor({ payer, order });
  expect(of('orderOpenFor', sponsored)).toEqual({ order, demander: payer, sponsored: true });
  // Named as its own payer, a sender is sponsored all the same: it needs the allowance that nobody can give itself.
  expect(of('orderOpenFor', encodeOrderOpenFor({ payer: sender, order }))).toMatchObject({ sponsored: true });
});

test('no other type opens one, and a body that does not decode opens none', () => {
  const others = Object.values(TX_TYPES).filter((name) => name !== 'orderOpen' && name !== 'orderOpenFor');
  for (const name of others) expect(of(name, encodeOrderOpen(order))).toBeUndefined();
  expect(openingOf({ type: 99, sender, body: encodeOrderOpen(order) })).toBeUndefined();
  expect(() => of('orderOpenFor', encodeOrderOpen(order))).toThrow(CodecError);
});
