/** All that signs, encrypts and decrypts, for this visit: loaded when the visitor has chosen data, not before. */
import type { Account } from '../sdk/account.ts';
import { type Client, createClient } from '../sdk/client.ts';
import type { Network } from '../sdk/network.ts';
import { isKnownAt, rememberAt, sessionAccount } from './wallet.ts';

export interface Session {
  readonly client: Client;
  readonly account: Account;
  /** False for an account that nobody can have paid yet. */
  isKnown(): boolean;
  remember(): void;
}

/** `network`: the one that the page has verified; another genesis is refused from here on. */
export function openSession({ hex, genesis }: Network): Session {
  const account = sessionAccount();
  return {
    account,
    client: createClient({ url: location.origin, account, genesis: hex }),
    // Without a faucet somebody else pays the account in, and this tab can't know when.
    isKnown: () => genesis.profile === 'production' || isKnownAt(hex),
    remember: () => rememberAt(hex),
  };
}
