/** Where a command about money takes its terms from: a genesis file, a network, or the file that ships. */

import type { Result } from '../../protocol/errors.ts';
import type { FoundingTerms } from '../../protocol/found-genesis.ts';
import shippedFile from '../../protocol/genesis.json' with { type: 'json' };
import { foundingTerms, parseGenesisFile } from '../../protocol/genesis-file.ts';
import { type MoneyTerms, moneyTerms, plannedTerms } from '../../protocol/money/schedule.ts';
import { Refusal } from './exit-codes.ts';
import { readTextFile } from './secret-files.ts';
import type { CommonOptions, Session } from './session.ts';

/** Refused unless the file is whole. */
export function termsOfFile(path: string): FoundingTerms {
  return held(parseGenesisFile(readTextFile(path), 'production'));
}

function held(terms: Result<FoundingTerms>): FoundingTerms {
  if (!terms.ok) throw Refusal.of(terms);
  return terms.value;
}

export interface MoneySource {
  /** What it is, for people; a network's has two lines. */
  readonly name: string;
  readonly terms: MoneyTerms;
}

export async function moneySource(
  session: Session,
  options: CommonOptions & { readonly file?: string },
): Promise<MoneySource> {
  if (options.file !== undefined) return { name: options.file, terms: plannedTerms(termsOfFile(options.file)) };
  if (options.url === undefined && !session.io.env.HAI_URL) {
    return { name: 'the genesis file that ships', terms: plannedTerms(held(foundingTerms(shippedFile, 'production'))) };
  }
  const client = session.client();
  const [network, told] = await Promise.all([client.network(), client.tokenomics(1)]);
  // The genesis is verified. What governance made of marketing is the network's word here: hai params shows the proposal.
  const marketing = told.grants.flatMap(({ grant, lockDays, dailyMillionths, base }) =>
    grant === 'marketing' ? [{ grant, lockDays, dailyMillionths, base } as const] : [],
  );
  const terms = moneyTerms(network.genesis);
  return {
    name: `${network.genesis.network}, genesis\n${network.hex}`,
    terms: { ...terms, vesting: [...terms.vesting, ...marketing] },
  };
}
