/**
 * Links of a work log (worklog.ts) that are over plaintext with little in it to guess: jobs of a search, one a link, by its index, and
 * a prediction by its model. The log's head is public, and so is what else it is made of; as the result root, they are salted from the
 * order's content key (`resultSalt`), so that nobody without it can try results.
 */
import { type Hash, taggedHash, ZERO_HASH } from '../hash.ts';
import { sha256 } from '../sha256.ts';

/** Result and summary in plaintext, canonical bytes both: what was said of a job is committed with what it gave. */
export const jobHash = (salt: Hash, result: Uint8Array, summary: Uint8Array): Hash =>
  taggedHash('HAI/search-job/1', salt, sha256(result), sha256(summary));

/** Of a job that a stop dropped, and of a search that ends without any job: there is nothing to hide. */
export const NO_JOB: Hash = jobHash(ZERO_HASH, new Uint8Array(0), new Uint8Array(0));

/** The one link of a prediction of typed rows, over its canonical bytes. */
export const tablePredictionHash = (salt: Hash, result: Uint8Array): Hash =>
  taggedHash('HAI/table-prediction/1', salt, result);
