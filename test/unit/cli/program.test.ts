import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { EXIT, Interrupted, Refusal, toldError, UsageError } from '../../../clients/cli/exit-codes.ts';
import { HaiError, UnreachableError, UntrustedError } from '../../../clients/sdk/errors.ts';
import { addressOf } from '../../../protocol/address.ts';
import { jsonOf, runHai, temporaryFolder } from './captured-io.ts';

const GENESIS = 'a'.repeat(64);
const PAYER = addressOf(new Uint8Array(32).fill(7));

/** A network that answers every request with one problem document. */
function refusingNetwork(number: number, code: string, status: number): typeof fetch {
  return () =>
    Promise.resolve(
      Response.json(
        { type: 'x', title: 'x', status, code, number, request_id: 'r1', retryable: false, detail: 'because' },
        { status, headers: { 'content-type': 'application/problem+json' } },
      ),
    );
}

describe('exit codes', () => {
  it('are for ever', () => {
    expect(EXIT).toEqual({
      ok: 0,
      refused: 1,
      usage: 2,
      unreachable: 3,
      problem: 4,
      untrusted: 5,
      fault: 70,
      interrupted: 130,
    });
  });

  it.each([
    [new Refusal('no'), 'refused'],
    [new UsageError('no'), 'usage'],
    [new UnreachableError('no'), 'unreachable'],
    [new HaiError('not_found'), 'problem'],
    [new UntrustedError('no'), 'untrusted'],
    [new Interrupted('no'), 'interrupted'],
    [new Error('no'), 'fault'],
    ['thrown text', 'fault'],
  ])('%s is %s', (error, kind) => {
    expect(toldError(error).kind).toBe(kind);
  });

  it('a wallet that nobody has paid is told how it comes by money; another refusal is not', () => {
    expect(toldError(new HaiError('unknown_account'))).toMatchObject({
      code: 'unknown_account',
      message: expect.stringMatching(/The account does not exist; .*`hai wallet faucet`.*transfer/),
    });
    expect(toldError(new HaiError('not_found')).message).not.toContain('faucet');
    expect(toldError(new Refusal('no', 'unknown_account')).message).toBe('no');
  });

  it('names the metrics of each task where they are asked for', async () => {
    const { stdout } = await runHai(['train', '--help']);
    expect(stdout.replace(/\s+/g, ' ')).toContain(
      'logLoss, rocAuc (classes); r2, rmse, mae (values); silhouette (clusters)',
    );
  });

  it('0: help', async () => {
    const help = await runHai(['--help']);
    expect(help).toMatchObject({ exit: 0, stderr: '' });
    for (const name of [
      'up',
      'wallet',
      'allow',
      'train',
      'predict',
      'model',
      'endpoint',
      'order',
      'block',
      'params',
      'bond',
      'verify',
      'info',
    ]) {
      expect(help.stdout).toContain(`${name} `);
      expect((await runHai([name, '--help'])).exit).toBe(0);
    }
    expect(help.stdout).toContain('Exit codes');
  });

  it('0: the version, on stdout alone', async () => {
    const { version } = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')) as {
      version: string;
    };
    expect(await runHai(['--version'])).toEqual({ exit: 0, stdout: `${version}\n`, stderr: '' });
    expect(await runHai(['-V'])).toMatchObject({ exit: 2, stdout: '' });
  });

  it('2: wrong use, in words and as JSON', async () => {
    for (const args of [
      ['bogus'],
      ['verify'],
      ['train', 'x.csv', '--hidden', '0'],
      ['train', 'x.csv', '--seed', '-1'],
      ['train', 'x.csv', '--until', 'never'],
      ['order', 'show', 'short'],
      ['allow', 'set', 'hai1', '1'],
      ['allow', 'set', PAYER, '0'],
      ['allow', 'set', PAYER, '1', '--blocks', '249'],
      ['train', 'x.csv', '--payer', 'hai1'],
      ['block', 'show', '-1'],
      ['block', 'list', '--limit', '101'],
      ['info', '--url', 'ftp://x'],
      ['info', '--genesis', 'abc'],
    ]) {
      const words = await runHai(args);
      expect(words, args.join(' ')).toMatchObject({ exit: 2, stdout: '' });
      expect(words.stderr).not.toBe('');
      const json = jsonOf(await runHai([...args, '--json']));
      expect(json).toMatchObject({ exit: 2, error: { kind: 'usage' } });
    }
  });

  it('3: an unreachable network', async () => {
    const ran = await runHai(['info', '--json']);
    expect(ran.exit).toBe(3);
    expect(jsonOf(ran)).toMatchObject({ exit: 3, error: { kind: 'unreachable' } });
  });

  it("4: the network's refusal, with its code", async () => {
    const fetch = refusingNetwork(400, 'unknown_order', 404);
    const ran = await runHai(['order', 'show', GENESIS, '--json'], { fetch });
    expect(ran.exit).toBe(4);
    expect(jsonOf(ran)).toEqual({
      exit: 4,
      error: {
        kind: 'problem',
        code: 'unknown_order',
        number: 400,
        message: 'No such order: because',
        requestId: 'r1',
        retryable: false,
      },
    });
    const words = await runHai(['order', 'show', GENESIS], { fetch });
    expect(words).toMatchObject({ stdout: '', stderr: 'hai: No such order: because (unknown_order)\n' });
  });

  it('5: a genesis that is not the pinned one', async () => {
    const fetch: typeof globalThis.fetch = () => Promise.resolve(Response.json({ hash: GENESIS, genesis: 'AAAA' }));
    const ran = await runHai(['info', '--genesis', GENESIS, '--json'], { fetch });
    expect(ran.exit).toBe(5);
    expect(jsonOf(ran)).toMatchObject({ error: { kind: 'untrusted' } });
  });

  it('130: stopped', async () => {
    const ran = await runHai(['order', 'watch', '01'.repeat(32), '--json'], { signal: AbortSignal.abort() });
    expect(ran.exit).toBe(130);
  });
});

describe('output', () => {
  it('has no colour codes without a terminal, and none at one with NO_COLOR', async () => {
    const escapeCode = String.fromCharCode(27);
    for (const options of [{}, { isTerminal: true, env: { NO_COLOR: '1' } }]) {
      const { stdout, stderr } = await runHai(['order', 'show', GENESIS], {
        ...options,
        fetch: refusingNetwork(400, 'unknown_order', 404),
      });
      expect(stdout + stderr).not.toContain(escapeCode);
    }
  });

  it('names a file that is not there', async () => {
    const folder = temporaryFolder();
    const model = join(folder, 'none.json');
    const ran = await runHai(['predict', model, model, '--json'], { env: { XDG_CONFIG_HOME: folder } });
    expect(ran.exit).toBe(1);
    expect(jsonOf(ran)).toMatchObject({ error: { message: expect.stringContaining('ENOENT') } });
  });
});
