/** hai info: the network and this wallet on one screen. */
import type { Command } from 'commander';
import { formatHai } from '../../../protocol/units.ts';
import { HaiError } from '../../sdk/errors.ts';
import { type Io, table } from '../output.ts';
import { type CommonOptions, Session, withCommonOptions } from '../session.ts';

export function addInfo(program: Command, io: Io): void {
  const command = program.command('info').description('the network and this wallet on one screen');
  withCommonOptions(command).action((options: CommonOptions) => overview(new Session(io, options)));
}

async function overview(session: Session): Promise<void> {
  const client = session.client();
  const [network, chain] = await Promise.all([client.network(), client.chain()]);
  const address = session.hasKeystore() ? session.address() : undefined;
  const account = address === undefined ? undefined : await client.account(address).catch(absent);
  const told = { url: client.url, ...chain, genesis: network.hex, pinned: session.genesis !== undefined };
  session.out.result(
    { ...told, wallet: address === undefined ? null : { address, ...account } },
    table([
      ['network', `${chain.network} at ${client.url}`],
      ['genesis', `${network.hex}${session.genesis === undefined ? ' (not pinned)' : ' (pinned)'}`],
      ['operation', `${chain.mode}, ${chain.profile}`],
      ['tip', `${chain.tip.height} ${chain.tip.hash}`],
      ['supply', formatHai(BigInt(chain.supplyZhi))],
      ['base fee', formatHai(BigInt(chain.baseFeeZhi))],
      ['regions', network.genesis.regions.length],
      ['providers', network.genesis.providers.length],
      ['wallet', address ?? 'none: hai wallet new'],
      ['balance', account ? formatHai(BigInt(account.balanceZhi)) : '-'],
    ]),
  );
}

/** A wallet that nobody has paid yet is no account of the chain. */
function absent(error: unknown): undefined {
  if (error instanceof HaiError && error.code === 'unknown_account') return undefined;
  throw error;
}
