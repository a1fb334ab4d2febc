/**
 * The Ethereum development chains, each in a process of its own, a block a second, under the same transfers: JSON-RPC batches of
 * eth_sendRawTransaction, signed ahead. Their gas limit is raised, so that no block is full before the machine is.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import { BATCH, type BenchedChain, JSON_BODY } from '../ledger-load.ts';
import { type EthereumAccount, ethereumAccount, signedTransfer } from './ethereum-transaction.ts';
import { installedVersion } from './package.ts';

const CHAIN_ID = 31_337;
const GAS_LIMIT = 3_000_000_000;
const START_MS = 60_000;
const FUNDED_AT_ONCE = 100;
/** A folder of their own: what they bring along must not stand before the product's own dependencies. */
const CHAINS = new URL('../chains/', import.meta.url);
const FOLDER = fileURLToPath(CHAINS);

export interface EthereumKind {
  readonly name: string;
  readonly package: string;
  /** What it lacks of what our figure holds, and does beyond it. */
  readonly differs: string;
  readonly fundMethod: string;
  command(port: number): readonly string[];
}

const LACKS = 'one process, no re-execution by others, no votes, no witness';

function anvil(name: string, differs: string, ...more: readonly string[]): EthereumKind {
  const command = (port: number) => ['anvil', '--port', `${port}`, '--block-time', '1', '--silent', ...more];
  return {
    name,
    package: '@foundry-rs/anvil',
    differs: `${LACKS}, ${differs}`,
    fundMethod: 'anvil_setBalance',
    command,
  };
}

const IN_MEMORY = 'state in memory only (a kill loses it); runs the EVM, recovers secp256k1 signatures';

export const ETHEREUM_CHAINS: readonly EthereumKind[] = [
  anvil('anvil', `${IN_MEMORY}; its default gas limit of 30 M holds 1,428 transfers a block`),
  anvil('anvil, large blocks', `${IN_MEMORY}; gas limit raised`, '--gas-limit', `${GAS_LIMIT}`),
  {
    name: 'hardhat',
    package: 'hardhat',
    differs: `${LACKS}, ${IN_MEMORY}, records traces; gas limit raised`,
    fundMethod: 'hardhat_setBalance',
    command: (port) => [
      'hardhat',
      '--config',
      `${FOLDER}hardhat.config.mjs`,
      'node',
      '--network',
      'node',
      '--port',
      `${port}`,
    ],
  },
  {
    name: 'ganache',
    package: 'ganache',
    differs: `${LACKS}; runs the EVM, recovers secp256k1 signatures, keeps a Merkle-Patricia trie; gas limit raised`,
    fundMethod: 'evm_setAccountBalance',
    command: (port) => [
      'ganache',
      '--server.port',
      `${port}`,
      '--miner.blockTime',
      '1',
      '--chain.chainId',
      `${CHAIN_ID}`,
      '--miner.blockGasLimit',
      `0x${GAS_LIMIT.toString(16)}`,
      '--logging.quiet',
    ],
  },
];

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

type Rpc = (method: string, ...params: unknown[]) => Promise<unknown>;

const rpcBody = (method: string, params: readonly unknown[], id: number) => ({ jsonrpc: '2.0', id, method, params });

async function ask(url: string, body: string): Promise<unknown> {
  const response = await fetch(url, { method: 'POST', headers: JSON_BODY, body });
  return response.json();
}

function rpcOf(url: string): Rpc {
  return async (method, ...params) => {
    const answer = (await ask(url, JSON.stringify(rpcBody(method, params, 1)))) as {
      result?: unknown;
      error?: unknown;
    };
    if (answer.error) throw new Error(`${method}: ${JSON.stringify(answer.error)}`);
    return answer.result;
  };
}

