/** Named endpoints of this client's account: which of its models answers under a name, and the versions before it. */
import { hexToBytes } from '@noble/hashes/utils.js';
import { isEndpointName } from '../../protocol/record/endpoint.ts';
import { type EndpointBody, encodeEndpoint } from '../../protocol/tx/endpoint.ts';
import type { WireEndpoint, WireTransaction } from '../../protocol/wire.ts';
import type { Context } from './context.ts';
import { HaiError } from './errors.ts';
import { submitTransaction } from './transactions.ts';

/** Throws HaiError invalid_field for what is no name. */
function named(name: string): string {
  if (isEndpointName(name)) return name;
  throw new HaiError('invalid_field', { param: 'name', detail: 'words of a-z and 0-9 with hyphens between' });
}

export function endpointCalls(context: Context) {
  const { transport } = context;
  async function act(name: string, action: EndpointBody['action']): Promise<WireTransaction> {
    const body = encodeEndpoint({ name: named(name), action });
    return submitTransaction(context, 'endpoint', () => Promise.resolve(body));
  }

  return {
    /** As of the last block. Throws HaiError unknown_endpoint where there is none. */
    async endpoint(name: string, owner = context.account().address): Promise<WireEndpoint> {
      return transport.json({ method: 'GET', path: `/v1/endpoints/${owner}/${named(name)}` });
    },
    /** The checked model of one of our orders as the newest version, which answers at once. Resolves once it is in a block. */
    deployEndpoint: (name: string, order: string) => act(name, { kind: 'deploy', order: hexToBytes(order) }),
    /** Another kept version answers: a rollback, or its undoing. */
    activateEndpoint: (name: string, version: number) => act(name, { kind: 'activate', version }),
  };
}
