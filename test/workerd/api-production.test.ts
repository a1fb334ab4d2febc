/** A production genesis stays closed, though the binding says that this is a development network. */
import { env } from 'cloudflare:workers';
import { expect, it } from 'vitest';
import { openLedger } from '../../ledger/d1.ts';
import { encodeGenesis, genesisHash } from '../../protocol/genesis.ts';
import { initialState } from '../../protocol/state/initial.ts';
import { forgetNetwork } from '../../workers/network.ts';
import { keyPair } from '../support/keys.ts';
import { asProduction, testNetwork } from '../support/network.ts';
import { call, expectProblem } from './api-caller.ts';
import { signer } from './api-signed.ts';

it('refuses loopback webhooks, money for nothing and lies', async () => {
  const genesis = asProduction(testNetwork().genesis);
  await openLedger(env.DB).start(encodeGenesis(genesis), initialState(genesis).accounts());
  forgetNetwork();
  expect(env).toMatchObject({ DEV: '1' });
  const asAlice = signer('production/alice', genesisHash(genesis));
  const webhook = { url: 'http://127.0.0.1:9/hook' };
  await expectProblem(await asAlice('POST', '/v1/webhooks', { json: webhook, key: 'a' }), 'webhook_url_refused', 'url');
  const account = keyPair('production/alice').address;
  await expectProblem(await call('POST', '/v1/faucet', { json: { account }, key: 'b' }), 'dev_only');
  await expectProblem(await call('POST', '/v1/dev/lies', { json: { region: 'enam', times: 1 } }), 'dev_only');
  forgetNetwork();
});
