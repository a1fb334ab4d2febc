/** A network with a verifier: a batch has each its own outcome, and goes on having it when the verifier is killed. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import { hexToBytes } from '@noble/hashes/utils.js';
import { base64 } from '@scure/base';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Client } from '../../clients/sdk/client.ts';
import { type LocalNetwork, startNetwork } from '../../local/network.ts';
import { decodeGenesis } from '../../protocol/genesis.ts';
import { regionNumber } from '../../protocol/regions.ts';
import { encodeTransfer } from '../../protocol/tx/transfer.ts';
import type { Zhi } from '../../protocol/units.ts';
import type { WireBatchOutcome, WireTransaction } from '../../protocol/wire.ts';
import { fundedClient } from '../support/jobs.ts';
import { keyPair } from '../support/keys.ts';
import { signedTransaction, type TestNetwork, testNetwork } from '../support/network.ts';
import { freePort } from '../support/served-network.ts';

const BATCH = 100;
/** In the middle of a batch, so that those behind it show that none was passed over. */
const FORGED = [47, 48, 50, 53, 54];
const SENDERS = ['first', 'second'].map((name) => keyPair(`e2e-verifier/${name}`));
const RECIPIENT = keyPair('e2e-verifier/recipient');
const START_ZHI = 1_000_000_000n as Zhi;
const HOME = 'weur';
const EXIT_WAITS_MAX = 500;

/** Where the verifier is looked for among processes. */
const missing =
  availableParallelism() < 2
    ? 'a verifier needs a second core'
    : existsSync('/proc/self/cmdline')
      ? ''
      : 'no /proc here';

let port: number;
/** Of whichever test ran in this process before. */
let earlier: number[];
let network: LocalNetwork;
let client: Client;
let rules: TestNetwork;
let log = '';
const nonces = SENDERS.map(() => 0n);

beforeAll(async () => {
  if (missing) return;
  port = await freePort();
  earlier = runtimes();
  network = await startNetwork({
    port,
    verifier: true,
    onLog: (text) => {
      log += text;
    },
  });
  client = await fundedClient(network, HOME);
  for (const { address } of SENDERS) await client.transfer(address, START_ZHI, HOME);
  const { genesis } = (await (await fetch(`${network.url}/v1/genesis`)).json()) as { genesis: string };
  rules = { ...testNetwork(), genesis: decodeGenesis(base64.decode(genesis)), hash: hexToBytes(network.genesis) };
});
afterAll(() => network?.close());

/** Both senders in turn. A forged one is another's next transfer with another signature, and uses up no nonce. */
function batch(forged: readonly number[]): Uint8Array[] {
  return Array.from({ length: BATCH }, (_, i) => {
    const at = i % SENDERS.length;
    const by = SENDERS[at] as (typeof SENDERS)[number];
    const nonce = nonces[at] as bigint;
    const body = encodeTransfer({ to: RECIPIENT.key, amountZhi: 1n as Zhi, homeRegion: regionNumber(HOME) });
    const bytes = signedTransaction(rules, { by, type: 'transfer', nonce, body });
    if (forged.includes(i)) return bytes.map((byte, j) => byte ^ Number(j === bytes.length - 20));
    nonces[at] = nonce + 1n;
    return bytes;
  });
}

async function post(transactions: readonly Uint8Array[]): Promise<WireBatchOutcome[]> {
  const response = await fetch(`${network.url}/v1/transactions/batch`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'idempotency-key': crypto.randomUUID() },
    body: JSON.stringify({ transactions: transactions.map((bytes) => base64.encode(bytes)) }),
  });
  expect(response.status, await response.clone().text()).toBe(200);
  return ((await response.json()) as { outcomes: WireBatchOutcome[] }).outcomes;
}

async function finalOf({ hash }: WireTransaction): Promise<WireTransaction> {
  const response = await fetch(`${network.url}/v1/transactions/${hash}`, { headers: { prefer: 'wait=20' } });
  return (await response.json()) as WireTransaction;
}

const received = async () => BigInt((await client.account(RECIPIENT.address)).balanceZhi);

/** Posts a batch, and waits until all of it that is signed is final. */
async function becomesFinal(forged: readonly number[], before: bigint): Promise<void> {
  const outcomes = await post(batch(forged));
  expect(outcomes.map(({ transaction, refused }) => refused?.code ?? transaction?.status)).toEqual(
    Array.from({ length: BATCH }, (_, i) => (forged.includes(i) ? 'bad_signature' : 'pending')),
  );
  const taken = outcomes.flatMap(({ transaction }) => transaction ?? []);
  const last = await Promise.all(taken.map(finalOf));
  expect(last.map(({ status }) => status)).toEqual(Array(BATCH - forged.length).fill('applied'));
  expect(await received()).toBe(before + BigInt(BATCH - forged.length));
}

/** The runtimes that this process has started, but for the one on the network's port. In `stat` they are behind a name in brackets. */
function runtimes(): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const [state, parent] = readFileSync(`/proc/${name}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
        const command = readFileSync(`/proc/${name}/cmdline`, 'utf8');
        const isOurs = state !== 'Z' && Number(parent) === process.pid && command.includes('workerd');
        return isOurs && !command.includes(`127.0.0.1:${port}\0`) ? [Number(name)] : [];
      } catch {
        // It ended in between.
        return [];
      }
    });
}

const verifiers = () => runtimes().filter((id) => !earlier.includes(id));
const awayTold = () => log.split('\n').filter((line) => line.includes('"verifier_away"')).length;

describe.skipIf(missing)(`a network with a verifier${missing && `: ${missing}`}`, () => {
  it('takes what is signed, refuses what is forged, one by one', async () => {
    await becomesFinal(FORGED, 0n);
    // Whatever was asked was answered.
    expect(awayTold()).toBe(0);
  });

  it('takes a batch without a fault whole', async () => {
    await becomesFinal([], await received());
    expect(awayTold()).toBe(0);
  });

  it('goes on by itself when the verifier is killed, and still refuses what is forged', async () => {
    const before = await received();
    const [verifier, ...others] = verifiers();
    expect([typeof verifier, others]).toEqual(['number', []]);
    process.kill(verifier as number, 'SIGKILL');
    for (let i = 0; verifiers().length > 0; i++) {
      if (i === EXIT_WAITS_MAX) throw new Error('the verifier does not end');
      await pause(10);
    }
    await becomesFinal(FORGED, before);
    // It was asked until then: it is missed.
    await expect.poll(awayTold).toBeGreaterThan(0);
    await becomesFinal([], before + BigInt(BATCH - FORGED.length));
  });
});
