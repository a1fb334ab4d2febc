/** hai swap: from a list of holders to a paid claim, with a wallet of ethers, and to a release that its signers can trust. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { hexlify, TypedDataEncoder, Wallet } from 'ethers';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { parseAddress } from '../../../protocol/address.ts';
import { rowOf } from '../../../protocol/governance/parameters.ts';
import { regionNumber } from '../../../protocol/regions.ts';
import type { TypedData } from '../../../protocol/swap/typed-data.ts';
import type { Zhi } from '../../../protocol/units.ts';
import { TestChain } from '../../support/chain.ts';
import { testNetwork } from '../../support/network.ts';
import { evmKey, swapNetwork } from '../../support/swap.ts';
import { jsonOf, type Ran, runHai, temporaryFolder } from '../cli/captured-io.ts';
import { networkOver } from './cli-network.ts';

const folder = temporaryFolder();
const env = { XDG_CONFIG_HOME: folder, HAI_PASSPHRASE: 'correct horse battery' };
const file = (name: string, text: string): string => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};

const wallets = ['cli/0', 'cli/1', 'cli/2'].map((name) => new Wallet(hexlify(evmKey(name).secret)));
const [holder, second] = wallets as [Wallet, Wallet, Wallet];
const HOLDERS = `address,amount\n${wallets.map(({ address }, i) => `${address},${(i + 1) * 10}0000000000`).join('\n')}\n`;

let own: string;
let snapshot: { set: string; records: number; totalZhi: string; merkleRoot: string; parameter: string };
const records = join(folder, 'records.jsonl');

beforeAll(async () => {
  own = jsonOf(await runHai(['wallet', 'new', '--light', '--json'], { env })).address as string;
  const made = await runHai(['swap', 'snapshot', file('holders.csv', HOLDERS), '--out', records, '--json'], { env });
  expect(made).toMatchObject({ exit: 0, stderr: '' });
  snapshot = jsonOf(made) as typeof snapshot;
});

/** A network that takes this very snapshot over, on which this wallet has money. */
async function startChain(): Promise<TestChain> {
  const base = swapNetwork(testNetwork('cli'));
  const merkleRoot = Uint8Array.from(Buffer.from(snapshot.merkleRoot, 'hex'));
  const parts = { records: snapshot.records, totalZhi: BigInt(snapshot.totalZhi) as Zhi, merkleRoot };
  const swap = { ...base.genesis.swap, snapshot: parts };
  const chain = new TestChain(testNetwork('cli', { ...base.genesis, swap }));
  const key = parseAddress(own) as Uint8Array;
  await chain.seal([chain.fund({ name: 'own', seed: key, key, address: own }, 1_000_000n)]);
  return chain;
}