async function untilServing(rpc: Rpc, child: ChildProcess): Promise<void> {
  const endMs = performance.now() + START_MS;
  for (;;) {
    if (child.exitCode !== null) throw new Error(`it ended with ${child.exitCode}`);
    try {
      await rpc('eth_chainId');
      return;
    } catch (error) {
      if (performance.now() > endMs) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

export interface EthereumChain extends BenchedChain {
  readonly version: string;
  readonly differs: string;
  readonly pid: number;
  /** Batches of transfers by each sender in turn. Uses up their nonces. */
  bodies(transactions: number, recipientAt: (i: number) => Uint8Array): string[];
  close(): Promise<void>;
}

/** Undefined where it is not installed. */
export async function startEthereum(kind: EthereumKind, senders: number): Promise<EthereumChain | undefined> {
  const version = await installedVersion(kind.package, CHAINS);
  if (version === undefined) return undefined;
  const port = await freePort();
  const [bin = '', ...args] = kind.command(port);
  // Not through their #!: the Node that runs this is the Node that runs them.
  const script = `${FOLDER}node_modules/.bin/${bin}`;
  const child = spawn(process.execPath, [script, ...args], {
    stdio: 'ignore',
    cwd: FOLDER,
  });
  const url = `http://127.0.0.1:${port}`;
  const rpc = rpcOf(url);
  const close = async () => {
    const ended = new Promise((resolve) => child.once('exit', resolve));
    if (child.exitCode === null && child.kill('SIGTERM')) await ended;
  };
  try {
    await untilServing(rpc, child);
    const accounts = Array.from({ length: senders }, (_, i) => ethereumAccount(sha256(utf8ToBytes(`bench/${i}`))));
    await fund(url, kind.fundMethod, accounts);
    return {
      ...chainOf(kind.name, url, rpc),
      version,
      differs: kind.differs,
      pid: child.pid as number,
      bodies: bodiesOf(accounts),
      close,
    };
  } catch (error) {
    await close();
    throw new Error(`${kind.name} did not start`, { cause: error });
  }
}

async function fund(url: string, method: string, accounts: readonly EthereumAccount[]): Promise<void> {
  const balance = `0x${(10n ** 20n).toString(16)}`;
  for (let from = 0; from < accounts.length; from += FUNDED_AT_ONCE) {
    const some = accounts.slice(from, from + FUNDED_AT_ONCE);
    const calls = some.map(({ address }, i) => rpcBody(method, [`0x${bytesToHex(address)}`, balance], i));
    refusalIn(await ask(url, JSON.stringify(calls)));
  }
}

function refusalIn(answer: unknown): void {
  const failed = Array.isArray(answer) ? answer.find((one) => one.error) : answer;
  if (failed) throw new Error(`refused: ${JSON.stringify(failed).slice(0, 300)}`);
}

function bodiesOf(accounts: readonly EthereumAccount[]): EthereumChain['bodies'] {
  const nonces = accounts.map(() => 0n);
  return (transactions, recipientAt) => {
    const signed = Array.from({ length: transactions }, (_, i) => {
      const at = i % accounts.length;
      const nonce = nonces[at] as bigint;
      nonces[at] = nonce + 1n;
      return signedTransfer(accounts[at] as EthereumAccount, BigInt(CHAIN_ID), nonce, recipientAt(i));
    });
    return Array.from({ length: transactions / BATCH }, (_, i) =>
      JSON.stringify(
        signed.slice(i * BATCH, (i + 1) * BATCH).map((raw, id) => rpcBody('eth_sendRawTransaction', [raw], id)),
      ),
    );
  };
}

function chainOf(name: string, url: string, rpc: Rpc): BenchedChain {
  let counted = { height: 0, transactions: 0 };
  return {
    name,
    post: async (body) => refusalIn(await ask(url, body)),
    async final() {
      const tip = Number(await rpc('eth_blockNumber'));
      for (; counted.height < tip; counted = { ...counted, height: counted.height + 1 }) {
        const count = await rpc('eth_getBlockTransactionCountByNumber', `0x${(counted.height + 1).toString(16)}`);
        counted = { ...counted, transactions: counted.transactions + Number(count) };
      }
      return counted.transactions;
    },
  };
}
