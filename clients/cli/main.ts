/** The program: commands, and how their outcomes become exit codes. */
import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { addAllow } from './commands/allow.ts';
import { addBlock } from './commands/block.ts';
import { addBond } from './commands/bond.ts';
import { addData } from './commands/data.ts';
import { addEndpoint } from './commands/endpoint.ts';
import { addGenesis } from './commands/genesis.ts';
import { addModel } from './commands/model.ts';
import { addOrder } from './commands/order.ts';
import { addInfo } from './commands/overview.ts';
import { addParams } from './commands/params.ts';
import { addPredict } from './commands/predict.ts';
import { addProvider } from './commands/provider.ts';
import { addSupply } from './commands/supply.ts';
import { addSwap } from './commands/swap.ts';
import { addTokenomics } from './commands/tokenomics.ts';
import { addTrain } from './commands/train.ts';
import { addUp } from './commands/up.ts';
import { addVerify } from './commands/verify.ts';
import { addWallet } from './commands/wallet.ts';
import { addWitness } from './commands/witness.ts';
import { EXIT, Interrupted, isStop, toldError } from './exit-codes.ts';
import { type Io, Output } from './output.ts';

const HELP = `
Exit codes: 0 done, 1 refused or invalid, 2 wrong use, 3 network unreachable, 4 refused by the network,
5 the network's answer is false, 70 a fault of hai, 130 interrupted.
Environment: HAI_URL, HAI_GENESIS, HAI_KEYSTORE, HAI_PASSPHRASE, HAI_SEAT_PASSPHRASE, HAI_BASE_FEE_MAX, NO_COLOR.`;

function version(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}

function createProgram(io: Io): Command {
  const program = new Command('hai')
    .description('HAI Chain: order AI work, and check what you paid for')
    .version(version(), '--version')
    // `hai verify receipt --json`: what follows a subcommand is the subcommand's.
    .enablePositionalOptions()
    .exitOverride()
    .configureOutput({ writeOut: (text) => io.stdout(text), writeErr: (text) => io.stderr(text) })
    .addHelpText('after', HELP);
  const money = [addGenesis, addSupply, addTokenomics];
  for (const add of [
    addUp,
    addWallet,
    addAllow,
    addData,
    addTrain,
    addPredict,
    addModel,
    addEndpoint,
    addOrder,
    addBlock,
    addVerify,
    addWitness,
    addProvider,
    addParams,
    addBond,
    addSwap,
    addInfo,
    ...money,
  ])
    add(program, io);
  return program;
}

/** Runs one command line (without node and script) and returns its exit code; nothing escapes. */
export async function run(args: readonly string[], io: Io): Promise<number> {
  try {
    await createProgram(io).parseAsync(args, { from: 'user' });
    return EXIT.ok;
  } catch (error) {
    if (error instanceof CommanderError) return commanderExit(error, args, io);
    const told = toldError(isStop(error, io.signal) ? new Interrupted('stopped') : error);
    new Output(io, isJson(args)).error(told, EXIT[told.kind]);
    if (told.kind === 'fault' && error instanceof Error && io.env.HAI_DEBUG) io.stderr(`${error.stack}\n`);
    return EXIT[told.kind];
  }
}

/** `--events` implies it: whoever reads lines of stdout is told of a refusal there, too. */
const isJson = (args: readonly string[]): boolean => args.includes('--json') || args.includes('--events');

/** commander has written its own words to stderr; with --json the line is still owed. */
function commanderExit(error: CommanderError, args: readonly string[], io: Io): number {
  if (error.exitCode === 0) return EXIT.ok;
  if (isJson(args)) {
    new Output(io, true).error({ kind: 'usage', message: error.message.replace(/^error: /, '') }, EXIT.usage);
  }
  return EXIT.usage;
}
