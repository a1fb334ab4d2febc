/** hai verify: a receipt, with no network and no server. Exit 0 when it holds, 1 when it does not. */

import { hexToBytes } from '@noble/hashes/utils.js';
import type { Command } from 'commander';
import { addressOf } from '../../../protocol/address.ts';
import { wireWorkOf } from '../../../protocol/order/wire-work.ts';
import type { VerifiedReceipt } from '../../../protocol/proof/verify-receipt.ts';
import { formatHai } from '../../../protocol/units.ts';
import { verifyReceiptText } from '../../sdk/light.ts';
import { Refusal, UsageError } from '../exit-codes.ts';
import { type Io, table } from '../output.ts';
import { readTextFile } from '../secret-files.ts';
import { type CommonOptions, Session, withCommonOptions } from '../session.ts';

export function addVerify(program: Command, io: Io): void {
  const command = program
    .command('verify')
    .description("verify an order's receipt offline against a pinned genesis hash")
    .argument('<receipt>', 'receipt.json');
  withCommonOptions(command).action((path: string, options: CommonOptions) => verify(new Session(io, options), path));
}

async function verify(session: Session, path: string): Promise<void> {
  // A receipt names its genesis, but a forged one names its own: only a pinned hash makes it worth anything.
  if (session.genesis === undefined) throw new UsageError('--genesis HASH (or HAI_GENESIS) pins the network');
  const verified = await verifyReceiptText(readTextFile(path), session.genesis);
  if (!verified.ok) throw Refusal.of(verified);
  const { value } = verified;
  session.out.result({ valid: true, ...value, work: wireWorkOf(value.work) }, receiptText(value));
}

function receiptText(receipt: VerifiedReceipt): string {
  const { split } = receipt;
  return [
    'The receipt holds: included, final, attested. That the result is right is shown by computing the work again.',
    table([
      ['network', `${receipt.network}, ${receipt.mode}, genesis ${receipt.genesis}`],
      ['order', receipt.order],
      ['demander', addressOf(hexToBytes(receipt.demander))],
      ['work', `${receipt.work.kind}, ${receipt.chunks} chunks, ${receipt.quoteCycles} cycles quoted`],
      ...receipt.attempts.map(({ provider, verdict, method }, i): [string, string] => {
        return [`attempt ${i + 1}`, `${addressOf(hexToBytes(provider))} ${verdict} by ${method}`];
      }),
      ['bill', `${receipt.billCycles} cycles, ${formatHai(receipt.billZhi)}`],
      [
        'paid',
        `provider ${split.provider}, searcher ${split.searcher}, seats ${split.seatPool}, burned ${split.burned} zhi`,
      ],
      ['refund', formatHai(receipt.refundZhi)],
      ['result', `${receipt.results}, root ${receipt.resultRoot}`],
      ['block', `${receipt.height} ${receipt.blockHash}, ${receipt.regime}`],
    ]),
  ].join('\n');
}
