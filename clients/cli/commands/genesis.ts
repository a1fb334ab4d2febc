/** hai genesis: what a network started from, in words; and whether a genesis file may start one. */
import type { Command } from 'commander';
import { readableGenesis } from '../../../protocol/genesis-text.ts';
import { formatPercent, shortHai } from '../../../protocol/money/quantity.ts';
import { SUPPLY_ZHI } from '../../../protocol/units.ts';
import { termsOfFile } from '../money-source.ts';
import { type Io, table } from '../output.ts';
import { type CommonOptions, Session, withCommonOptions } from '../session.ts';

export function addGenesis(program: Command, io: Io): void {
  const genesis = program.command('genesis').description('what a network started from');
  withCommonOptions(
    genesis.command('show', { isDefault: true }).description("a network's genesis and its hash, readable"),
  ).action((options: CommonOptions) => show(new Session(io, options)));
  withCommonOptions(
    genesis
      .command('check')
      .description('whether a genesis file may start a network')
      .argument('<file>', 'genesis.json'),
  ).action((path: string, options: CommonOptions) => check(new Session(io, options), path));
}

async function show(session: Session): Promise<void> {
  const { genesis } = await session.client().network();
  const readable = readableGenesis(genesis);
  session.out.result(readable, JSON.stringify(readable, undefined, 2));
}

function check(session: Session, path: string): void {
  const terms = termsOfFile(path);
  const allocations = terms.allocations.map(({ account, amountZhi }) => {
    const share = formatPercent(Number((amountZhi * 1_000_000n) / SUPPLY_ZHI));
    return { account, share, amount: shortHai(amountZhi) };
  });
  const unnamed = terms.vesting.filter(({ beneficiary }) => !beneficiary).map(({ grant }) => grant);
  session.out.result(
    { valid: true, network: terms.network, allocations, withoutBeneficiary: unnamed },
    [
      `${path} may start a network. Its keys, its time and so its hash come with its founding.`,
      table([
        ['network', terms.network],
        ...allocations.map(({ account, share, amount }): [string, string] => [account, `${share}, ${amount}`]),
        ['no beneficiary yet', unnamed.length === 0 ? '-' : `${unnamed.join(', ')}: locked until one is named`],
      ]),
    ].join('\n'),
  );
}
