/** Malformed transfers and amounts over HTTP, in the runtime that serves them: each its code, and no account changed. */
import { base64 } from '@scure/base';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Zhi } from '../../protocol/units.ts';
import type { WireBatchOutcome, WireTransaction } from '../../protocol/wire.ts';
import { forgetNetwork } from '../../workers/network.ts';
import { keyPair } from '../support/keys.ts';
import { MALFORMED, MALFORMED_AMOUNTS, type Right, rightTransfer } from '../support/malformed-transfers.ts';
import { testNetwork } from '../support/network.ts';
import { call, clientOf, expectProblem } from './api-caller.ts';

const alice = clientOf('malformed/alice');
const by = keyPair('malformed/alice');
const bob = keyPair('malformed/bob');
let network: Right['network'];

beforeAll(async () => {
  forgetNetwork();
  const { genesis, hash } = await alice.network();
  network = { ...testNetwork(), genesis, hash };
  await alice.faucet();
  await alice.transfer(bob.address, 5n as Zhi);
}, 60_000);

async function right(): Promise<Right> {
  const { tip } = (await (await call('GET', '/v1/chain')).json()) as { tip: { height: string } };
  const nonce = BigInt((await alice.account()).nextNonce);
  return { network, by, to: bob.key, nonce, height: BigInt(tip.height) + 1n };
}

const accounts = () => Promise.all([alice.account(), clientOf('malformed/bob').account()]);
const submit = (bytes: Uint8Array, key: string) =>
  call('POST', '/v1/transactions', { json: { transaction: base64.encode(bytes) }, key });

let keys = 0;
const newKey = () => `malformed-${keys++}`;

describe('a transfer is refused and changes nothing', () => {
  it.each([...MALFORMED, ...MALFORMED_AMOUNTS])('%s: %s', async (_, code, make) => {
    const before = await accounts();
    const bytes = make(await right());
    await expectProblem(await submit(bytes, newKey()), code);
    const batch = await call('POST', '/v1/transactions/batch', {
      json: { transactions: [base64.encode(bytes)] },
      key: newKey(),
    });
    // A batch that an account leads which is not there has no home: it is refused as a whole.
    if (batch.status === 200) {
      const { outcomes } = (await batch.json()) as { outcomes: WireBatchOutcome[] };
      expect(outcomes.map(({ transaction, refused }) => refused?.code ?? transaction?.status)).toEqual([code]);
    } else await expectProblem(batch, code);
    expect(await accounts()).toEqual(before);
  });

  it('and the right one is taken', async () => {
    const response = await submit(rightTransfer(await right()), newKey());
    expect(response.status).toBe(202);
    const { hash } = (await response.json()) as WireTransaction;
    const final = await call('GET', `/v1/transactions/${hash}`, { headers: { prefer: 'wait=20' } });
    expect(await final.json()).toMatchObject({ status: 'applied' });
  });
});

describe('an amount on the wire is a canonical decimal string', () => {
  const ask = (amountZhi: unknown) =>
    call('POST', '/v1/faucet', { json: { account: by.address, amountZhi }, key: newKey() });

  it.each([
    '-1',
    '+1',
    '1e3',
    '0x1',
    '01',
    '00',
    '1.0',
    '1.',
    '.5',
    ' 1',
    '1 ',
    '',
    '１',
    'NaN',
    'Infinity',
    '1'.repeat(21),
    1,
    -1,
    1e3,
    null,
    true,
    ['1'],
    { zhi: '1' },
  ])('%j is none', async (amountZhi) => {
    const before = await accounts();
    await expectProblem(await ask(amountZhi), 'invalid_field', 'amountZhi');
    expect(await accounts()).toEqual(before);
  });

  it.each(['0', '9223372036854775808', '1000000000000000001', '18446744073709551615'])(
    '%s is one, and out of range',
    async (amountZhi) => {
      await expectProblem(await ask(amountZhi), 'amount_out_of_range', 'amountZhi');
    },
  );

  it('18446744073709551616 is above 64 bits', async () => {
    await expectProblem(await ask('18446744073709551616'), 'invalid_field', 'amountZhi');
  });
});
