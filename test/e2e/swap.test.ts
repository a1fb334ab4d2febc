/**
 * The bundled Worker can check swap claims: secp256k1 and keccak, which it loads by a dynamic import, are in the bundle. What a network
 * with a token does is in test/workerd/api-swap.test.ts; this one has none, and looks at no claim's signature.
 */
import { join } from 'node:path';
import { bytesToHex } from '@noble/hashes/utils.js';
import { base64 } from '@scure/base';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Account, accountOfSeed, newAccountSeed } from '../../clients/sdk/account.ts';
import { type Client, createClient } from '../../clients/sdk/client.ts';
import { signTransaction } from '../../clients/sdk/signed-transaction.ts';
import { swapCalls } from '../../clients/sdk/swap.ts';
import { ROOT } from '../../local/bundle.ts';
import { type LocalNetwork, startNetwork } from '../../local/network.ts';
import { claimStatementOf, encodeClaimStatement } from '../../protocol/swap/claim-statement.ts';
import { encodeSwapIn, type SwapIn } from '../../protocol/tx/swap-in.ts';
import type { BlockHeight, Zhi } from '../../protocol/units.ts';
import { testNetwork } from '../support/network.ts';
import { evmKey, SNAPSHOT, swapClaim } from '../support/swap.ts';
import { jsonOf, runHai } from '../unit/cli/captured-io.ts';

let network: LocalNetwork;
let account: Account;
let client: Client;
let claim: SwapIn;

beforeAll(async () => {
  network = await startNetwork({ entry: join(ROOT, 'test/workerd/claim-check-main.ts') });
  account = accountOfSeed(newAccountSeed());
  client = createClient({ url: network.url, genesis: network.genesis, account });
  await client.faucet();
  const terms = await client.network();
  claim = swapClaim({ ...testNetwork(), ...terms }, SNAPSHOT, 0, account.publicKey);
});
afterAll(() => network?.close());

async function codeOf(body: SwapIn): Promise<string> {
  const { nextNonce } = await client.account();
  const terms = await client.network();
  const signed = await signTransaction(account, terms, {
    type: 'swapIn',
    nonce: BigInt(nextNonce),
    expiryHeight: 5000n as BlockHeight,
    baseFeeZhi: terms.genesis.baseFeeZhi,
    body: encodeSwapIn(body),
  });
  const response = await fetch(`${network.url}/v1/transactions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'idempotency-key': crypto.randomUUID() },
    body: JSON.stringify({ transaction: base64.encode(signed.bytes) }),
  });
  return ((await response.json()) as { code: string }).code;
}

const hai = (...args: string[]) =>
  runHai(['swap', ...args, '--url', network.url, '--genesis', network.genesis, '--json'], { fetch });

it('the command line tells that there is no token, and proves that nothing was swapped out', async () => {
  const status = await hai('status');
  expect([status.exit, jsonOf(status)]).toMatchObject([0, { open: false, sets: [], promisedZhi: '0' }]);
  expect(jsonOf(await hai('outs'))).toEqual({ outs: [], next: null });
  const none = await hai('release-text', '0');
  expect([none.exit, jsonOf(none).error]).toMatchObject([1, { code: 'not_found' }]);
});

async function isSigned({ holder, signature, ...claimed }: SwapIn): Promise<unknown> {
  const { genesis, hash } = await client.network();
  const message = encodeClaimStatement(claimStatementOf(claimed, genesis, hash));
  const body = JSON.stringify([holder, message, signature].map(bytesToHex));
  return (await fetch(`${network.url}/test/claim`, { method: 'POST', body })).json();
}

it('a claim that its holder signed holds in the bundle; a forged one does not', async () => {
  expect(await isSigned(claim)).toBe(true);
  expect(await isSigned({ ...claim, index: 1 })).toBe(false);
  expect(await isSigned({ ...claim, holder: evmKey('thief').address })).toBe(false);
});

it('a network that takes over no token takes no claim, whoever signed it, and nothing out', async () => {
  expect(await codeOf(claim)).toBe('swap_closed');
  expect(await codeOf({ ...claim, index: 1 })).toBe('swap_closed');
  const swapped = client.with(swapCalls);
  await expect(swapped.swapOut(evmKey('receiver').address, 5n as Zhi)).rejects.toMatchObject({ code: 'swap_closed' });
  expect(await swapped.swap()).toMatchObject({ open: false, snapshot: null, outs: '0', balanceZhi: '0' });
});
