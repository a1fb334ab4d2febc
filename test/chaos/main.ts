/**
 * `npm run chaos [-- --kills N --seed S]`: the whole local network is killed by SIGKILL again and again, under transfers and
 * predict orders, and started again on its storage. Then: nothing acknowledged is lost, nothing is applied twice, and the chain
 * that the API serves executes from its genesis to the same header in every block. A JSON line last.
 *
 * This is the death of processes, not the loss of power: what the operating system has taken from them, it keeps.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { hexToBytes } from '@noble/hashes/utils.js';
import { base64 } from '@scure/base';
import { accountOfSeed, newAccountSeed } from '../../clients/sdk/account.ts';
import { createClient } from '../../clients/sdk/client.ts';
import { startNetwork } from '../../local/network.ts';
import { decodeGenesis } from '../../protocol/genesis.ts';
import type { WireTransaction } from '../../protocol/wire.ts';
import { audit } from '../support/audit.ts';
import { newSeed, randomOf } from '../support/random.ts';
import { freePort, type Served, ServedNetwork } from '../support/served-network.ts';
import { untilAnswered } from '../support/until-answered.ts';
import { type ReplayedChain, replayChain } from './chain.ts';
import { Orders } from './orders.ts';
import { AMOUNT_ZHI, type ChaosNetwork, Transfers } from './transfers.ts';

const KILLS = 50;
/** Between a start and the next kill. */
const LIFE_MS_MIN = 150;
const LIFE_MS_MAX = 1_200;
const LEASE_MS = 400;
const FINAL_MS = 60_000;
const TRANSFER_REGIONS = ['weur', 'enam', 'apac'] as const;

interface Load {
  readonly transfers: readonly Transfers[];
  readonly orders: readonly Orders[];
}

async function chaosNetwork({ url, genesis }: Served): Promise<ChaosNetwork> {
  const answer = (await fetch(`${url}/v1/genesis`).then((one) => one.json())) as { genesis: string };
  return { url, hash: hexToBytes(genesis), genesis: decodeGenesis(base64.decode(answer.genesis)) };
}

async function prepare(served: Served, network: ChaosNetwork, seed: number): Promise<Load> {
  const parts = () => ({ url: served.url, genesis: served.genesis, account: accountOfSeed(newAccountSeed()) });
  const funder = createClient(parts());
  await funder.faucet();
  const transfers = TRANSFER_REGIONS.map((region) => new Transfers(`chaos/${seed}/${region}`, network, region));
  for (const one of transfers) await one.fund(funder);
  const orders = [
    await Orders.in('weur', funder, { waitSeconds: 2 }, parts()),
    await Orders.in('sam', funder, { preferQueue: true }, parts()),
  ];
  return { transfers, orders };
}

async function killAgainAndAgain(network: ServedNetwork, kills: number, random: () => number): Promise<void> {
  for (let kill = 1; kill <= kills; kill++) {
    await pause(LIFE_MS_MIN + random() * (LIFE_MS_MAX - LIFE_MS_MIN));
    await network.kill();
    await network.start();
    if (kill % 10 === 0) console.log(`${kill} kills`);
  }
}

/** Acknowledged transfers whose one outcome is not `applied`. */
async function lostTransfers({ url }: ChaosNetwork, { acknowledged }: Transfers): Promise<string[]> {
  const lost: string[] = [];
  const deadline = performance.now() + FINAL_MS;
  for (const hash of acknowledged) {
    const ask = () => fetch(`${url}/v1/transactions/${hash}`, { headers: { prefer: 'wait=10' } });
    let found: WireTransaction | undefined;
    do {
      const response = await ask();
      found = response.ok ? ((await response.json()) as WireTransaction) : undefined;
    } while (found?.status === 'pending' && performance.now() < deadline);
    if (found?.status !== 'applied') lost.push(`transfer ${hash} is ${found?.status ?? 'not there'}`);
  }
  return lost;
}

