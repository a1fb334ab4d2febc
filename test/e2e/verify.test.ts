/** `hai verify` against a running network, and against one whose answers were changed on the way. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { base64 } from '@scure/base';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { accountOfSeed } from '../../clients/sdk/account.ts';
import { type LocalNetwork, startNetwork } from '../../local/network.ts';
import { decodeModel } from '../../ml/mlp/model.ts';
import { publicKeyOf } from '../../protocol/ed25519.ts';
import { witnessNoteKey } from '../../protocol/log/cosignature.ts';
import { formatNoteKey } from '../../protocol/log/note.ts';
import { jsonOf, runHai, temporaryFolder } from '../unit/cli/captured-io.ts';

const DIGITS = gunzipSync(readFileSync(new URL('../../data/digits.csv.gz', import.meta.url))).toString('utf8');
const NOBODY = accountOfSeed(new Uint8Array(32).fill(9)).address;

/** Of a witness that this network does not know. */
const STRANGER = formatNoteKey(
  witnessNoteKey({ name: 'other.example', publicKey: publicKeyOf(new Uint8Array(32).fill(3)) }),
);

const folder = temporaryFolder();
const file = (name: string): string => join(folder, name);
let network: LocalNetwork;
let env: Record<string, string>;
let wallet: string;
let trained: string;
let predicted: string;
let witness: string;

async function hai(args: readonly string[], fetcher: typeof fetch = fetch, more: Record<string, string> = {}) {
  const ran = await runHai([...args, '--json'], { env: { ...env, ...more }, fetch: fetcher });
  return { exit: ran.exit, json: jsonOf(ran), stderr: ran.stderr };
}

async function told(...args: string[]): Promise<Record<string, unknown>> {
  const { exit, json } = await hai(args);
  expect(exit, JSON.stringify(json)).toBe(0);
  return json;
}

/** With no network at hand: an address where nobody listens, and a fetch that fails. */
const unlinked: typeof fetch = () => Promise.reject(new TypeError('no network in this test'));

/** A network whose answers to the matching path are changed before they arrive. */
function lying(path: RegExp, change: (bytes: Uint8Array) => Uint8Array): typeof fetch {
  return async (input, init) => {
    const response = await fetch(input, init);
    if (!path.test(String(input)) || !response.ok) return response;
    const bytes = change(new Uint8Array(await response.arrayBuffer()));
    return new Response(bytes as Uint8Array<ArrayBuffer>, { status: response.status, headers: response.headers });
  };
}

function flipped(bytes: Uint8Array, at: number): Uint8Array {
  const changed = Uint8Array.from(bytes);
  changed[at] = (changed[at] as number) ^ 1;
  return changed;
}

/** A model with one bit of another weight, near the end of its int8 half. */
function otherModel(model: Uint8Array): Uint8Array {
  for (let at = model.length - 1; at > 0; at--) {
    const changed = flipped(model, at);
    if (decodeModel(changed).ok) return changed;
  }
  throw new Error('every change breaks the model');
}

beforeAll(async () => {
  const signer = ['witness', '--store', file('witness'), '--name', 'witness.example'];
  const printed = await runHai([...signer, '--print-key', '--json'], { env: {} });
  witness = jsonOf(printed).key as string;
  network = await startNetwork({ witnesses: witness });
  env = {
    XDG_CONFIG_HOME: folder,
    HAI_PASSPHRASE: 'correct horse battery',
    HAI_URL: network.url,
    HAI_GENESIS: network.genesis,
  };
  wallet = (await told('wallet', 'new', '--light')).address as string;
  await told('wallet', 'faucet', '100');
  const lines = DIGITS.split('\n');
  writeFileSync(file('train.csv'), lines.slice(0, 301).join('\n'));
  writeFileSync(
    file('other.csv'),
    lines
      .slice(1, 302)
      .with(0, lines[0] as string)
      .join('\n'),
  );
  writeFileSync(file('rows.csv'), [lines[0], ...lines.slice(601, 621)].join('\n'));
  writeFileSync(file('other-rows.csv'), [lines[0], ...lines.slice(602, 622)].join('\n'));
  const model = file('digits.model.json');
  const order = await told(
    'train',
    file('train.csv'),
    '--epochs',
    '3',
    '--limit',
    '1',
    '--until',
    'final',
    '--model',
    model,
  );
  trained = order.order as string;
  predicted = (await told('predict', model, file('rows.csv'), '--limit', '1')).order as string;
  await told('order', 'watch', predicted);
  for (const id of [trained, predicted]) await told('order', 'receipt', id, '--out', file(`${id}.json`));
});
afterAll(() => network?.close());

