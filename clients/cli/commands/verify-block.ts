/** hai verify block: a block executed again from the header before it, its body and its witness alone. */
import { bytesToHex } from '@noble/hashes/utils.js';
import type { CertifiedHeader } from '../../../protocol/proof/final-header.ts';
import { formatHai } from '../../../protocol/units.ts';
import type { Light } from '../../light/light.ts';
import { blockFile, parseBlockFile, type SavedBlock } from '../../light/saved-file.ts';
import { UntrustedError } from '../../sdk/errors.ts';
import { proofCalls } from '../../sdk/proofs.ts';
import { Refusal, UsageError } from '../exit-codes.ts';
import { table } from '../output.ts';
import { FILE_BYTES_MAX, fileExists, readTextFile, writeResultFile } from '../secret-files.ts';
import type { Session } from '../session.ts';
import { heldOf, lightOfFile, lightOfNetwork, pinRow, pinTold, servedOf } from '../verify/light.ts';
import { checkLogged, type LogOptions, loggedRows } from '../verify/logged.ts';

export interface BlockOptions extends LogOptions {
  readonly save?: string;
}

const HEIGHT = /^[1-9]\d{0,18}$/;

/** `place`: a height, or a file that `--save` wrote. */
export async function verifyBlock(session: Session, place: string, options: BlockOptions): Promise<void> {
  const fromFile = fileExists(place);
  if (!fromFile && !HEIGHT.test(place)) throw new UsageError(`${place} is neither a height nor a file`);
  const block = fromFile ? savedIn(place) : await served(session, BigInt(place));
  const light = (fromFile ? lightOfFile : lightOfNetwork)(session, block.genesis);
  const final = await executed(light, block, fromFile ? heldOf : servedOf);
  if (!fromFile && final.header.height !== BigInt(place))
    throw new UntrustedError(`block ${final.header.height} was served for ${place}`, { code: 'header_invalid' });
  const logged = await checkLogged(session, light, final, options);
  if (options.save !== undefined) writeResultFile(options.save, blockFile(block));
  const { height, txCount, regime, supplyZhi, stateRoot } = final.header;
  const pin = pinTold(session, light);
  const told = { height, hash: bytesToHex(final.hash), transactions: txCount, regime, supplyZhi };
  session.out.result(
    { valid: true, ...pin, ...told, stateRoot: bytesToHex(stateRoot), logged: logged ?? null },
    [
      'The block holds: certified, and executed again to its own header.',
      table([
        ['block', `${height} ${told.hash}, ${regime}`],
        ['transactions', txCount],
        ['seats', `${final.certificate.signatures.length} of ${light.genesis.seats.length} signed`],
        ['state root', bytesToHex(stateRoot)],
        ['supply', formatHai(supplyZhi)],
        pinRow(pin),
        ...loggedRows(logged),
      ]),
    ].join('\n'),
  );
}

function savedIn(path: string): SavedBlock {
  const saved = parseBlockFile(readTextFile(path, FILE_BYTES_MAX.proof));
  if (!saved) throw new Refusal(`${path} is not the file of a block`, 'proof_malformed');
  return saved;
}

async function served(session: Session, height: bigint): Promise<SavedBlock> {
  const calls = session.client().with(proofCalls);
  const [genesis, block, previous] = await Promise.all([
    calls.genesisBytes(),
    calls.blockBytes(height),
    height > 1n ? calls.header(height - 1n) : undefined,
  ]);
  const { witness } = block;
  if (!witness) throw new Refusal(`the witness of block ${height} was not archived`, 'not_found');
  return { genesis, previous, ...block, witness };
}

async function executed(light: Light, block: SavedBlock, expect: typeof heldOf): Promise<CertifiedHeader> {
  const { previous } = block;
  const before = previous && expect(await light.header(previous.header, previous.certificate));
  return expect(await light.block(before, block));
}
