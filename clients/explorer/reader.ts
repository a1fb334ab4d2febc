/** What the page reads before anybody orders anything. No key, no encryption: a first visit loads only this. */
import { chainCalls } from '../sdk/chain.ts';
import { loadNetwork, type Network } from '../sdk/network.ts';
import { createTransport } from '../sdk/transport.ts';

export type Reader = ReturnType<typeof createReader>;

/** `pin`: the hash that the genesis must have; undefined takes the first one that comes. */
export function createReader(pin: string | undefined) {
  const transport = createTransport(location.origin, (input, init) => fetch(input, init));
  return { ...chainCalls(transport), network: (): Promise<Network> => loadNetwork(transport, pin) };
}
