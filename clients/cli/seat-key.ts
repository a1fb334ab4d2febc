/** The key of a seat, in a keystore of its own. */
import { type Account, accountOfSeed } from '../sdk/account.ts';
import { seatPassphrase } from './ask.ts';
import { openKeystore, parseKeystore } from './keystore.ts';
import type { Io } from './output.ts';
import { readSecretFile } from './secret-files.ts';

export async function seatAccount(io: Io, file: string): Promise<Account> {
  const { text } = readSecretFile(file);
  return accountOfSeed(await openKeystore(parseKeystore(text), await seatPassphrase(io, file)));
}
