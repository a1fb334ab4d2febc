/** hai verify receipt: a receipt, with no network and no server. */
import { hexToBytes } from '@noble/hashes/utils.js';
import { addressOf } from '../../../protocol/address.ts';
import { encodeCertificate } from '../../../protocol/block/certificate.ts';
import { decodeHeader } from '../../../protocol/block/header.ts';
import { wireWorkOf } from '../../../protocol/order/wire-work.ts';
import { certificateIn, isLinked, type Receipt } from '../../../protocol/proof/receipt.ts';
import { parseReceiptFile } from '../../../protocol/proof/receipt-file.ts';
import type { VerifiedReceipt } from '../../../protocol/proof/verify-receipt.ts';
import { formatHai } from '../../../protocol/units.ts';
import { verifyReceiptText } from '../../sdk/light.ts';
import { table } from '../output.ts';
import { readTextFile } from '../secret-files.ts';
import type { Session } from '../session.ts';
import { heldOf, lightOfFile, pinOf } from '../verify/light.ts';
import { asksForLog, checkLogged, type Logged, type LogOptions, loggedRows } from '../verify/logged.ts';
import { type Recomputed, type RecomputeOptions, recompute, withRecomputeOptions } from '../verify/recompute.ts';

export interface ReceiptOptions extends RecomputeOptions, LogOptions {}

export const withReceiptOptions = withRecomputeOptions;

export async function verifyReceiptFile(session: Session, path: string, options: ReceiptOptions): Promise<void> {
  const text = readTextFile(path);
  const receipt = heldOf(await verifyReceiptText(text, pinOf(session)));
  const recomputed = options.recompute ? await recompute(session, receipt, options) : undefined;
  const logged = await loggedBlocks(session, text, options);
  session.out.result(
    {
      valid: true,
      ...receipt,
      work: wireWorkOf(receipt.work),
      recomputed: recomputed ?? null,
      logged: logged ?? null,
    },
    receiptText(receipt, recomputed, logged),
  );
}

/**
 * Each block with a certificate of its own: those without one are named as parents by the next, but two certificates may be of two
 * chains. What is told is of the last one, which settled the order.
 */
async function loggedBlocks(session: Session, text: string, options: LogOptions): Promise<Logged | undefined> {
  if (!asksForLog(options)) return undefined;
  const { genesis, blocks } = parseReceiptFile(text) as Receipt;
  const light = lightOfFile(session, genesis);
  let logged: Logged | undefined;
  for (const block of blocks.filter((one) => !isLinked(one))) {
    const certificate = encodeCertificate(certificateIn(block, decodeHeader(block.header)));
    logged = await checkLogged(session, light, heldOf(await light.header(block.header, certificate)), options);
  }
  return logged;
}

const said = (recomputed: Recomputed | undefined): string =>
  recomputed
    ? `The receipt holds, and the work, run again here, gives the same result: ${recomputed.bytes} bytes.`
    : 'The receipt holds: included, final, attested. That the result is right is shown by computing the work again (--recompute).';

function receiptText(receipt: VerifiedReceipt, recomputed: Recomputed | undefined, logged: Logged | undefined): string {
  const { split } = receipt;
  return [
    said(recomputed),
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
      ...loggedRows(logged),
    ]),
  ].join('\n');
}
