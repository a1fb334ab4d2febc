import { bytesToHex } from '@noble/hashes/utils.js';
import { base64 } from '@scure/base';
import { describe, expect, it } from 'vitest';
import { OrderFiles } from '../../../clients/cli/order-files.ts';
import { type OrderState, STEPS } from '../../../protocol/order/lifecycle.ts';
import { testNetwork } from '../../support/network.ts';
import { jsonOf, runHai, temporaryFolder } from './captured-io.ts';

const ID = '01'.repeat(32);
const NO_STEPS = Object.fromEntries(STEPS.map((step) => [step, null]));

/** A network whose one order is in this state. */
function serving(state: OrderState, final: boolean): typeof fetch {
  const quote = { cycles: '1', priceZhi: '1', durationMs: '1' };
  const order = { id: ID, state, final, steps: NO_STEPS, attempts: [], progress: null, quote };
  const work = { kind: 'predict', rows: 1, model: ID };
  const text = JSON.stringify({ ...order, work, priceLimitZhi: '1', bill: null, block: null, resultRoot: null });
  return async () => new Response(`id: 1\nevent: order\ndata: ${text}\n\n`);
}

describe('following an order', () => {
  it.each(['cancelled', 'expired', 'unserved'] as const)('that ended as %s is refused, final or not', async (state) => {
    for (const until of ['checked', 'final']) {
      for (const final of [false, true]) {
        const ran = await runHai(['order', 'watch', ID, '--until', until, '--json'], { fetch: serving(state, final) });
        expect(ran.exit, `${until}, ${final}`).toBe(1);
        expect(jsonOf(ran)).toMatchObject({ error: { kind: 'refused' }, exit: 1 });
      }
    }
  });

  it('that settled is done', async () => {
    const fetch = serving('settled', true);
    for (const until of ['checked', 'final']) {
      const ran = await runHai(['order', 'watch', ID, '--until', until, '--json'], { fetch });
      expect(jsonOf(ran)).toMatchObject({ id: ID, state: 'settled' });
      expect(ran.exit).toBe(0);
    }
  });
});

describe("an order's result", () => {
  const network = testNetwork();
  const hash = bytesToHex(network.hash);

  async function hostAsked(args: readonly string[], env: Record<string, string>): Promise<string[]> {
    const folder = temporaryFolder();
    const kept = { order: ID, url: 'http://where-it-was-placed', genesis: hash, contentKey: new Uint8Array(32) };
    const file = { kind: 'prediction', ...kept, target: 't', classValues: [0, 1], rows: 1 } as const;
    new OrderFiles({ XDG_CONFIG_HOME: folder }).write(file);
    const hosts: string[] = [];
    const fetch: typeof globalThis.fetch = async (url) => {
      hosts.push(new URL(String(url)).host);
      if (String(url).endsWith('/v1/genesis')) return Response.json({ hash, genesis: base64.encode(network.bytes) });
      return Response.json({ number: 400 }, { status: 404 });
    };
    expect(await runHai(['order', 'result', ID, ...args], { env: { XDG_CONFIG_HOME: folder, ...env }, fetch })).toEqual(
      expect.objectContaining({ exit: 4 }),
    );
    return [...new Set(hosts)];
  }

  it('is asked of the network that its file names, unless another address is given', async () => {
    expect(await hostAsked([], {})).toEqual(['where-it-was-placed']);
    expect(await hostAsked([], { HAI_URL: 'http://moved' })).toEqual(['moved']);
    expect(await hostAsked(['--url', 'http://here'], { HAI_URL: 'http://moved' })).toEqual(['here']);
  });
});
