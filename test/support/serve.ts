/**
 * Serves a network in a process of its own, to be killed: `node serve.ts --persist DIR --port N --lease-ms N --bundle FILE
 * [--verifier]`. Prints one line of JSON, `{"url","genesis"}`, when it is ready.
 */
import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { deserialize } from 'node:v8';
import { startNetwork } from '../../local/network.ts';

const { values } = parseArgs({
  options: {
    persist: { type: 'string' },
    port: { type: 'string' },
    'lease-ms': { type: 'string' },
    bundle: { type: 'string' },
    verifier: { type: 'boolean', default: false },
  },
});
const { url, genesis } = await startNetwork({
  port: Number(values.port ?? 0),
  verifier: values.verifier,
  ...(values.persist === undefined ? {} : { persist: values.persist }),
  ...(values['lease-ms'] === undefined ? {} : { leaseMs: Number(values['lease-ms']) }),
  ...(values.bundle === undefined ? {} : { bundle: deserialize(await readFile(values.bundle)) }),
});
console.log(JSON.stringify({ url, genesis }));
