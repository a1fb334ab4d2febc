/** What the options of a command come to: output, network, keystore and clients. */
import { join } from 'node:path';
import type { Command } from 'commander';
import { type Account, accountOfSeed } from '../sdk/account.ts';
import { type Client, createClient } from '../sdk/client.ts';
import { passphrase } from './ask.ts';
import { Refusal, UsageError } from './exit-codes.ts';
import { type Keystore, openKeystore, parseKeystore } from './keystore.ts';
import { type Io, Output } from './output.ts';
import { configFolder, fileExists, readSecretFile } from './secret-files.ts';

/** Where `hai up` serves unless told otherwise. */
export const LOCAL_PORT = 8787;
const LOCAL_URL = `http://127.0.0.1:${LOCAL_PORT}`;

/** Options that every command takes. */
export interface CommonOptions {
  readonly json?: true;
  readonly url?: string;
  readonly genesis?: string;
  readonly keystore?: string;
}

export function withCommonOptions(command: Command): Command {
  return command
    .option('--json', 'one JSON line on stdout')
    .option('--url <url>', `the network (HAI_URL; otherwise ${LOCAL_URL})`)
    .option('--genesis <hash>', "hash that the network's genesis must have (HAI_GENESIS)")
    .option('--keystore <file>', 'the keystore (HAI_KEYSTORE; otherwise ~/.config/hai/keystore.json)');
}

export class Session {
  readonly io: Io;
  readonly out: Output;
  readonly url: string;
  readonly genesis: string | undefined;
  readonly keystorePath: string;
  readonly #isUrlGiven: boolean;
  readonly #baseFeeMaxZhi: bigint | undefined;

  constructor(io: Io, options: CommonOptions) {
    this.io = io;
    this.out = new Output(io, options.json === true);
    const url = options.url ?? io.env.HAI_URL;
    this.#isUrlGiven = url !== undefined;
    this.url = networkUrl(url ?? LOCAL_URL);
    this.genesis = options.genesis ?? (io.env.HAI_GENESIS || undefined);
    if (this.genesis !== undefined && !/^[0-9a-f]{64}$/.test(this.genesis)) {
      throw new UsageError('a genesis hash has 64 lower-case hex digits');
    }
    this.#baseFeeMaxZhi = io.env.HAI_BASE_FEE_MAX ? wholeZhi(io.env.HAI_BASE_FEE_MAX) : undefined;
    this.keystorePath = options.keystore ?? (io.env.HAI_KEYSTORE || join(configFolder(io.env), 'keystore.json'));
  }

  hasKeystore(): boolean {
    return fileExists(this.keystorePath);
  }

  readKeystore(): Keystore {
    if (!this.hasKeystore()) throw new Refusal(`no keystore at ${this.keystorePath}; hai wallet new makes one`);
    const { text, isOpen } = readSecretFile(this.keystorePath);
    if (isOpen) this.out.warn(`${this.keystorePath} can be read by others; chmod 600 it`);
    return parseKeystore(text);
  }

  /** Without its passphrase, by what the file says of itself. */
  address(): string {
    const { address } = this.readKeystore();
    if (!address) throw new Refusal('the keystore does not name its address; it was not made by hai');
    return address;
  }

  /** Asks for the passphrase. */
  async account(): Promise<Account> {
    const keystore = this.readKeystore();
    const account = accountOfSeed(await openKeystore(keystore, await passphrase(this.io)));
    // The name is not under the mac: a changed one would show another's balance as ours.
    if (keystore.address !== undefined && keystore.address !== account.address) {
      throw new Refusal('the keystore holds the key of another address than it names');
    }
    return account;
  }

  client(options: { account?: Account; payer?: string; url?: string; genesis?: string } = {}): Client {
    const genesis = this.genesis ?? options.genesis;
    return createClient({
      url: options.url ?? this.url,
      ...(this.io.fetch ? { fetch: this.io.fetch } : {}),
      ...(options.account ? { account: options.account } : {}),
      ...(options.payer === undefined ? {} : { payer: options.payer }),
      ...(genesis === undefined ? {} : { genesis }),
      ...(this.#baseFeeMaxZhi === undefined ? {} : { baseFeeMaxZhi: this.#baseFeeMaxZhi }),
    });
  }

  /** Of the network that an order's file names; --url and HAI_URL may know it under another address. */
  clientOf(file: { url: string; genesis: string }, signer: { account?: Account; payer?: string } = {}): Client {
    const url = this.#isUrlGiven ? this.url : networkUrl(file.url);
    return this.client({ ...signer, url, genesis: file.genesis });
  }
}

function wholeZhi(text: string): bigint {
  if (!/^\d{1,19}$/.test(text)) throw new UsageError(`HAI_BASE_FEE_MAX is not a number of zhi: ${text}`);
  return BigInt(text);
}

function networkUrl(text: string): string {
  const url = URL.parse(text);
  if (!url || (url.protocol !== 'http:' && url.protocol !== 'https:'))
    throw new UsageError(`not an http(s) URL: ${text}`);
  return text;
}
