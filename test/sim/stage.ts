/** What a process sets up once: the genesis, and each object's and D1's database as they are before the first block. */
import { readdirSync, readFileSync } from 'node:fs';
import { utf8ToBytes } from '@noble/hashes/utils.js';
import { startStatements } from '../../ledger/start.ts';
import { taggedHash } from '../../protocol/hash.ts';
import { regionNumber } from '../../protocol/regions.ts';
import { initialState } from '../../protocol/state/initial.ts';
import type { StateTree } from '../../protocol/state/node.ts';
import { type KeyPair, keyPair } from '../support/keys.ts';
import { TEST_REGIONS, type TestNetwork } from '../support/network.ts';
import { objectName } from './clients.ts';
import { EVENT_TYPE } from './consumer.ts';
import { ObjectInstance } from './instance.ts';
import { genesisTreeOf } from './model.ts';
import { simNetwork } from './network-genesis.ts';
import type { ObjectClasses } from './objects.ts';
import { Sqlite } from './sqlite.ts';
import { ObjectStorage } from './storage.ts';
import { World } from './world.ts';

const MIGRATIONS = new URL('../../migrations/', import.meta.url);
export const ENDPOINT_ID = 'e'.repeat(64);
/** The schedule's 5 s are 50 ms: a quiet phase is shorter than an outage that the schedule is made for. */
const RETRY_DIVISOR = 100;

export interface Stage {
  readonly network: TestNetwork;
  readonly genesisTree: StateTree;
  readonly database: Sqlite;
  /** By the object's name. */
  readonly storages: ReadonlyMap<string, Sqlite>;
}

function startedDatabase(network: TestNetwork): Sqlite {
  const database = new Sqlite();
  const files = readdirSync(MIGRATIONS).filter((file) => file.endsWith('.sql'));
  for (const file of files.sort()) database.script(readFileSync(new URL(file, MIGRATIONS), 'utf8'));
  for (const { sql, params } of startStatements(network.bytes, initialState(network.genesis).accounts())) {
    database.run(sql, params);
  }
  database.run('INSERT INTO webhook(id, account, created_ms) VALUES(?, ?, 0)', [ENDPOINT_ID, network.faucet.key]);
  return database;
}

/** The seeds of a region's keys, by the names that its keyring keeps them under. */
function seedsOf(network: TestNetwork, region: (typeof TEST_REGIONS)[number]): [string, Uint8Array][] {
  const seats = network.seats.filter((_, i) => network.genesis.seats[i]?.region === regionNumber(region));
  const named: [string, KeyPair][] = [
    ...seats.map((seat, i): [string, KeyPair] => [`seat/${i}`, seat]),
    ['searcher', network.searcher(region)],
    ['checker', network.checker(region)],
    ['provider', network.key(`provider/${region}`)],
    ['log', network.key('log')],
  ];
  return named.map(([name, pair]) => [`seed/${name}`, pair.seed]);
}

export function setStage(classes: ObjectClasses): Stage {
  const network = simNetwork();
  const before = new World(0, 0);
  const storages = new Map<string, Sqlite>();
  const storageFor = (name: string): ObjectStorage => {
    const sqlite = new Sqlite();
    storages.set(name, sqlite);
    const instance = new ObjectInstance(before, 0, () => undefined);
    return new ObjectStorage({ sqlite, alarmMs: null, setAlarm: () => undefined }, instance);
  };
  for (const region of TEST_REGIONS) {
    const storage = storageFor(objectName(region));
    classes.createTables(storage.sql);
    new classes.TreeStore(storage);
    const meta = new classes.Meta(storage.sql);
    for (const [name, seed] of seedsOf(network, region)) meta.put(name, seed);
  }
  new classes.EndpointStore(storageFor(ENDPOINT_ID)).create({
    url: 'https://receiver.test/',
    account: network.faucet.address,
    filter: { types: [EVENT_TYPE] },
    secret: taggedHash('sim/secret', utf8ToBytes('webhook')),
    seed: keyPair('sim/webhook').seed,
    cursor: { height: 0n, index: -1 },
    retryDivisor: RETRY_DIVISOR,
    createdMs: 0,
  });
  const database = startedDatabase(network);
  for (const sqlite of [database, ...storages.values()]) sqlite.beginRuns();
  return { network, genesisTree: genesisTreeOf(network), database, storages };
}

/** Every run begins with what was set up. */
export function resetStage({ database, storages }: Stage): void {
  for (const sqlite of [database, ...storages.values()]) sqlite.nextRun();
}
