/** hai block: blocks, with their certificates checked here. */

import { bytesToHex } from '@noble/hashes/utils.js';
import { base64 } from '@scure/base';
import type { Command } from 'commander';
import { certificateFault, decodeCertificate } from '../../../protocol/block/certificate.ts';
import { decodeHeader, headerHash } from '../../../protocol/block/header.ts';
import { equalBytes } from '../../../protocol/hash.ts';
import { formatHai } from '../../../protocol/units.ts';
import type { WireBlock } from '../../../protocol/wire.ts';
import { verifyFast } from '../../../sealing/signatures.ts';
import { UntrustedError } from '../../sdk/errors.ts';
import type { Network } from '../../sdk/network.ts';
import { blockReference, integerIn } from '../arguments.ts';
import { type Io, table } from '../output.ts';
import { type CommonOptions, Session, withCommonOptions } from '../session.ts';

const PAGE_MAX = 100;

export function addBlock(program: Command, io: Io): void {
  const block = program.command('block').description('blocks of the chain');
  const add = (name: string, description: string) => withCommonOptions(block.command(name).description(description));
  add('show', 'a block; its certificate is verified')
    .argument('[block]', 'height, hash or latest', blockReference, 'latest')
    .action((reference: string, options: CommonOptions) => show(new Session(io, options), reference));
  add('list', 'blocks, newest first')
    .option('--limit <n>', 'how many', integerIn(1, PAGE_MAX), 20)
    .option('--cursor <text>', '`next` of the page before')
    .action((options: CommonOptions & { limit: number; cursor?: string }) => list(new Session(io, options), options));
}

/** Throws UntrustedError unless the header is this network's, is the block's, and a quorum signed it. */
async function verifyBlock({ genesis, hash }: Network, block: WireBlock): Promise<void> {
  let fault: string | undefined;
  try {
    const header = decodeHeader(base64.decode(block.header));
    const certificate = decodeCertificate(base64.decode(block.certificate));
    fault = equalBytes(header.genesis, hash)
      ? await certificateFault(header, certificate, genesis.seats, verifyFast)
      : 'another network';
    if (!fault && (bytesToHex(headerHash(header)) !== block.hash || header.height.toString() !== block.height)) {
      fault = 'the header is of another block';
    }
  } catch {
    fault = 'the header or the certificate does not decode';
  }
  if (fault) throw new UntrustedError(`block ${block.height} is not certified: ${fault}`);
}

async function show(session: Session, reference: string): Promise<void> {
  const client = session.client();
  const [network, block] = await Promise.all([client.network(), client.block(reference)]);
  await verifyBlock(network, block);
  const rows: [string, string | number][] = [
    ['height', block.height],
    ['hash', block.hash],
    ['parent', block.parent],
    ['time', new Date(Number(block.timeMs)).toISOString()],
    ['region', `${block.region}, seat ${block.proposerSeat}, epoch ${block.epoch}, round ${block.round}`],
    ['finality', `${block.regime}, ${block.seats.length} seats signed, verified`],
    ['state root', block.stateRoot],
    ['billed', `${block.cyclesBilled} cycles`],
    ['minted', formatHai(BigInt(block.mintedZhi))],
    ['burned', formatHai(BigInt(block.burnedZhi))],
    ['supply', formatHai(BigInt(block.supplyZhi))],
    ...block.transactions.map(({ hash, type, outcome }): [string, string] => [type, `${hash} ${outcome.join(',')}`]),
  ];
  session.out.result({ ...block, verified: true }, table(rows));
}

async function list(session: Session, { limit, cursor }: { limit: number; cursor?: string }): Promise<void> {
  const page = await session.client().blocks({ limit, ...(cursor === undefined ? {} : { cursor }) });
  const lines = page.blocks.map(({ height, hash, timeMs, region, transactions }) => {
    const time = new Date(Number(timeMs)).toISOString();
    return `${height.padStart(8)}  ${hash}  ${time}  ${region.padEnd(4)}  ${transactions.length} transactions`;
  });
  if (page.next !== null) lines.push(`more: --cursor ${page.next}`);
  session.out.result(page, lines.length === 0 ? 'no blocks' : lines.join('\n'));
}
