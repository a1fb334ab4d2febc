/** What one webhook wants to hear of. Each field that is set must match; a field that is not set matches everything. */
import { parseAddress } from '../address.ts';
import { type ChainEvent, EVENT_TYPES } from '../events.ts';
import { REGIONS } from '../regions.ts';

export interface WebhookFilter {
  readonly types?: readonly string[];
  readonly account?: string;
  readonly order?: string;
  readonly region?: string;
}

export interface FilterFault {
  readonly param: keyof WebhookFilter;
  readonly reason: string;
}

export function webhookFilterFault(filter: WebhookFilter): FilterFault | undefined {
  const { types, account, order, region } = filter;
  const known: readonly string[] = EVENT_TYPES;
  const unknown = types?.find((type) => !known.includes(type));
  if (unknown !== undefined) return { param: 'types', reason: 'no such event type' };
  if (types && (types.length === 0 || new Set(types).size !== types.length)) {
    return { param: 'types', reason: 'an empty list, or a type twice' };
  }
  if (account !== undefined && !parseAddress(account)) return { param: 'account', reason: 'not an address' };
  if (order !== undefined && !/^[0-9a-f]{64}$/.test(order)) return { param: 'order', reason: 'not an order id' };
  const regions: readonly string[] = REGIONS;
  if (region !== undefined && !regions.includes(region)) return { param: 'region', reason: 'no such region' };
  return undefined;
}

export function matchesFilter(filter: WebhookFilter, event: ChainEvent): boolean {
  return (
    (filter.types === undefined || filter.types.includes(event.type)) &&
    (filter.account === undefined || filter.account === event.account) &&
    (filter.order === undefined || filter.order === event.order) &&
    (filter.region === undefined || filter.region === event.region)
  );
}
