/** hai train: a table becomes an order and a model file. By a search over families of models, or one network. */
import { type Command, Option } from 'commander';
import { METRICS } from '../../../ml/metrics/metrics.ts';
import { FAMILIES } from '../../../ml/trainers/trainer.ts';
import { MLP_LIMITS } from '../../../protocol/mlp.ts';
import { SEARCH_RANGES } from '../../../protocol/order/search-work.ts';
import { cyclesNumber, endpointName, haiAmount, integerIn, namesOf, seedNumber } from '../arguments.ts';
import { UsageError } from '../exit-codes.ts';
import type { Io } from '../output.ts';
import { withPayer } from '../payer.ts';
import { withReadOptions } from '../read-options.ts';
import { Session, withCommonOptions } from '../session.ts';
import type { NetworkOptions, SearchOptions } from './train-options.ts';

type AllOptions = SearchOptions & NetworkOptions & { readonly network?: true };

// The help text prints defaults as JSON, which has no bigint: hence the second arguments.
const seedOption = new Option('--seed <n>', 'of everything that is drawn').argParser(seedNumber).default(1n, '1');
const budgetOption = new Option('--budget <cycles>', 'HPU cycles at most; what is used is billed')
  .argParser(cyclesNumber)
  .default(2_000_000_000n, '2e9');
const NETWORK_ONLY = ['hidden', 'epochs', 'batch'] as const;

/** Which of them a file's task has is known when it is read. */
const METRIC_HELP = `what trials are ranked by: ${Object.entries(METRICS)
  .map(([task, names]) => `${names.join(', ')} (${task})`)
  .join('; ')}`;

export function addTrain(program: Command, io: Io): void {
  const [foldsMin, foldsMax] = SEARCH_RANGES.folds;
  const command = program
    .command('train')
    .description('order a model: searched for over families of models, or with --network one int8 network')
    .argument('<file>', 'CSV, JSON lines, npz, or a zip of labelled images')
    .option('--target <column>', 'the column to learn (otherwise: named so, or the last)')
    .addOption(new Option('--task <task>', 'what is learned').choices(['classes', 'values', 'clusters']))
    .option('--metric <name>', METRIC_HELP)
    .addOption(budgetOption)
    .option('--trials <n>', 'trials at most', integerIn(...SEARCH_RANGES.trials), 32)
    .option('--families <names>', `of ${FAMILIES.join(',')}`, namesOf(FAMILIES))
    .option('--folds <n>', 'of cross-validation', integerIn(foldsMin, foldsMax), 5)
    .option('--row-cycles <n>', 'HPU cycles at most to predict a row', integerIn(...SEARCH_RANGES.rowCycles), 100_000)
    .option('--name <endpoint>', 'deploy the model under this name, once the order is final', endpointName)
    .option('--local', 'run the search in this process: no order, no network')
    .option('--events', 'a JSON line on stdout for each finished job, before the result (implies --json)')
    .option('--network', 'train one int8 network on a table of numbers instead')
    .option('--hidden <n>', 'hidden units, of --network', integerIn(1, MLP_LIMITS.hiddenMax))
    .option('--epochs <n>', 'passes over the table, of --network', integerIn(1, MLP_LIMITS.epochsMax))
    .option('--batch <n>', 'rows of a step, of --network', integerIn(1, MLP_LIMITS.batchMax))
    .addOption(seedOption)
    .option('--limit <hai>', 'highest price', haiAmount)
    .option('--yes', 'take the quote as the limit')
    .option('--model <file>', 'where the model file goes (its key is in it)')
    .option('--force', 'overwrite the model file')
    .option('--manual <seconds>', 'confirm by hand within this time', integerIn(1, 86_400))
    .option('--queue', 'by queue even if small')
    .addOption(new Option('--until <step>', 'when to return').choices(['sent', 'checked', 'final']).default('checked'));
  withPayer(withCommonOptions(withReadOptions(command))).action(async (file: string, options: AllOptions) => {
    const session = new Session(io, options.events ? { ...options, json: true } : options);
    // Loaded by those who train: readers and trainers are most of the program.
    if (isNetwork(options)) await (await import('./train-network.ts')).trainNetwork(session, file, options);
    else await (await import('./train-search.ts')).trainSearch(session, file, options);
  });
}

/** Settings that only the single network has choose it, too. */
function isNetwork(options: AllOptions): boolean {
  const chosen = options.network === true || NETWORK_ONLY.some((name) => options[name] !== undefined);
  if (chosen && (options.local || options.events || options.families || options.name !== undefined)) {
    throw new UsageError('--local, --events, --name and --families are of a search, not of --network');
  }
  return chosen;
}