describe('hai swap snapshot', () => {
  const run = (name: string, text: string, ...more: string[]): Promise<Ran> =>
    runHai(['swap', 'snapshot', file(name, text), '--json', ...more], { env });

  it('tells set and sum, and writes a record a line', () => {
    expect(snapshot).toMatchObject({ records: 3, totalZhi: '60' });
    const { set, merkleRoot, parameter } = snapshot;
    expect(parameter).toBe(`root=${set} records=3 totalZhi=60 merkleRoot=${merkleRoot}`);
    expect(rowOf('swapSet').text(rowOf('swapSet').parse(parameter))).toBe(parameter);
    const lines = readFileSync(records, 'utf8').trimEnd().split('\n');
    expect(lines.map((line) => (JSON.parse(line) as { set: string }).set)).toEqual(Array(3).fill(snapshot.set));
  });

  it('is the same whatever the order and the form of the list', async () => {
    const [header, ...lines] = HOLDERS.trimEnd().split('\n');
    const reversed = `${header}\r\n${lines.toReversed().join('\r\n')}`;
    const tokens = `amount,address\n${wallets.map(({ address }, i) => `0.000000${i + 1}0,${address.toLowerCase()}`).join('\n')}`;
    const json = JSON.stringify(wallets.map(({ address }, i) => ({ address, amount: `${i + 1}00000000000` })));
    for (const [text, ...more] of [[reversed], [tokens, '--unit', 'hai'], [json]] as [string, ...string[]][]) {
      expect(jsonOf(await run('again', text, ...more))).toMatchObject({ set: snapshot.set, totalZhi: '60' });
    }
  });

  it('of locks lets an address come again, and no event', async () => {
    const lock = (index: number) => `${holder.address},10000000000,0x${'ab'.repeat(32)},${index}`;
    const header = 'address,amount,txHash,logIndex';
    expect(jsonOf(await run('locks.csv', [header, lock(1), lock(2)].join('\n')))).toMatchObject({ records: 2 });
    expect(await run('twice.csv', [header, lock(1), lock(1)].join('\n'))).toMatchObject({ exit: 1 });
  });

  const line = (address: string, amount: string) => `address,amount\n${address},${amount}`;
  const mixed = holder.address.replace(/[a-f]/, (letter) => letter.toUpperCase());
  it.each([
    ['dust below a zhi', line(holder.address, '10000000001'), 'line 2: 10000000001 wei is not a whole number of zhi'],
    ['less than a zhi', line(holder.address, '9999999999'), 'not a whole number of zhi'],
    ['more than there is', line(holder.address, `1${'0'.repeat(28)}1`), 'not a whole number'],
    ['nothing', line(holder.address, '0'), 'an amount of nothing'],
    ['a negative amount', line(holder.address, '-1'), 'not an integer in wei'],
    ['a fraction of a wei', line(holder.address, '1.5'), 'not an integer in wei'],
    ['a wrong checksum', line(mixed, '10000000000'), 'checksum is wrong'],
    ['a short address', line('0xab', '10000000000'), 'not an address'],
    ['a holder twice', `${HOLDERS}${second.address.toLowerCase()},10000000000`, 'is in line 3 already'],
    ['another column', `address,amount,name\n${holder.address},1,x`, 'the columns are'],
    ['a cell too many', `${line(holder.address, '10000000000')},5`, '3 cells, not 2'],
    ['a number in JSON', JSON.stringify([{ address: holder.address, amount: 10_000_000_000 }]), 'is not a text'],
    ['no JSON', '[{', 'not JSON'],
    ['nobody', 'address,amount\n', 'a set of 0 records'],
    ['an event without its index', `address,amount,txHash\n${holder.address},10000000000,0xab`, 'the columns are'],
  ])('refuses %s', async (_, text, why) => {
    const ran = await run('bad', text);
    expect(ran.exit).toBe(1);
    expect((jsonOf(ran).error as { message: string }).message).toContain(why);
  });

  it('does not overwrite records', async () => {
    expect(await run('holders.csv', HOLDERS, '--out', records)).toMatchObject({ exit: 1 });
  });
});

describe('hai swap claim', () => {
  let chain: TestChain;
  beforeEach(async () => {
    chain = await startChain();
  });
  const hai = (args: string[]): Promise<Ran> => runHai(['swap', ...args, '--json'], { env, fetch: networkOver(chain) });
  const whose = (wallet: Wallet): string[] => ['--record', records, '--holder', wallet.address];
  const recipient = testNetwork('cli').key('claimant');

  async function signed(wallet: Wallet, ...more: string[]): Promise<string> {
    const text = jsonOf(await hai(['claim-text', ...whose(wallet), ...more])) as unknown as TypedData;
    const { EIP712Domain: _, ...types } = text.types;
    return wallet.signTypedData(text.domain, types as Parameters<Wallet['signTypedData']>[1], text.message);
  }

  it('pays the record to the account and the home that the holder signed', async () => {
    const to = ['--to', recipient.address, '--home', 'apac'];
    const ran = await hai(['claim', ...whose(holder), ...to, '--signature', await signed(holder, ...to)]);
    expect(ran).toMatchObject({ exit: 0, stderr: '' });
    expect(jsonOf(ran)).toMatchObject({ recipient: recipient.address, amountZhi: '10', holder: holder.address });
    expect(chain.state.account(recipient.key)).toMatchObject({ balanceZhi: 10n, homeRegion: regionNumber('apac') });
    expect(await hai(['claim', ...whose(holder), ...to, '--signature', await signed(holder, ...to)])).toMatchObject({
      exit: 4,
    });
  });

  it('pays this wallet’s account unless told otherwise, and takes v as 0 or 1', async () => {
    const signature = await signed(second);
    const old = signature.slice(0, -2) + (signature.endsWith('1b') ? '00' : '01');
    expect(await hai(['claim', ...whose(second), '--signature', old])).toMatchObject({ exit: 0 });
    expect(chain.state.account(parseAddress(own) as Uint8Array)?.balanceZhi).toBe(1_000_000n + 20n - 14_000n);
  });

  it('refuses, before it is sent, a signature over another claim or by another key', async () => {
    const height = chain.parent.height;
    for (const signature of [
      await signed(holder, '--to', recipient.address),
      await signed(holder, '--home', 'sam'),
      await signed(second),
      `0x${'00'.repeat(64)}1b`,
    ]) {
      const ran = await hai(['claim', ...whose(holder), '--signature', signature]);
      expect(ran.exit).toBe(4);
      expect(jsonOf(ran).error).toMatchObject({ code: 'bad_signature', param: 'signature' });
    }
    expect(chain.parent.height).toBe(height);
  });

  it('refuses a record that is not in its set, and a file of several without a holder', async () => {
    const line = readFileSync(records, 'utf8').split('\n')[0] as string;
    const richer = file('richer.json', line.replace(/"amountZhi":"\d+"/, '"amountZhi":"99"'));
    const ran = await hai(['claim-text', '--record', richer]);
    expect([ran.exit, jsonOf(ran).error]).toMatchObject([1, { code: 'proof_invalid' }]);
    const spare = file('spare.json', line.replace('{', '{"more":1,'));
    expect(jsonOf(await hai(['claim-text', '--record', spare])).error).toMatchObject({ code: 'proof_malformed' });
    expect(await hai(['claim-text', '--record', records])).toMatchObject({ exit: 2 });
    const stranger = Wallet.createRandom().address;
    expect(await hai(['claim-text', '--record', records, '--holder', stranger])).toMatchObject({ exit: 1 });
    expect(await hai(['claim-text', '--record', join(folder, 'none')])).toMatchObject({ exit: 1 });
  });

  it.each([
    ['a short signature', ['--signature', '0x00']],
    ['a region that does not exist', ['--home', 'mars', '--signature', `0x${'00'.repeat(65)}`]],
    ['no signature', []],
  ])('with %s is wrong use', async (_, more) => {
    expect(await hai(['claim', ...whose(holder), ...more])).toMatchObject({ exit: 2 });
  });
});

