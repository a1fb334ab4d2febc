/** `hai verify chain` and `hai verify receipt --log` against networks that state too little, or have two chains. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bytesToHex } from '@noble/hashes/utils.js';
import { describe, expect, it } from 'vitest';
import { encodeBody } from '../../../protocol/block/block.ts';
import { encodeCertificate } from '../../../protocol/block/certificate.ts';
import { encodeHeader } from '../../../protocol/block/header.ts';
import { witnessNoteKey } from '../../../protocol/log/cosignature.ts';
import { formatNoteKey } from '../../../protocol/log/note.ts';
import type { Receipt } from '../../../protocol/proof/receipt.ts';
import { receiptFile } from '../../../protocol/proof/receipt-file.ts';
import { decodeResultProofs, encodeResultProofs } from '../../../protocol/tx/result-proof.ts';
import { TestChain } from '../../support/chain.ts';
import { lightChain, witnessKey } from '../../support/light-chain.ts';
import { testNetwork } from '../../support/network.ts';
import { apart, forgedTransaction, receiptIn, withForged } from '../../support/receipts.ts';
import { type Served, servedBy } from '../../support/served-chain.ts';
import { jsonOf, runHai, temporaryFolder } from './captured-io.ts';

const network = testNetwork();
const genesis = bytesToHex(network.hash);
const chain = await lightChain(network);
const witness = formatNoteKey(witnessNoteKey(witnessKey('one')));
const folder = temporaryFolder();

async function walk(served: Served, ...more: string[]) {
  const args = ['verify', '--from', '0', '--genesis', genesis, '--json', ...more];
  const ran = await runHai(args, { fetch: servedBy(chain, served) });
  return { exit: ran.exit, json: jsonOf(ran) };
}
const untrusted = (code?: string) => ({ exit: 5, json: { error: { kind: 'untrusted', ...(code ? { code } : {}) } } });

describe('a whole chain', () => {
  it('is walked to its tip, and said to be no more than that', async () => {
    expect(await walk({})).toMatchObject({
      exit: 0,
      json: { valid: true, genesis, pinned: true, blocks: 4, logged: null },
    });
    const ran = await runHai(['verify', 'chain', '--genesis', genesis], { fetch: servedBy(chain, { tip: '2' }) });
    expect(ran.stdout).toContain('The chain holds');
    expect(ran.stdout).toContain('whether there is more than block 2, which is the network’s word');
    const unpinned = await runHai(['verify', 'chain', '--json'], { fetch: servedBy(chain) });
    expect(jsonOf(unpinned)).toMatchObject({ valid: true, genesis, pinned: false });
  });

  it.each([['2'], ['0'], ['4']])('is walked as far as its log goes, where it states the tip %s', async (tip) => {
    expect(await walk({ tip }, '--log')).toMatchObject({
      exit: 0,
      json: { to: '4', blocks: 4, logged: { size: '4' } },
    });
    const signed = await walk({ tip, witnesses: ['one'] }, '--witness', witness);
    expect(signed).toMatchObject({ exit: 0, json: { to: '4', logged: { size: '4', witnesses: ['one'] } } });
  });

  it('is refused where its log goes on and its blocks do not', async () => {
    const short = await walk({ tip: '2', blocks: 2 }, '--log');
    expect(short).toMatchObject(untrusted('not_found'));
    expect((short.json.error as { message: string }).message).toContain('block 3 is not served');
    expect(await walk({ tip: '9' })).toMatchObject(untrusted('not_found'));
  });

  it('is walked no further than --to, and the block there is in the log', async () => {
    expect(await walk({}, '--to', '2', '--log')).toMatchObject({ exit: 0, json: { to: '2', logged: { size: '4' } } });
    expect((await walk({}, '--to', '0')).exit).toBe(2);
  });

  it('without a block is nothing that holds', async () => {
    const none = { network, blocks: [] };
    const args = ['verify', 'chain', '--genesis', genesis];
    const words = await runHai(args, { fetch: servedBy(none) });
    expect([words.exit, words.stdout.split('\n')[0]]).toEqual([0, 'No block is served: nothing was checked.']);
    expect(await walk({ tip: '0' })).toMatchObject({ exit: 0, json: { valid: false, blocks: 0 } });
    const logged = await runHai([...args, '--log', '--json'], { fetch: servedBy(none) });
    expect({ exit: logged.exit, json: jsonOf(logged) }).toMatchObject(untrusted('not_found'));
  });

  it.each([['abc'], [undefined], ['-5'], ['1e3'], ['04'], [' 4'], [''], [4], [null], ['18446744073709551616']])(
    'has no tip at %j',
    async (tip) => {
      const served = servedBy(chain, { texts: { '/v1/chain': JSON.stringify({ tip: { height: tip } }) } });
      const ran = await runHai(['verify', 'chain', '--genesis', genesis, '--json'], { fetch: served });
      expect({ exit: ran.exit, json: jsonOf(ran) }).toMatchObject(untrusted());
    },
  );
});

describe('a receipt whose blocks have certificates of their own', () => {
  async function receipts(): Promise<{ fetcher: typeof fetch; honest: Receipt; forked: Receipt }> {
    const own = new TestChain(network);
    const demander = network.key('demander');
    await own.seal([own.fund(demander, 9_000_000n)]);
    const honest = await receiptIn(own, await apart(own, demander, 4));
    const blocks = own.blocks.map(({ certified: { block, certificate } }) => ({
      header: encodeHeader(block.header),
      certificate: encodeCertificate(certificate),
      body: encodeBody(block.body),
      witness: new Uint8Array(),
    }));
    // Another verdict than the one on the chain, in a block that the same seats signed beside it.
    const verdict = 3;
    const bytes = forgedTransaction(network, honest, verdict, network.checker('weur'), ({ body }) => ({
      body: encodeResultProofs(decodeResultProofs(body).map((entry) => ({ ...entry, method: 'freivalds' as const }))),
    }));
    const forked = withForged(network, honest, verdict, bytes);
    return { fetcher: servedBy({ network, blocks }), honest, forked };
  }

  it('is in the log with each of them', async () => {
    const { fetcher, honest, forked } = await receipts();
    expect(honest.blocks.map(({ signatures }) => signatures.length)).toEqual([9, 9, 9, 9, 9]);
    const of = async (receipt: Receipt, ...more: string[]) => {
      const path = join(folder, 'receipt.json');
      writeFileSync(path, receiptFile(receipt));
      const ran = await runHai(['verify', path, '--genesis', genesis, '--json', ...more], { fetch: fetcher });
      return { exit: ran.exit, json: jsonOf(ran) };
    };
    expect(await of(honest, '--log')).toMatchObject({ exit: 0, json: { logged: { witnesses: [] } } });
    // By itself it holds: the log alone shows that one of its blocks is on another chain.
    expect(await of(forked)).toMatchObject({ exit: 0, json: { logged: null } });
    expect(await of(forked, '--log')).toMatchObject(untrusted('inclusion_invalid'));
  });
});
