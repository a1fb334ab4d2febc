/** A whole network whose Worker has faults around it (test/workerd/faulty/). */
import { join } from 'node:path';
import { ROOT } from '../../local/bundle.ts';
import { type LocalNetwork, startNetwork } from '../../local/network.ts';
import type { NetworkOptions } from '../../local/options.ts';
import type { Fault } from '../workerd/faulty/faults.ts';
import { type Audit, audit } from './audit.ts';

export interface FaultyNetwork extends LocalNetwork {
  /** Replaces what was armed before. */
  arm(...faults: Fault[]): Promise<void>;
  /** Faults that happened since, by place. */
  happened(): Promise<Record<string, number>>;
  audit(): Promise<Audit>;
}

const CONTROL = '/v1/test-faults';

export async function startFaultyNetwork(options: NetworkOptions = {}): Promise<FaultyNetwork> {
  const network = await startNetwork({ ...options, entry: join(ROOT, 'test/workerd/faulty/main.ts') });
  const control = async (init: RequestInit): Promise<Record<string, number>> =>
    (await (await fetch(`${network.url}${CONTROL}`, init)).json()) as Record<string, number>;
  return {
    ...network,
    async arm(...faults) {
      await control({ method: 'POST', body: JSON.stringify(faults) });
    },
    happened: () => control({}),
    audit: async () => audit(await network.miniflare.getD1Database('DB')),
  };
}