describe('hai verify receipt --recompute', () => {
  it('runs a training again, without a network, to the same bytes and the same work log', async () => {
    const args = ['verify', 'receipt', file(`${trained}.json`), '--recompute', '--csv', file('train.csv')];
    const { exit, json } = await hai(args, unlinked);
    expect(exit, JSON.stringify(json)).toBe(0);
    expect(json).toMatchObject({ valid: true, order: trained, recomputed: { chunks: json.chunks } });
    const { bytes, sha256 } = json.recomputed as { bytes: number; sha256: string };
    await told('order', 'result', trained, '--out', file('model.bin'));
    const opened = readFileSync(file('model.bin'));
    expect(opened.length).toBe(bytes);
    expect(sha256).toBe(Buffer.from(await crypto.subtle.digest('SHA-256', opened)).toString('hex'));
  });

  it('runs a prediction again, with the model that was trained', async () => {
    const args = ['verify', file(`${predicted}.json`), '--recompute', '--csv', file('rows.csv')];
    expect(await told(...args)).toMatchObject({ valid: true, order: predicted, recomputed: { chunks: 1 } });
    const given = ['--weights', file('model.bin'), '--model-receipt', file(`${trained}.json`)];
    const offline = await hai([...args, ...given], unlinked);
    expect(offline).toMatchObject({ exit: 0, json: { recomputed: { chunks: 1 } } });
  });

  it('refuses the result of other rows, another model, or another table', async () => {
    const differs = { exit: 1, json: { error: { code: 'result_differs', number: 615 } } };
    const again = (id: string, ...more: string[]) =>
      hai(['verify', 'receipt', file(`${id}.json`), '--recompute', ...more], unlinked);
    expect(await again(trained, '--csv', file('other.csv'))).toMatchObject(differs);
    const receipt = ['--model-receipt', file(`${trained}.json`)];
    const weights = ['--weights', file('model.bin'), ...receipt];
    expect(await again(predicted, '--csv', file('other-rows.csv'), ...weights)).toMatchObject(differs);
    writeFileSync(file('other.bin'), otherModel(readFileSync(file('model.bin'))));
    const other = ['--weights', file('other.bin'), ...receipt];
    expect(await again(predicted, '--csv', file('rows.csv'), ...other)).toMatchObject(differs);
  });

  it('asks for what was ordered, and takes no table of another shape', async () => {
    expect(await hai(['verify', file(`${trained}.json`), '--recompute'])).toMatchObject({ exit: 2 });
    const args = ['verify', file(`${trained}.json`), '--recompute', '--csv', file('rows.csv')];
    expect(await hai(args)).toMatchObject({ exit: 1, json: { error: { code: 'dataset_malformed' } } });
  });
});

describe('hai verify balance', () => {
  it('shows what an account has, and that another has nothing, each kept and checked again without a network', async () => {
    const { balanceZhi } = await told('wallet', 'balance');
    const shown = await told('verify', 'balance', wallet, '--save', file('balance.json'));
    expect(shown).toMatchObject({
      valid: true,
      genesis: network.genesis,
      pinned: true,
      address: wallet,
      regime: 'final',
      account: { balanceZhi },
    });
    expect(await told('verify', 'balance', NOBODY, '--save', file('nobody.json'))).toMatchObject({ account: null });
    const kept = await hai(['verify', 'balance', wallet, '--file', file('balance.json')], unlinked);
    expect(kept).toMatchObject({ exit: 0, json: { account: { balanceZhi }, height: shown.height } });
    expect(await hai(['verify', 'balance', NOBODY, '--file', file('nobody.json')], unlinked)).toMatchObject({
      exit: 0,
    });
  });

  it('refuses another account’s proof, another network’s pin, none, and any other text', async () => {
    const of = (address: string, name: string, more: Record<string, string> = {}) =>
      hai(['verify', 'balance', address, '--file', file(name)], unlinked, more);
    expect(await of(NOBODY, 'balance.json')).toMatchObject({
      exit: 1,
      json: { error: { code: 'state_proof_invalid' } },
    });
    const pinned = { HAI_GENESIS: 'b'.repeat(64) };
    expect(await of(wallet, 'balance.json', pinned)).toMatchObject({ exit: 1, json: { error: { number: 604 } } });
    expect(await of(wallet, 'balance.json', { HAI_GENESIS: '' })).toMatchObject({ exit: 2 });
    writeFileSync(file('spaced.json'), `${readFileSync(file('balance.json'), 'utf8')} `);
    expect(await of(wallet, 'spaced.json')).toMatchObject({ exit: 1, json: { error: { code: 'proof_malformed' } } });
  });

  it('sees a network lie about a balance, and about an account that is there', async () => {
    const lie = (change: (told: { account: { balanceZhi: string } | null }) => void) =>
      lying(/\/proof$/, (bytes) => {
        const answer = JSON.parse(new TextDecoder().decode(bytes));
        change(answer);
        return new TextEncoder().encode(JSON.stringify(answer));
      });
    const untrusted = { exit: 5, json: { error: { code: 'state_proof_invalid' } } };
    const richer = lie(({ account }) => {
      if (account) account.balanceZhi = `${BigInt(account.balanceZhi) + 1n}`;
    });
    expect(await hai(['verify', 'balance', wallet], richer)).toMatchObject(untrusted);
    const gone = lie((answer) => {
      answer.account = null;
    });
    expect(await hai(['verify', 'balance', wallet], gone)).toMatchObject(untrusted);
  });
});

