/** Questions at the terminal. They are asked on stderr, so that stdout stays the result's. */
import { confirm, isCancel, password } from '@clack/prompts';
import { Interrupted, Refusal, UsageError } from './exit-codes.ts';
import type { Io } from './output.ts';

/** NIST SP 800-63B's minimum. */
const PASSPHRASE_CHARACTERS_MIN = 8;

const canAsk = (io: Io): boolean => io.terminal.stdin && io.terminal.stderr;

async function askHidden(message: string): Promise<string> {
  const answer = await password({ message, output: process.stderr });
  if (isCancel(answer)) throw new Interrupted('stopped');
  return answer ?? '';
}

/** HAI_SEAT_PASSPHRASE, or asked for: a seat's keystore is not the account's. */
export async function seatPassphrase(io: Io, file: string): Promise<string> {
  const given = io.env.HAI_SEAT_PASSPHRASE;
  if (given !== undefined) return given;
  if (!canAsk(io))
    throw new UsageError("a seat's keystore needs a passphrase: set HAI_SEAT_PASSPHRASE, or use a terminal");
  return askHidden(`Passphrase of ${file}`);
}

/** HAI_PASSPHRASE, or asked for; never shown and never stored. */
export async function passphrase(io: Io): Promise<string> {
  const given = io.env.HAI_PASSPHRASE;
  if (given !== undefined) return given;
  if (!canAsk(io)) throw new UsageError('the keystore needs a passphrase: set HAI_PASSPHRASE, or use a terminal');
  return askHidden('Passphrase of the keystore');
}

export async function newPassphrase(io: Io): Promise<string> {
  const given = io.env.HAI_PASSPHRASE;
  if (given === undefined && !canAsk(io)) {
    throw new UsageError('a keystore needs a passphrase: set HAI_PASSPHRASE, or use a terminal');
  }
  const chosen = given ?? (await askHidden('New passphrase for the keystore'));
  if ([...chosen].length < PASSPHRASE_CHARACTERS_MIN) {
    throw new Refusal(`a passphrase has at least ${PASSPHRASE_CHARACTERS_MIN} characters`);
  }
  if (given === undefined && (await askHidden('Once more')) !== chosen) throw new Refusal('the two passphrases differ');
  return chosen;
}

/** Undefined when nobody is there to ask. */
export async function agree(io: Io, message: string): Promise<boolean | undefined> {
  if (!canAsk(io)) return undefined;
  const answer = await confirm({ message, output: process.stderr });
  if (isCancel(answer)) throw new Interrupted('stopped');
  return answer;
}
