/** Orders at another account's expense: the option, and the client's part of it. */
import type { Command } from 'commander';
import type { Account } from '../sdk/account.ts';
import { address } from './arguments.ts';

export interface PayerOptions {
  readonly payer?: string;
}

export const withPayer = (command: Command): Command =>
  command.option('--payer <address>', 'order in the name of this account, which allowed this key (hai allow)', address);

export const signerOf = (account: Account, { payer }: PayerOptions): { account: Account; payer?: string } => ({
  account,
  ...(payer === undefined ? {} : { payer }),
});
