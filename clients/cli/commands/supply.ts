/** hai supply: where the supply is after the last final block, each figure verified against that block's state root. */
import type { Command } from 'commander';
import { formatHai, SUPPLY_ZHI } from '../../../protocol/units.ts';
import { verifySupply } from '../../sdk/supply.ts';
import { type Io, table } from '../output.ts';
import { type CommonOptions, Session, withCommonOptions } from '../session.ts';

export function addSupply(program: Command, io: Io): void {
  const command = program.command('supply').description('minted, not yet minted and burned, each figure verified');
  withCommonOptions(command).action((options: CommonOptions) => supply(new Session(io, options)));
}

async function supply(session: Session): Promise<void> {
  const client = session.client();
  const [network, wire] = await Promise.all([client.network(), client.supply()]);
  const places = await verifySupply(network, wire);
  const rows: [string, string][] = [
    ['height', wire.height],
    ['minted', formatHai(places.mintedZhi)],
    ['not yet minted', formatHai(places.unmintedZhi)],
    ['burned', formatHai(places.burnedZhi)],
    ['supply', `${formatHai(SUPPLY_ZHI)}, their sum, verified`],
    ...wire.accounts.map(({ name, balanceZhi, place }): [string, string] => {
      return [`  ${name}`, `${formatHai(BigInt(balanceZhi))}, ${place}`];
    }),
  ];
  session.out.result({ ...wire, verified: true }, table(rows));
}
