/** All that signs, encrypts and decrypts, for this visit: loaded when the visitor has chosen data, not before. */
import type { Account } from '../sdk/account.ts';
import { type Client, createClient } from '../sdk/client.ts';
import { sessionAccount } from './wallet.ts';

export interface Session {
  readonly client: Client;
  readonly account: Account;
}

/** `genesis`: the hash of the network that the page has verified; another one is refused from here on. */
export function openSession(genesis: string): Session {
  const account = sessionAccount();
  return { account, client: createClient({ url: location.origin, account, genesis }) };
}
