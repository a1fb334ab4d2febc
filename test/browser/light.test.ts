/** The light client in a browser whose network is off: a block of 200 transactions, executed again. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { bytesToHex } from '@noble/hashes/utils.js';
import { base64 } from '@scure/base';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bundleLight } from '../../clients/light/build.ts';
import type { Light, LightOptions } from '../../clients/light/light.ts';
import type { Result } from '../../protocol/errors.ts';
import { lightChain } from '../support/light-chain.ts';
import { testNetwork } from '../support/network.ts';
import { CHROMIUM_PATH, openChromium } from './chromium.ts';

const TRANSACTIONS = 200;

/** The chunk that executes is fetched with the rest, before the network goes. */
const PAGE = `<!doctype html><title>light</title><script type="module">
import { openLight } from '/light.js';
import { verifyFast } from '/verify-fast.js';
import '/execute.js';
globalThis.light = { openLight, verifyFast };
</script>`;

/** What the package exports, as the page has it. */
interface Shipped {
  openLight(options: LightOptions): Result<Light>;
  readonly verifyFast: NonNullable<LightOptions['verify']>;
}

/** What the page keeps of a block. */
type Parts = readonly [header: string, certificate: string, body: string, witness: string];

interface Told {
  readonly blocks: readonly string[];
  readonly transactions: number;
  readonly ms: number;
  /** Of a witness, a body, a certificate and a header with one bit changed. */
  readonly refused: readonly string[];
}

describe.skipIf(CHROMIUM_PATH === undefined)('hai-chain/light in Chromium', () => {
  let server: Server;
  let browser: Browser;
  let served: string[] = [];

  beforeAll(async () => {
    const files = await bundleLight();
    server = createServer(({ url = '/' }, response) => {
      served.push(url);
      const file = files.get(url.slice(1));
      response.setHeader('content-type', file ? 'text/javascript' : 'text/html');
      response.end(file ?? PAGE);
    }).listen(0, '127.0.0.1');
    browser = await openChromium();
  });
  afterAll(async () => {
    await browser?.close();
    server?.close();
  });

  test(`validates a block of ${TRANSACTIONS} transactions with the network off`, async () => {
    const network = testNetwork();
    const chain = await lightChain(network, TRANSACTIONS - 1);
    const blocks = chain.blocks.map(({ header, certificate, body, witness }): Parts => {
      return [base64.encode(header), base64.encode(certificate), base64.encode(body), base64.encode(witness)];
    });
    const context = await browser.newContext();
    const page = await context.newPage();
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    await page.waitForFunction(() => 'light' in globalThis);
    await context.setOffline(true);
    served = [];
    const input = { genesis: base64.encode(network.bytes), pin: bytesToHex(network.hash), blocks };
    const told: Told = await page.evaluate(async ({ genesis, pin, blocks: kept }) => {
      const bytesOf = (text: string) => Uint8Array.from(atob(text), (digit) => digit.charCodeAt(0));
      const { openLight, verifyFast: verify } = (globalThis as unknown as { light: Shipped }).light;
      const opened = openLight({ genesis: bytesOf(genesis), pin, verify });
      if (!opened.ok) throw new Error(opened.code);
      const light = opened.value;
      const blocksOf = kept.map((parts) => {
        const [header, certificate, body, witness] = parts.map(bytesOf) as [
          Uint8Array,
          Uint8Array,
          Uint8Array,
          Uint8Array,
        ];
        return { header, certificate, body, witness };
      });
      const last = blocksOf.at(-1) as (typeof blocksOf)[number];
      let previous: Parameters<Light['block']>[0];
      const said: string[] = [];
      for (const block of blocksOf.slice(0, -1)) {
        const executed = await light.block(previous, block);
        if (!executed.ok) throw new Error(`${executed.code} ${executed.evidence}`);
        previous = executed.value;
        said.push(`${executed.value.header.height} ${executed.value.header.regime}`);
      }
      const began = performance.now();
      const executed = await light.block(previous, last);
      const ms = performance.now() - began;
      if (!executed.ok) throw new Error(`${executed.code} ${executed.evidence}`);
      said.push(`${executed.value.header.height} ${executed.value.header.regime}`);
      const refused: string[] = [];
      for (const part of ['witness', 'body', 'certificate', 'header'] as const) {
        const changed = Uint8Array.from(last[part]);
        changed[200] = (changed[200] as number) ^ 1;
        const result = await light.block(previous, { ...last, [part]: changed });
        refused.push(result.ok ? 'accepted' : result.code);
      }
      return { blocks: said, transactions: executed.value.header.txCount, ms, refused };
    }, input);
    const { ms, ...rest } = told;
    console.log(`${rest.transactions} transactions validated in Chromium, offline, in ${ms.toFixed(0)} ms`);
    expect(rest).toEqual({
      blocks: ['1 final', '2 final', '3 final', '4 final'],
      transactions: TRANSACTIONS,
      refused: ['witness_invalid', 'inclusion_invalid', 'certificate_invalid', 'header_invalid'],
    });
    expect(served).toEqual([]);
    await expect(page.evaluate(() => fetch('/'))).rejects.toThrow('Failed to fetch');
    await context.close();
  });
});