describe('hai verify block', () => {
  it('executes a block again, and a kept one without a network', async () => {
    expect(await told('verify', 'block', '1')).toMatchObject({
      valid: true,
      genesis: network.genesis,
      pinned: true,
      height: '1',
      regime: 'final',
    });
    const shown = await told('verify', 'block', '3', '--save', file('block.json'));
    expect(shown).toMatchObject({ height: '3', supplyZhi: '1000000000000000000' });
    const kept = await hai(['verify', 'block', file('block.json')], unlinked);
    expect(kept).toMatchObject({ exit: 0, json: { height: '3', hash: shown.hash } });
  });

  it('refuses a kept block with a false witness, and a served one with a false body', async () => {
    const saved = JSON.parse(readFileSync(file('block.json'), 'utf8')) as { witness: string };
    const witness = base64.encode(flipped(base64.decode(saved.witness), 40));
    writeFileSync(file('false.json'), `${JSON.stringify({ ...saved, witness }, undefined, 2)}\n`);
    const kept = await hai(['verify', 'block', file('false.json')], unlinked);
    expect(kept).toMatchObject({ exit: 1, json: { error: { code: 'witness_invalid' } } });
    const liar = lying(/\/3\/body$/, (bytes) => flipped(bytes, 50));
    const served = await hai(['verify', 'block', '3'], liar);
    expect(served).toMatchObject({ exit: 5, json: { error: { code: 'inclusion_invalid' } } });
    expect(await hai(['verify', 'block', '999999'])).toMatchObject({ exit: 4, json: { error: { code: 'not_found' } } });
    expect(await hai(['verify', 'block', 'x'])).toMatchObject({ exit: 2 });
  });
});

describe('hai verify chain', () => {
  it('executes everything from the genesis on, and says what it came to', async () => {
    const walked = await told('verify', '--from', '0', '--log');
    const { height } = (await told('block', 'show')) as { height: string };
    expect(walked).toMatchObject({
      valid: true,
      genesis: network.genesis,
      pinned: true,
      fromGenesis: true,
      blocks: Number(walked.to),
      supplyZhi: '1000000000000000000',
      regimes: { final: Number(walked.to) },
      witnessesMissing: 0,
    });
    expect(Number(walked.to)).toBeLessThanOrEqual(Number(height));
    expect(Number(walked.transactions)).toBeGreaterThanOrEqual(Number(walked.to));
    expect(await told('verify', 'chain', '--from', '3', '--to', '5')).toMatchObject({ fromGenesis: false, blocks: 3 });
  });

  it('takes a missing witness for what it is: made up for from the genesis on, refused from later on', async () => {
    const withoutOne: typeof fetch = (input, init) =>
      /\/4\/witness$/.test(String(input))
        ? Promise.resolve(Response.json({ number: 105, code: 'not_found', title: 'No such resource' }, { status: 404 }))
        : fetch(input, init);
    const whole = await hai(['verify', 'chain', '--to', '5'], withoutOne);
    expect(whole).toMatchObject({ exit: 0, json: { blocks: 5, witnessesMissing: 1 } });
    const part = await hai(['verify', 'chain', '--from', '3', '--to', '5'], withoutOne);
    expect(part).toMatchObject({ exit: 5, json: { error: { code: 'not_found' } } });
  });

  it.each([
    ['body', 'inclusion_invalid'],
    ['witness', 'witness_invalid'],
  ])('names the first block whose %s is false', async (part, code) => {
    const liar = lying(new RegExp(`/[46]/${part}$`), (bytes) => flipped(bytes, bytes.length - 1));
    for (const from of ['0', '2']) {
      const { exit, json } = await hai(['verify', 'chain', '--from', from], liar);
      expect({ exit, json }).toMatchObject({ exit: 5, json: { error: { kind: 'untrusted', code } } });
      expect((json.error as { message: string }).message).toContain('block 4 does not hold');
    }
  });

  it('refuses a block in the place of another, an unpinned genesis only with a word of warning', async () => {
    const swapped: typeof fetch = (input, init) => fetch(String(input).replace(/blocks\/3(?=$|\/)/, 'blocks/2'), init);
    expect(await hai(['verify', 'chain'], swapped)).toMatchObject({
      exit: 5,
      json: { error: { code: 'header_invalid' } },
    });
    const unpinned = await hai(['verify', '--from', '0', '--to', '2'], fetch, { HAI_GENESIS: '' });
    expect(unpinned).toMatchObject({ exit: 0, stderr: expect.stringContaining('not pinned') });
    expect(await hai(['verify', '--from', '0'], fetch, { HAI_GENESIS: 'b'.repeat(64) })).toMatchObject({ exit: 5 });
    expect(await hai(['verify', '--from', '9', '--to', '8'])).toMatchObject({ exit: 2 });
    expect(await hai(['verify'])).toMatchObject({ exit: 2 });
  });
});