describe('hai swap out', () => {
  let chain: TestChain;
  beforeEach(async () => {
    chain = await startChain();
  });
  const hai = (args: string[], lie?: (record: Uint8Array) => Uint8Array): Promise<Ran> =>
    runHai(['swap', ...args, '--json'], { env, fetch: networkOver(chain, lie) });

  it('leaves a swap out whose release text is the one that ethers hashes', async () => {
    expect(await hai(['out', '0.0000005', '--to', second.address])).toMatchObject({ exit: 0, stderr: '' });
    const pin = Buffer.from(chain.network.hash).toString('hex');
    const ran = await hai(['release-text', '0', '--genesis', pin]);
    expect(ran).toMatchObject({ exit: 0, stderr: '' });
    const { types, domain, message } = jsonOf(ran) as unknown as TypedData;
    expect(message).toEqual({
      network: `0x${pin}`,
      sequence: '0',
      to: second.address.toLowerCase(),
      amount: '500000000000',
    });
    const { EIP712Domain: _, ...own712 } = types;
    const payload = TypedDataEncoder.getPayload(
      domain,
      own712 as Record<string, { name: string; type: string }[]>,
      message,
    );
    expect(payload.primaryType).toBe('Release');
  });

  it('that is not there has none', async () => {
    const ran = await hai(['release-text', '0']);
    expect([ran.exit, jsonOf(ran).error]).toMatchObject([1, { code: 'not_found' }]);
  });

  it('of which the network lies is refused: another amount, another receiver', async () => {
    await hai(['out', '0.0000005', '--to', second.address]);
    for (const at of [0, 19, 20, 27, 28]) {
      const lie = (record: Uint8Array) => record.map((byte, i) => (i === at ? byte ^ 1 : byte));
      const ran = await hai(['release-text', '0'], lie);
      expect([ran.exit, jsonOf(ran).error]).toMatchObject([5, { code: 'state_proof_invalid' }]);
    }
  });

  it.each([
    ['to a wrong checksum', ['out', '1', '--to', second.address.replace(/[a-f]/, (letter) => letter.toUpperCase())]],
    ['to nobody', ['out', '1']],
    ['of nothing', ['out', '0', '--to', second.address]],
    ['below a zhi', ['out', '0.000000001', '--to', second.address]],
  ])('%s is wrong use', async (_, args) => {
    expect(await hai(args)).toMatchObject({ exit: 2 });
  });

  it('above the balance is refused by the chain', async () => {
    const ran = await hai(['out', '5', '--to', second.address]);
    expect([ran.exit, jsonOf(ran).error]).toMatchObject([4, { code: 'insufficient_balance' }]);
  });
});
