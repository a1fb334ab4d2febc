import { base64 } from '@scure/base';
import { beforeAll, describe, expect, it } from 'vitest';
import { addressOf } from '../../../protocol/address.ts';
import { decodeAllow } from '../../../protocol/tx/allow.ts';
import { parseTransaction } from '../../../protocol/tx/envelope.ts';
import type { WireTransaction } from '../../../protocol/wire.ts';
import { testNetwork } from '../../support/network.ts';
import { jsonOf, runHai, temporaryFolder } from './captured-io.ts';

const { bytes: genesis, hash } = testNetwork();
const KEY = addressOf(testNetwork().key('allowed').key);
const TIP = 40n;
const env = { XDG_CONFIG_HOME: temporaryFolder(), HAI_PASSPHRASE: 'correct horse battery' };
let payer: string;

beforeAll(async () => {
  payer = jsonOf(await runHai(['wallet', 'new', '--light', '--json'], { env })).address as string;
});

const problem = (code: string, status: number) =>
  Response.json(
    { type: 'x', title: 'x', status, code, number: 1, request_id: 'r1', retryable: false },
    { status, headers: { 'content-type': 'application/problem+json' } },
  );

/** A network that seals every transaction at once, or refuses it, and cannot be asked for what is left. */
function network(outcome: Pick<WireTransaction, 'status' | 'code' | 'entries'>, sent: Uint8Array[]): typeof fetch {
  return async (input, init) => {
    const { pathname } = new URL(String(input));
    if (pathname === '/v1/genesis')
      return Response.json({ hash: Buffer.from(hash).toString('hex'), genesis: base64.encode(genesis) });
    if (pathname === '/v1/chain') return Response.json({ tip: { height: TIP.toString() }, baseFeeZhi: '1000' });
    if (pathname === '/v1/transactions') {
      const text = new TextDecoder().decode(await new Response(init?.body as BodyInit).arrayBuffer());
      sent.push(base64.decode((JSON.parse(text) as { transaction: string }).transaction));
      return Response.json({ hash: 'ab'.repeat(32), height: '41', ...outcome });
    }
    return pathname.includes('/allowances/') ? problem('not_found', 404) : Response.json({ nextNonce: '0' });
  };
}

describe('hai allow set', () => {
  it('tells what was set when it cannot be read back', async () => {
    const sent: Uint8Array[] = [];
    const applied = network({ status: 'applied', code: null, entries: [0] }, sent);
    const ran = await runHai(['allow', 'set', KEY, '2', '--blocks', '250', '--json'], { env, fetch: applied });
    const expiryHeight = (TIP + 250n).toString();
    expect(ran.exit).toBe(0);
    expect(jsonOf(ran)).toEqual({
      payer,
      key: KEY,
      leftZhi: '200000000',
      expiryHeight,
      transaction: 'ab'.repeat(32),
      height: '41',
    });
    const parsed = parseTransaction(sent[0] as Uint8Array, hash);
    expect(parsed.ok && decodeAllow(parsed.value.body)).toMatchObject({ limitZhi: 200_000_000n, expiryHeight: 290n });
  });

  it('tells the refusal of what was not set', async () => {
    const refused = network({ status: 'refused', code: 'wrong_home_region', entries: null }, []);
    const ran = await runHai(['allow', 'set', KEY, '2', '--json'], { env, fetch: refused });
    expect(ran.exit).toBe(4);
    expect(jsonOf(ran)).toMatchObject({ error: { code: 'wrong_home_region' } });
  });
});
