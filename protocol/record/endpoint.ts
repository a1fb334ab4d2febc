/** Named endpoints: which of an account's models answers under a name, and which ones did before it. */
import { utf8ToBytes } from '@noble/hashes/utils.js';
import { bytes32, type Decoded, struct, textMax, u32, vec } from '../codec.ts';
import { taggedHash } from '../hash.ts';
import { type RecordPlace, recordTable } from '../state/record.ts';

export const ENDPOINT_NAME_MAX = 64;
/** Kept of an endpoint, 32 bytes each; older ones can't be returned to. */
export const ENDPOINT_VERSIONS_MAX = 32;

/** Words of letters and digits with hyphens between: a name is part of a path. */
export const isEndpointName = (name: string): boolean =>
  name.length <= ENDPOINT_NAME_MAX && /^[a-z0-9]+(-[a-z0-9]+)*$/.test(name);

const endpointCodec = struct({
  owner: bytes32,
  name: textMax(ENDPOINT_NAME_MAX),
  /** The version that answers; versions are counted from 1. */
  active: u32,
  /** The first one that is kept. */
  first: u32,
  /** Ids of the orders that made the models, from `first` on. */
  versions: vec(bytes32, ENDPOINT_VERSIONS_MAX),
});
export type Endpoint = Decoded<typeof endpointCodec>;
export const endpoints = recordTable('endpoint', endpointCodec);

export const endpointPlace = (owner: Uint8Array, name: string): RecordPlace => ({
  kind: 'endpoint',
  key: taggedHash('HAI/endpoint/1', owner, utf8ToBytes(name)),
});

/** The id of the order behind a version, or undefined where it is not kept, or was never there. */
export const versionOf = ({ first, versions }: Endpoint, version: number): Uint8Array | undefined =>
  versions[version - first];

/** With one version more, which answers from now on. */
export function withVersion(
  endpoint: Endpoint | undefined,
  owner: Uint8Array,
  name: string,
  order: Uint8Array,
): Endpoint {
  const { first, versions } = endpoint ?? { first: 1, versions: [] };
  const all = [...versions, order];
  const gone = Math.max(0, all.length - ENDPOINT_VERSIONS_MAX);
  return { owner, name, active: first + all.length - 1, first: first + gone, versions: all.slice(gone) };
}
