/** Two witnesses of a running network, and what a client that wants both is given. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createClient } from '../../clients/sdk/client.ts';
import { logProofCalls } from '../../clients/sdk/log-proofs.ts';
import { type LocalNetwork, startNetwork } from '../../local/network.ts';
import { type OpenedCheckpoint, openCheckpoint } from '../../protocol/log/open-checkpoint.ts';
import { parseWitnesses } from '../../protocol/log/witness-list.ts';
import { verifyFast } from '../../sealing/signatures.ts';
import { jsonOf, runHai, temporaryFolder } from '../unit/cli/captured-io.ts';

const stores = [temporaryFolder(), temporaryFolder()];
const folder = temporaryFolder();
let network: LocalNetwork;
let keys: string[];

async function hai(...args: string[]) {
  const env = {
    XDG_CONFIG_HOME: folder,
    HAI_PASSPHRASE: 'correct horse',
    HAI_URL: network.url,
    HAI_GENESIS: network.genesis,
  };
  const ran = await runHai([...args, '--json'], { env, fetch });
  return { exit: ran.exit, json: jsonOf(ran) as Record<string, string> };
}

const look = (i: number) => hai('witness', '--store', stores[i] as string, '--once');

async function printedKey(i: number): Promise<string> {
  const ran = await runHai([
    'witness',
    '--store',
    stores[i] as string,
    '--name',
    `witness.test/${i}`,
    '--print-key',
    '--json',
  ]);
  return (jsonOf(ran) as { key: string }).key;
}

/** As a client that requires so many of the two. */
async function openedWith(text: string, required: number): Promise<OpenedCheckpoint> {
  const { genesis, hash } = await createClient({ url: network.url, genesis: network.genesis }).network();
  const witnesses = parseWitnesses(keys.join(' '));
  if (!witnesses.ok) throw new Error(witnesses.code);
  const policy = { genesisHash: hash, logKey: genesis.logKey, witnesses: witnesses.value, required };
  const opened = await openCheckpoint(text, { ...policy, spareLines: 'refuse' }, verifyFast);
  if (!opened.ok) throw new Error(opened.code);
  return opened.value;
}

const log = () => createClient({ url: network.url, genesis: network.genesis }).with(logProofCalls);

/** Until the log has made its first checkpoint, or one that is larger than `size`. */
async function grownBeyond(size: bigint): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    const note = await log()
      .checkpoint(0)
      .catch(() => undefined);
    if (note !== undefined && (await openedWith(note, 0)).head.size > size) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error('the log does not grow');
}

beforeAll(async () => {
  keys = [await printedKey(0), await printedKey(1)];
  network = await startNetwork({ witnesses: keys.join(' ') });
  await hai('wallet', 'new', '--light');
  await hai('wallet', 'faucet', '5');
  await grownBeyond(0n);
}, 120_000);
afterAll(() => network?.close());

describe('two witnesses', () => {
  it('co-sign, and a client that wants both has both', async () => {
    expect(await look(0)).toMatchObject({ exit: 0, json: { action: 'cosigned', key: keys[0] } });
    await expect(log().checkpoint(2)).rejects.toThrow('no such checkpoint');
    expect(await look(1)).toMatchObject({ exit: 0, json: { action: 'cosigned' } });
    const both = await openedWith(await log().checkpoint(2), 2);
    expect(both.cosignatures.map(({ name }) => name)).toEqual(['witness.test/0', 'witness.test/1']);
    const own = await openedWith(readFileSync(join(stores[0] as string, 'checkpoint.txt'), 'utf8'), 1);
    expect(own.head.size).toBeLessThanOrEqual(both.head.size);
  });

  it('co-sign what continues it', async () => {
    const before = await openedWith(await log().checkpoint(2), 2);
    await hai('wallet', 'faucet', '5');
    await grownBeyond(before.head.size);
    for (const i of [0, 1, 0, 1]) expect((await look(i)).exit).toBe(0);
    const after = await openedWith(await log().checkpoint(2), 2);
    expect(after.head.size).toBeGreaterThan(before.head.size);
    expect((await look(0)).json).toMatchObject({ action: 'unchanged', size: after.head.size.toString() });
  });

  it('a stranger co-signs for itself alone', async () => {
    const store = temporaryFolder();
    const { exit, json } = await hai('witness', '--store', store, '--once');
    expect({ exit, json }).toMatchObject({ exit: 4, json: { error: { code: 'unknown_witness' } } });
    expect(readFileSync(join(store, 'checkpoint.txt'), 'utf8')).toContain('hai-witness/');
    expect(await log().checkpoint(0)).not.toContain('hai-witness/');
  });
});
