/**
 * The classes that ship, as far as a run uses them. They are loaded by name, because their types are of the platform and not
 * of Node.
 */
import type { Tile } from '../../protocol/log/tile.ts';
import type { HostedObject } from './host.ts';
import type { ObjectStorage } from './storage.ts';

type Sql = ObjectStorage['sql'];

/** What the proposing region does of itself is added where its transactions are. */
export interface RegionContextLike {
  readonly mempool: { add(tx: object, now: number): void };
  readonly accounts: {
    load(key: Uint8Array, now: number): Promise<unknown>;
    view(key: Uint8Array): { readonly nextNonce: bigint } | undefined;
  };
  networkNow(now: number): Promise<unknown>;
}
export interface RegionLike extends HostedObject {
  readonly context: RegionContextLike;
  armAndNudge(): Promise<void>;
}

/** As the API's Worker reads a tile of the log out of R2. */
export type ReadTile = (env: { readonly BLOBS: unknown }, tile: Tile) => Promise<Uint8Array | undefined>;

export interface ObjectClasses {
  readonly Region: new (state: unknown, env: unknown) => RegionLike;
  readonly WebhookEndpoint: new (state: unknown, env: unknown) => HostedObject;
  readonly EndpointStore: new (storage: ObjectStorage) => { create(endpoint: object): void };
  readonly TreeStore: new (storage: ObjectStorage) => object;
  readonly Meta: new (sql: Sql) => { put(key: string, value: Uint8Array): void };
  createTables(sql: Sql): void;
  readonly readTile: ReadTile;
}

const FILES = [
  'durable-objects/region/region.ts',
  'durable-objects/region/meta.ts',
  'durable-objects/region/schema.ts',
  'durable-objects/region/sequencer/tree-store.ts',
  'durable-objects/endpoint/endpoint.ts',
  'durable-objects/endpoint/store.ts',
  'workers/api/log-tiles.ts',
];

export async function loadClasses(): Promise<ObjectClasses> {
  const modules = await Promise.all(FILES.map((file) => import(new URL(`../../${file}`, import.meta.url).href)));
  return Object.assign({}, ...modules) as ObjectClasses;
}
