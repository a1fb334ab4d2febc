import { chmodSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseAddress } from '../../../protocol/address.ts';
import { jsonOf, runHai, temporaryFolder } from './captured-io.ts';

const PASSPHRASE = 'correct horse battery';

async function newWallet() {
  const folder = temporaryFolder();
  const env = { XDG_CONFIG_HOME: folder, HAI_PASSPHRASE: PASSPHRASE };
  const ran = await runHai(['wallet', 'new', '--light', '--json'], { env });
  return { env, path: join(folder, 'hai', 'keystore.json'), ran };
}

describe('hai wallet new', () => {
  it('makes a keystore that only its owner reads, and shows no secret', async () => {
    const { ran, path } = await newWallet();
    expect(ran.exit).toBe(0);
    const told = jsonOf(ran);
    expect(told.keystore).toBe(path);
    expect(parseAddress(told.address as string)).toBeDefined();
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(statSync(join(path, '..')).mode & 0o777).toBe(0o700);
    expect(ran.stdout + ran.stderr + readFileSync(path, 'utf8')).not.toContain(PASSPHRASE);
  });

  it('never overwrites one', async () => {
    const { env, path } = await newWallet();
    const before = readFileSync(path);
    const again = await runHai(['wallet', 'new', '--light', '--json'], { env });
    expect(again.exit).toBe(1);
    expect(readFileSync(path)).toEqual(before);
  });

  it('takes the place that --keystore or HAI_KEYSTORE names', async () => {
    const path = join(temporaryFolder(), 'deep', 'key.json');
    const env = { HAI_PASSPHRASE: PASSPHRASE, HAI_KEYSTORE: path };
    expect((await runHai(['wallet', 'new', '--light'], { env })).exit).toBe(0);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    const other = join(temporaryFolder(), 'other.json');
    expect((await runHai(['wallet', 'new', '--light', '--keystore', other], { env })).exit).toBe(0);
    expect(readFileSync(other, 'utf8')).not.toBe(readFileSync(path, 'utf8'));
  });

  it('refuses a short passphrase, and one that nobody can be asked for', async () => {
    const env = { XDG_CONFIG_HOME: temporaryFolder() };
    const short = await runHai(['wallet', 'new', '--json'], { env: { ...env, HAI_PASSPHRASE: 'short' } });
    expect(short.exit).toBe(1);
    expect(JSON.stringify(jsonOf(short))).not.toContain('"short"');
    expect((await runHai(['wallet', 'new', '--json'], { env })).exit).toBe(2);
  });
});

describe('hai wallet show and address', () => {
  it('needs neither passphrase nor network', async () => {
    const { env, ran } = await newWallet();
    const { address } = jsonOf(ran);
    const withoutPassphrase = { XDG_CONFIG_HOME: env.XDG_CONFIG_HOME };
    expect(jsonOf(await runHai(['wallet', 'address', '--json'], { env: withoutPassphrase }))).toEqual({ address });
    expect((await runHai(['wallet', 'address'], { env: withoutPassphrase })).stdout).toBe(`${address}\n`);
    const shown = jsonOf(await runHai(['wallet', 'show', '--json'], { env: withoutPassphrase }));
    expect(shown).toEqual({
      address,
      publicKey: expect.stringMatching(/^[0-9a-f]{64}$/),
      keystore: expect.any(String),
    });
  });

  it('refuses where there is no keystore', async () => {
    const ran = await runHai(['wallet', 'show', '--json'], { env: { XDG_CONFIG_HOME: temporaryFolder() } });
    expect(ran.exit).toBe(1);
    expect(jsonOf(ran)).toMatchObject({
      exit: 1,
      error: { kind: 'refused', message: expect.stringContaining('wallet new') },
    });
  });

  it('warns of a keystore that others can read', async () => {
    const { env, path } = await newWallet();
    chmodSync(path, 0o644);
    const ran = await runHai(['wallet', 'address', '--json'], { env });
    expect(ran.exit).toBe(0);
    expect(ran.stderr).toContain('chmod 600');
  });
});

describe('a wallet that signs', () => {
  it('refuses a wrong passphrase before it asks the network', async () => {
    const { env, ran } = await newWallet();
    const to = jsonOf(ran).address as string;
    const args = ['wallet', 'transfer', to, '1', '--json'];
    const wrong = await runHai(args, { env: { ...env, HAI_PASSPHRASE: 'wrong horse battery' } });
    expect(wrong.exit).toBe(1);
    expect(jsonOf(wrong)).toMatchObject({ error: { message: expect.stringContaining('passphrase') } });
    // The right one gets as far as the network, which is not there.
    expect((await runHai(args, { env })).exit).toBe(3);
  });

  it('refuses a keystore whose address was changed', async () => {
    const { env, path } = await newWallet();
    const { env: otherEnv, ran: other } = await newWallet();
    const stranger = jsonOf(other).address as string;
    const changed = { ...JSON.parse(readFileSync(path, 'utf8')), address: stranger };
    writeFileSync(path, JSON.stringify(changed), { mode: 0o600 });
    const ran = await runHai(['wallet', 'transfer', stranger, '1', '--json'], { env });
    expect(ran.exit).toBe(1);
    expect(jsonOf(ran)).toMatchObject({ error: { message: expect.stringContaining('another address') } });
    expect(otherEnv).not.toEqual(env);
  });

  it.each([
    [['wallet', 'transfer', 'hai1nobody', '1']],
    [['wallet', 'transfer', '0x00', '1']],
    [['wallet', 'faucet', '-1']],
    [['wallet', 'faucet', '0']],
    [['wallet', 'faucet', '0.123456789']],
    [['wallet', 'faucet', '1e3']],
    [['wallet', 'balance', 'me']],
  ])('%j is wrong use', async (args) => {
    expect((await runHai([...args, '--json'])).exit).toBe(2);
  });
});
