/** hai tokenomics: how much of each allocation circulates by when, in both readings of the white paper's daily releases. */
import { type Command, Option } from 'commander';
import { moneyFacts, READINGS, type Reading, YEARS_MAX } from '../../../protocol/money/schedule.ts';
import { wireTokenomics } from '../../../protocol/money/wire.ts';
import { integerIn } from '../arguments.ts';
import { moneySource } from '../money-source.ts';
import type { Io } from '../output.ts';
import { writeResultFile } from '../secret-files.ts';
import { type CommonOptions, Session, withCommonOptions } from '../session.ts';
import { tokenomicsSvg } from '../tokenomics-svg.ts';
import { factsText, readingText } from '../tokenomics-text.ts';

const YEARS = 40;

interface TokenomicsOptions extends CommonOptions {
  readonly base?: Reading;
  readonly years: number;
  readonly plot?: true;
  readonly svg?: string;
  readonly file?: string;
}

export function addTokenomics(program: Command, io: Io): void {
  const command = program
    .command('tokenomics')
    .description('what circulates by year: of a network (--url), a genesis file, or the file that ships')
    .addOption(new Option('--base <reading>', 'daily releases as a share of this; otherwise both').choices(READINGS))
    .option('--years <count>', `the last year, 1 to ${YEARS_MAX}`, integerIn(1, YEARS_MAX), YEARS)
    .option('--plot', 'draw it, 80 columns wide')
    .option('--svg <file>', 'draw it into a file too')
    .option('--file <genesis>', 'a genesis file');
  withCommonOptions(command).action((options: TokenomicsOptions) => tokenomics(new Session(io, options), options));
}

async function tokenomics(session: Session, options: TokenomicsOptions): Promise<void> {
  const { name, terms } = await moneySource(session, options);
  const readings = options.base === undefined ? READINGS : [options.base];
  const years = Array.from({ length: options.years + 1 }, (_, year) => year);
  if (options.svg !== undefined) writeResultFile(options.svg, tokenomicsSvg(terms, readings, options.years));
  const parts = [
    `Of ${name},\nif every epoch is rewarded and everything vested is claimed.`,
    ...readings.map((reading) => readingText(terms, reading, years, options.plot === true)),
    factsText(moneyFacts(terms), terms),
  ];
  session.out.result({ of: name.replace('\n', ' '), ...wireTokenomics(terms, readings, years) }, parts.join('\n\n'));
}