async function lostOrders({ acknowledged, client }: Orders): Promise<string[]> {
  const lost: string[] = [];
  for (const id of acknowledged) {
    const answer = await untilAnswered(
      () => client.waitOrder(id, 'final', FINAL_MS),
      () => false,
    );
    // Nobody lied and no deadline passed: the one outcome is settled.
    if (answer?.order.state !== 'settled') lost.push(`order ${id} is ${answer?.order.state}`);
  }
  return lost;
}

/** What the replayed chain says of the transfers: each in one block, and the recipient has as much as was sent. */
function transferFaults({ replay, times }: ReplayedChain, { acknowledged, recipient, sender }: Transfers): string[] {
  const faults = acknowledged.flatMap((hash) =>
    times.get(hash) === 1 ? [] : [`transfer ${hash} is in ${times.get(hash) ?? 0} blocks`],
  );
  const sent = replay.state.account(sender.key)?.nonce ?? 0n;
  const received = replay.state.account(recipient.key)?.balanceZhi ?? 0n;
  if (received !== sent * AMOUNT_ZHI) faults.push(`${sent} transfers were sealed and ${received} zhi came`);
  if (sent < BigInt(acknowledged.length)) faults.push(`${acknowledged.length} were acknowledged, ${sent} sealed`);
  return faults;
}

async function auditStorage(folder: string): Promise<{ faults: readonly string[]; height: number }> {
  const local = await startNetwork({ persist: folder, leaseMs: LEASE_MS, verifier: true });
  try {
    return await audit(await local.miniflare.getD1Database('DB'));
  } finally {
    await local.close();
  }
}

async function run(kills: number, seed: number) {
  const folder = await mkdtemp(join(tmpdir(), 'hai-chaos-'));
  const network = new ServedNetwork({ persist: folder, port: await freePort(), leaseMs: LEASE_MS, verifier: true });
  try {
    const served = await network.start();
    const chaos = await chaosNetwork(served);
    const load = await prepare(served, chaos, seed);
    let stopped = false;
    const all = [...load.transfers, ...load.orders].map((one) => one.run(() => stopped));
    // A fault in the load ends the run at once.
    await Promise.race([Promise.all(all), killAgainAndAgain(network, kills, randomOf(seed))]);
    stopped = true;
    await Promise.all(all);
    const lost = (
      await Promise.all([...load.transfers.map((one) => lostTransfers(chaos, one)), ...load.orders.map(lostOrders)])
    ).flat();
    const chain = await replayChain(chaos);
    const twice = load.transfers.flatMap((one) => transferFaults(chain, one));
    await network.kill();
    const stored = await auditStorage(folder);
    const acknowledged = (some: readonly { acknowledged: readonly string[] }[]) =>
      some.reduce((sum, one) => sum + one.acknowledged.length, 0);
    return {
      transfers: acknowledged(load.transfers),
      orders: acknowledged(load.orders),
      blocks: chain.height,
      stateless: chain.stateless,
      faults: [...lost, ...chain.faults, ...twice, ...stored.faults],
    };
  } finally {
    await network.kill();
    await rm(folder, { recursive: true, force: true });
  }
}

const { values } = parseArgs({ options: { kills: { type: 'string' }, seed: { type: 'string' } } });
const kills = Number(values.kills ?? KILLS);
const seed = values.seed === undefined ? newSeed() : Number(values.seed);
if (!Number.isSafeInteger(kills) || kills < 1 || !Number.isSafeInteger(seed)) {
  console.error('usage: npm run chaos -- [--kills N] [--seed S]');
  process.exit(2);
}
console.log(`seed ${seed}, ${kills} kills`);
const { faults, ...figures } = await run(kills, seed);
for (const fault of faults.slice(0, 50)) console.error(fault);
// A run that was not under load, or that sealed nothing in between, has shown nothing.
const idle = figures.transfers < kills || figures.orders < kills / 5 || figures.blocks <= kills / 2;
if (idle) console.error('there was too little load to say anything');
console.log(JSON.stringify({ seed, kills, ...figures, failing: faults.length, replayed: faults.length === 0 }));
if (faults.length > 0 || idle) process.exitCode = 1;
process.exit();
