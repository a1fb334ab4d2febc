/** The price limit of an order: the caller's, or what the network quotes if the caller agrees to it. */
import { ATTEMPTS_MAX } from '../../protocol/order/matching.ts';
import type { Work } from '../../protocol/order/work.ts';
import { formatHai, type Zhi } from '../../protocol/units.ts';
import type { Client } from '../sdk/client.ts';
import { HaiError } from '../sdk/errors.ts';
import { agree } from './ask.ts';
import { Interrupted, UsageError } from './exit-codes.ts';
import type { Session } from './session.ts';

export interface LimitOptions {
  readonly limit?: Zhi;
  readonly yes?: true;
}

/** Without --limit: enough for the first three providers, so that a second can take over from a first. */
export async function priceLimit(session: Session, client: Client, work: Work, options: LimitOptions): Promise<Zhi> {
  if (options.limit !== undefined) return options.limit;
  const { quotes, cycles } = await client.quote(work);
  const candidates = quotes.slice(0, ATTEMPTS_MAX);
  const [best] = candidates;
  const last = candidates.at(-1);
  if (!best || !last) throw new HaiError('no_provider');
  const told = `${cycles} cycles, ${formatHai(best.priceZhi)}, about ${best.durationMs} ms`;
  if (options.yes) {
    session.out.note(`quote: ${told}`);
    return last.priceZhi;
  }
  const agreed = await agree(session.io, `${told}; at most ${formatHai(last.priceZhi)}. Order?`);
  if (agreed === undefined) throw new UsageError('--limit HAI, or --yes to take the quote');
  if (!agreed) throw new Interrupted('not ordered');
  return last.priceZhi;
}
