/**
 * `npm run deploy [-- --dry-run]`: applies the ledger's migrations, then deploys (wrangler runs the build itself). Migrations are
 * forward only and come first: new code never meets an old schema. A dry run bundles and checks and reaches no account. Neither goes
 * on with a genesis file that could found no network, or a list of processes that is none: the first request would be the one to
 * find out.
 */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { parseGenesisFile } from '../protocol/genesis-file.ts';
import { parseProcesses } from '../protocol/provider-jobs.ts';
import { isMain } from './report.ts';
import { type RunWrangler, resourcesIn, runWrangler, UNSET_DATABASE_ID, variableIn } from './wrangler.ts';

export type Refusal = string;

/** Returns a sentence when the deployment did not happen. */
export function deploy(dryRun: boolean, databaseId: string, run: RunWrangler): Refusal | undefined {
  if (dryRun) return run('shown', 'deploy', '--dry-run').code === 0 ? undefined : 'the dry run failed';
  if (databaseId === UNSET_DATABASE_ID) return 'wrangler.toml names no database yet: run `npm run setup` first';
  if (run('shown', 'd1', 'migrations', 'apply', 'DB', '--remote').code !== 0) return 'a migration failed: not deployed';
  return run('shown', 'deploy').code === 0 ? undefined : 'wrangler deploy failed';
}

/** A sentence when no network can be founded from the text of a genesis file. */
export function genesisRefusal(text: string): Refusal | undefined {
  const terms = parseGenesisFile(text, 'production');
  return terms.ok ? undefined : `protocol/genesis.json: ${terms.evidence}`;
}

/** A sentence when a deployment's list of processes holds anything else than addresses. */
export function processesRefusal(text: string): Refusal | undefined {
  try {
    parseProcesses(text);
    return undefined;
  } catch (error) {
    return `wrangler.toml: ${(error as Error).message}`;
  }
}

if (isMain(import.meta)) {
  const { values } = parseArgs({ options: { 'dry-run': { type: 'boolean', default: false } } });
  const genesis = readFileSync(resolve(import.meta.dirname, '..', 'protocol/genesis.json'), 'utf8');
  const refusal =
    genesisRefusal(genesis) ??
    processesRefusal(variableIn('PROVIDER_PROCESSES')) ??
    deploy(values['dry-run'], resourcesIn().databaseId, runWrangler);
  if (refusal !== undefined) {
    console.error(refusal);
    process.exitCode = 1;
  }
}