describe('the log of headers', () => {
  /** Until the tree that the witness co-signs is as large as the chain is now: it takes one checkpoint after the other. */
  async function cosigned(): Promise<void> {
    const { height } = (await told('block', 'show')) as { height: string };
    const round = ['witness', '--store', file('witness'), '--name', 'witness.example', '--once'];
    await vi.waitUntil(async () => Number((await told(...round)).size) >= Number(height), {
      timeout: 60_000,
      interval: 500,
    });
  }
  const checkpoint = file('checkpoint');

  it('holds a block, a receipt and a balance, under a checkpoint that a witness co-signed', async () => {
    await cosigned();
    const logged = { witnesses: ['witness.example'], continues: null };
    expect(await told('verify', 'block', '2', '--witness', witness)).toMatchObject({ logged });
    expect(await told('verify', file(`${trained}.json`), '--witness', witness)).toMatchObject({ logged });
    const alone = { logged: { witnesses: [], continues: null } };
    expect(await told('verify', 'balance', wallet, '--log')).toMatchObject(alone);
    expect(await told('verify', 'block', '2')).toMatchObject({ logged: null });
  });

  it('continues the checkpoint that was kept, which then is the newer one', async () => {
    expect(await told('verify', 'block', '1', '--checkpoint', checkpoint)).toMatchObject({
      logged: { continues: null },
    });
    const before = readFileSync(checkpoint, 'utf8').split('\n')[1];
    await told('wallet', 'transfer', NOBODY, '1');
    const { logged, to } = await told('verify', '--from', '0', '--checkpoint', checkpoint);
    expect(logged).toMatchObject({ continues: before });
    expect(Number(readFileSync(checkpoint, 'utf8').split('\n')[1])).toBeGreaterThanOrEqual(Number(to));
  });

  it('is refused when it is put back, when a tile is false, and when the witness is another', async () => {
    const kept = readFileSync(checkpoint, 'utf8');
    const older = await (await fetch(`${network.url}/v1/log/checkpoint?cosignatures=1`)).text();
    expect(Number(older.split('\n')[1])).toBeLessThan(Number(kept.split('\n')[1]));
    const rolledBack = lying(/\/checkpoint/, () => new TextEncoder().encode(older));
    const refused = (code: string) => ({ exit: 5, json: { error: { code } } });
    const args = ['verify', 'block', '1'];
    expect(await hai([...args, '--checkpoint', checkpoint], rolledBack)).toMatchObject(refused('log_rolled_back'));
    expect(readFileSync(checkpoint, 'utf8')).toBe(kept);
    const falseTile = lying(/\/tile\/0\//, (bytes) => flipped(bytes, 40));
    expect(await hai([...args, '--log'], falseTile)).toMatchObject(refused('inclusion_invalid'));
    const falseText = lying(/\/checkpoint/, (bytes) => flipped(bytes, 90));
    expect((await hai([...args, '--log'], falseText)).exit).toBe(5);
    expect(await hai([...args, '--witness', STRANGER])).toMatchObject(refused('too_few_witnesses'));
    expect(await hai([...args, '--witness', witness, '--require', '2'])).toMatchObject({ exit: 2 });
    expect(await hai([...args, '--witness', 'no key'])).toMatchObject({ exit: 2 });
    writeFileSync(file('foreign'), kept.replaceAll(network.genesis, 'b'.repeat(64)));
    const foreign = await hai([...args, '--checkpoint', file('foreign')]);
    expect(foreign).toMatchObject({ exit: 1, json: { error: { code: 'foreign_network' } } });
  });
});
