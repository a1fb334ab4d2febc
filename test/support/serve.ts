/**
 * Serves a network in a process of its own, to be killed: `node serve.ts --persist DIR --port N --lease-ms N`. Prints one line
 * of JSON, `{"url","genesis"}`, when it is ready.
 */
import { parseArgs } from 'node:util';
import { startNetwork } from '../../local/network.ts';

const { values } = parseArgs({
  options: { persist: { type: 'string' }, port: { type: 'string' }, 'lease-ms': { type: 'string' } },
});
const { url, genesis } = await startNetwork({
  port: Number(values.port ?? 0),
  ...(values.persist === undefined ? {} : { persist: values.persist }),
  ...(values['lease-ms'] === undefined ? {} : { leaseMs: Number(values['lease-ms']) }),
});
console.log(JSON.stringify({ url, genesis }));
