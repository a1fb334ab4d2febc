/** `hai witness --once` against a log that a test serves. */
import { bytesToHex } from '@noble/hashes/utils.js';
import { headerChain } from '../../support/headers.ts';
import { testNetwork } from '../../support/network.ts';
import type { ServedLog } from '../../support/served-log.ts';
import { jsonOf, runHai } from '../cli/captured-io.ts';

export const network = testNetwork('witness');
export const GENESIS = bytesToHex(network.hash);
/** Two full bundles and a part of a third. */
export const CHAIN = headerChain(network, 530);
export const FORK = headerChain(network, 530, 1);
/** The chain's first 300 blocks, and then others. */
export const SPLIT = [...CHAIN.slice(0, 300), ...FORK.slice(300)];

export interface Told {
  readonly exit: number;
  readonly json: { action?: string; size?: string; error?: { code?: string; kind: string; message: string } };
}

export async function look(log: ServedLog, store: string, ...more: string[]): Promise<Told> {
  const args = ['witness', '--url', 'http://log.test', '--genesis', GENESIS, '--store', store, '--once', '--json'];
  const ran = await runHai([...args, ...more], { fetch: log.fetch });
  return { exit: ran.exit, json: jsonOf(ran) as Told['json'] };
}
