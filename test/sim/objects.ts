/**
 * The classes that ship, as far as a run uses them. They are loaded by name, because their types are of the platform and not
 * of Node.
 */
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

export interface ObjectClasses {
  readonly Region: new (state: unknown, env: unknown) => RegionLike;
  readonly WebhookEndpoint: new (state: unknown, env: unknown) => HostedObject;
  readonly EndpointStore: new (storage: ObjectStorage) => { create(endpoint: object): void };
  readonly TreeStore: new (storage: ObjectStorage) => object;
  readonly Meta: new (sql: Sql) => { put(key: string, value: Uint8Array): void };
  createTables(sql: Sql): void;
}

const FILES = [
  'region/region.ts',
  'region/meta.ts',
  'region/schema.ts',
  'region/sequencer/tree-store.ts',
  'endpoint/endpoint.ts',
  'endpoint/store.ts',
];

export async function loadClasses(): Promise<ObjectClasses> {
  const modules = await Promise.all(
    FILES.map((file) => import(new URL(`../../durable-objects/${file}`, import.meta.url).href)),
  );
  return Object.assign({}, ...modules) as ObjectClasses;
}
