/** hai verify balance: what an account has, or that there is none, shown against the state root of a certified header. */
import { bytesToHex } from '@noble/hashes/utils.js';
import { addressOf, parseAddress } from '../../../protocol/address.ts';
import { equalBytes } from '../../../protocol/hash.ts';
import type { FinalHeader } from '../../../protocol/proof/final-header.ts';
import { regionOf } from '../../../protocol/regions.ts';
import type { Account } from '../../../protocol/state/account.ts';
import { formatHai } from '../../../protocol/units.ts';
import type { Light } from '../../light/light.ts';
import { accountFile, parseAccountFile, type SavedAccount } from '../../light/saved-file.ts';
import { proofCalls } from '../../sdk/proofs.ts';
import { Refusal } from '../exit-codes.ts';
import { table } from '../output.ts';
import { FILE_BYTES_MAX, readTextFile, writeResultFile } from '../secret-files.ts';
import type { Session } from '../session.ts';
import { heldOf, lightOfFile, lightOfNetwork, pinRow, pinTold, servedOf, type ToldPin } from '../verify/light.ts';
import { checkLogged, type Logged, type LogOptions, loggedRows } from '../verify/logged.ts';

export interface BalanceOptions extends LogOptions {
  readonly file?: string;
  readonly save?: string;
}

type Expect = typeof heldOf;

export async function verifyBalance(session: Session, address: string, options: BalanceOptions): Promise<void> {
  const { file } = options;
  const key = parseAddress(address) as Uint8Array;
  const saved = file === undefined ? await served(session, address) : savedIn(file);
  if (!equalBytes(saved.key, key)) throw new Refusal(`the proof is of ${addressOf(saved.key)}`, 'state_proof_invalid');
  const light = (file === undefined ? lightOfNetwork : lightOfFile)(session, saved.genesis);
  const expect: Expect = file === undefined ? servedOf : heldOf;
  const { final, account } = await shown(light, saved, expect);
  const logged = await checkLogged(session, light, final, options);
  if (options.save !== undefined) writeResultFile(options.save, accountFile(saved));
  tell(session, address, { final, account, logged, pin: pinTold(session, light) });
}

function savedIn(path: string): SavedAccount {
  const saved = parseAccountFile(readTextFile(path, FILE_BYTES_MAX.proof));
  if (!saved) throw new Refusal(`${path} is not the file of an account's proof`, 'proof_malformed');
  return saved;
}

const served = (session: Session, address: string): Promise<SavedAccount> =>
  session.client().with(proofCalls).accountProof(address);

async function shown(
  light: Light,
  { header, certificate, key, value, proof }: SavedAccount,
  expect: Expect,
): Promise<{ final: FinalHeader; account: Account | undefined }> {
  const final = expect(await light.header(header, certificate));
  return { final, account: expect(light.account(final, key, value, proof)) };
}

interface Shown {
  readonly final: FinalHeader;
  readonly account: Account | undefined;
  readonly logged: Logged | undefined;
  readonly pin: ToldPin;
}

function tell({ out }: Session, address: string, { final, account, logged, pin }: Shown): void {
  const { header, hash } = final;
  const { height, timeMs, regime } = header;
  const held = account && {
    balanceZhi: account.balanceZhi,
    nonce: account.nonce,
    homeRegion: regionOf(account.homeRegion),
  };
  const block = { height, blockHash: bytesToHex(hash), timeMs, regime };
  out.result(
    { valid: true, ...pin, address, account: held ?? null, ...block, logged: logged ?? null },
    [
      account
        ? 'The balance is what the state root of a final block holds.'
        : 'There is no such account in a final block.',
      table([
        ['account', address],
        ['balance', held ? formatHai(held.balanceZhi) : 'none'],
        ...(held
          ? ([
              ['nonce', held.nonce],
              ['home', held.homeRegion],
            ] as [string, string | bigint][])
          : []),
        ['block', `${height} ${block.blockHash}, ${regime}`],
        ['time', new Date(Number(timeMs)).toISOString()],
        pinRow(pin),
        ...loggedRows(logged),
      ]),
    ].join('\n'),
  );
}
