/** Named endpoints of this client's account: which of its models answers under a name, and the versions before it. */
import { hexToBytes } from '@noble/hashes/utils.js';
import { isEndpointName } from '../../protocol/record/endpoint.ts';
import { type EndpointBody, encodeEndpoint } from '../../protocol/tx/endpoint.ts';
import type { WireEndpoint, WireEndpoints, WireTransaction } from '../../protocol/wire.ts';
import type { Context } from './context.ts';
import { HaiError, UntrustedError } from './errors.ts';
import { submitTransaction } from './transactions.ts';
import { queryOf } from './transport.ts';

const PAGE_ROWS = 100;
/** Ten thousand names; who has more lists them by the API. */
const PAGES_MAX = 100;

/** Throws HaiError invalid_field for what is no name. */
function named(name: string): string {
  if (isEndpointName(name)) return name;
  throw new HaiError('invalid_field', { param: 'name', detail: 'words of a-z and 0-9 with hyphens between' });
}

/** Ids end in paths and in file names. */
function wellFormed(endpoint: WireEndpoint): WireEndpoint {
  const { name, active, versions } = endpoint;
  const isKnown = versions.some(({ version }) => version === active);
  if (isEndpointName(name) && isKnown && versions.every(({ order }) => /^[0-9a-f]{64}$/.test(order))) return endpoint;
  throw new UntrustedError('the network tells of an endpoint that can not be');
}

export function endpointCalls(context: Context) {
  const { transport } = context;
  async function act(name: string, action: EndpointBody['action']): Promise<WireTransaction> {
    const body = encodeEndpoint({ name: named(name), action });
    return submitTransaction(context, 'endpoint', () => Promise.resolve(body));
  }

  return {
    /** As of the last block, on the network's word: which version answers is not proven. Throws HaiError unknown_endpoint where there is none. */
    async endpoint(name: string, owner = context.account().address): Promise<WireEndpoint> {
      return wellFormed(await transport.json({ method: 'GET', path: `/v1/endpoints/${owner}/${named(name)}` }));
    },
    /** All of an account's, by name; none of an account that has none. */
    async endpoints(owner = context.account().address): Promise<WireEndpoint[]> {
      const found: WireEndpoint[] = [];
      let after: string | null = null;
      for (let pages = 0; pages < PAGES_MAX; pages++) {
        const query = queryOf({ limit: PAGE_ROWS, after: after ?? undefined });
        const page: WireEndpoints = await transport.json({ method: 'GET', path: `/v1/endpoints/${owner}${query}` });
        found.push(...page.endpoints.map(wellFormed));
        after = page.next;
        if (after === null) break;
      }
      return found.sort((a, b) => (a.name < b.name ? -1 : 1));
    },
    /** The checked model of one of our orders as the newest version, which answers at once. Resolves once it is in a block. */
    deployEndpoint: (name: string, order: string) => act(name, { kind: 'deploy', order: hexToBytes(order) }),
    /** Another kept version answers: a rollback, or its undoing. */
    activateEndpoint: (name: string, version: number) => act(name, { kind: 'activate', version }),
  };
}
