/** The chain's hashes, many at once, by the HPU's kernel: for all of this isolate, from the first request on. */
import sha256Module from '../hpu/dist/sha256.wasm';
import { sha256Kernel } from '../hpu/hash/sha256.ts';
import { useDigests } from '../protocol/digests.ts';

useDigests(sha256Kernel(sha256Module));
