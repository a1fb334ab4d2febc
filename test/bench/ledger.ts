/**
 * `bench -- ledger`: transfers in batches over HTTP until they are final, on the local network with everything on (signatures at
 * intake, roots, witness, re-execution, 13 votes, D1), beside the development chains that people use and beside SQLite alone.
 *
 * `--transfers N`, `--accounts N`, `--growth` (cost at 10^3 to 10^6 accounts, some minutes), `--no-peers`.
 */
import { parseArgs } from 'node:util';
import { rounded } from './figures.ts';
import { type LoadFigures, load, perSecond, SENDERS, Standstill } from './ledger-load.ts';
import { type BenchNetwork, batchesOf, recipient, type Sender, startBenchNetwork, transfer } from './ledger-network.ts';
import { benchParts, type PartsFigures } from './ledger-parts.ts';
import { ETHEREUM_CHAINS, type EthereumKind, startEthereum } from './peers/ethereum.ts';
import { INSTALL } from './peers/package.ts';

const ACCOUNTS = 100_000;
const TRANSFERS = 20_000;
/** The slowest gets fewer: it is given the same minute. */
const GANACHE_TRANSFERS = 2_000;
const GROWTH = [1_000, 10_000, 100_000, 1_000_000] as const;
const ROUNDS = 3;

function tell(name: string, figures: LoadFigures, remark = ''): void {
  const accepted = rounded((figures.transactions / figures.acceptedMs) * 1000);
  console.log(
    `${name.padEnd(34)}${String(rounded(perSecond(figures))).padStart(9)}${String(accepted).padStart(12)}   ${remark}`,
  );
}

function transfersOf(network: BenchNetwork, count: number, accounts: number, round: number): string[] {
  const others = Math.max(1, accounts - SENDERS);
  return batchesOf(
    Array.from({ length: count }, (_, i) =>
      transfer(
        network.rules,
        network.senders[i % SENDERS] as Sender,
        recipient(((round * count + i) * 7919) % others),
        1n,
      ),
    ),
  );
}

async function measureOurs(accounts: number, transfers: number): Promise<LoadFigures> {
  const network = await startBenchNetwork(accounts);
  try {
    const rounds: LoadFigures[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const figures = await load(network, transfersOf(network, transfers, accounts, round));
      tell(`HAI, ${accounts} accounts, round ${round + 1}`, figures);
      rounds.push(figures);
    }
    return rounds.sort((a, b) => a.finalMs - b.finalMs)[Math.floor(ROUNDS / 2)] as LoadFigures;
  } finally {
    await network.local.close();
  }
}

/** Ganache at times mines nothing at all after its start. Such a run says nothing of its speed: it is begun once more. */
async function measurePeer(kind: EthereumKind, transfers: number): Promise<number | null> {
  for (let tries = 2; tries > 0; tries--) {
    try {
      return await measureOnce(kind, transfers);
    } catch (error) {
      if (!(error instanceof Standstill)) throw error;
      console.log(`${error.message}: ${tries > 1 ? 'begun once more' : 'left out'}`);
    }
  }
  return null;
}

async function measureOnce(kind: EthereumKind, transfers: number): Promise<number | null> {
  const chain = await startEthereum(kind, SENDERS);
  if (!chain) {
    console.log(`${kind.name}: not installed (${INSTALL})`);
    return null;
  }
  try {
    const count = kind.command(0)[0] === 'ganache' ? GANACHE_TRANSFERS : transfers;
    const bodies = chain.bodies(count, (i) => recipient(i).subarray(0, 20));
    const figures = await load(chain, bodies);
    tell(`${kind.name} ${chain.version}`, figures, chain.differs);
    return perSecond(figures);
  } finally {
    await chain.close();
  }
}

function tellParts({ accounts, msPerBlock, witnessBytesPerTx, sqliteTxPerSecond }: PartsFigures): void {
  const parts = Object.entries(msPerBlock).map(([name, ms]) => `${name} ${rounded(ms)}`);
  const total = rounded(Object.values(msPerBlock).reduce((sum, ms) => sum + ms, 0));
  console.log(`${String(accounts).padStart(9)} accounts: ${parts.join(', ')}; in all ${total} ms a block of 1000`);
  console.log(
    `${' '.repeat(20)} witness ${rounded(witnessBytesPerTx)} bytes a transaction; rows alone ${rounded(sqliteTxPerSecond)} tx/s`,
  );
}

const ratio = (ours: number, peer: number | null | undefined): number | null =>
  peer ? Number((ours / peer).toFixed(2)) : null;

export default async function benchLedger(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      transfers: { type: 'string', default: String(TRANSFERS) },
      accounts: { type: 'string', default: String(ACCOUNTS) },
      growth: { type: 'boolean', default: false },
      'no-peers': { type: 'boolean', default: false },
    },
  });
  const [transfers, accounts] = [Number(values.transfers), Number(values.accounts)];
  console.log('one block, part by part, in this process; SQLite in a file, WAL, synchronous = FULL');
  const parts = await benchParts(accounts);
  tellParts(parts);
  console.log(`\n${'over HTTP, batches of 100'.padEnd(34)}${'tx/s final'.padStart(9)}${'accepted'.padStart(12)}`);
  const txPerSecond = perSecond(await measureOurs(accounts, transfers));
  const peers: Record<string, number | null> = {};
  if (!values['no-peers']) for (const kind of ETHEREUM_CHAINS) peers[kind.name] = await measurePeer(kind, transfers);
  const growth: PartsFigures[] = [];
  if (values.growth) for (const count of GROWTH) growth.push(await benchParts(count));
  if (growth.length > 0) console.log('\ncost by the number of accounts');
  for (const one of growth) tellParts(one);
  console.log(
    JSON.stringify({
      ...lineOf(txPerSecond, parts, peers),
      ...(growth.length > 0 ? { growth: growth.map(growthOf) } : {}),
    }),
  );
}

function growthOf({ accounts, msPerBlock, witnessBytesPerTx }: PartsFigures) {
  const ms = Object.values(msPerBlock).reduce((sum, part) => sum + part, 0);
  return {
    accounts,
    msPerBlock: rounded(ms),
    commitMs: rounded(msPerBlock.commit),
    witnessBytesPerTx: rounded(witnessBytesPerTx),
  };
}

function lineOf(txPerSecond: number, parts: PartsFigures, peers: Record<string, number | null>) {
  return {
    txPerSecond: rounded(txPerSecond),
    vsAnvil: ratio(txPerSecond, peers.anvil),
    vsAnvilLargeBlocks: ratio(txPerSecond, peers['anvil, large blocks']),
    vsHardhat: ratio(txPerSecond, peers.hardhat),
    vsGanache: ratio(txPerSecond, peers.ganache),
    vsSqliteLimit: ratio(txPerSecond, parts.sqliteTxPerSecond),
    msPerBlock: Object.fromEntries(Object.entries(parts.msPerBlock).map(([name, ms]) => [name, rounded(ms)])),
    witnessBytesPerTx: rounded(parts.witnessBytesPerTx),
  };
}
