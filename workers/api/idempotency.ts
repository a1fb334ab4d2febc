/**
 * Idempotency-Key: the same key and request get the stored answer. The claim lives in the home region's object of the account
 * that the key belongs to, so parallel requests from all over the world meet in one place.
 */
import type { IdempotencyClaim, StoredAnswer } from '../../durable-objects/region/rpc.ts';
import type { Failure } from '../../protocol/errors.ts';
import type { RegionStub } from '../env.ts';
import { type ApiContext, pathOf } from './context.ts';
import { requestHash } from './idempotency-key.ts';

export async function claimOf(c: ApiContext, account: Uint8Array): Promise<IdempotencyClaim> {
  const { method } = c.req.raw;
  return {
    account,
    key: c.get('idempotencyKey'),
    requestHash: await requestHash(method, pathOf(c.req.raw), c.get('body')),
  };
}

/** Of an answer, what is given again: the rest is made anew for each response. */
const KEPT_HEADERS = ['content-type', 'location'] as const;
/** Says that this answer was given before. */
export const REPLAYED_HEADER = 'idempotency-replayed';

async function storedFrom(response: Response): Promise<StoredAnswer> {
  const copy = response.clone();
  const headers: Record<string, string> = {};
  for (const name of KEPT_HEADERS) {
    const value = copy.headers.get(name);
    if (value !== null) headers[name] = value;
  }
  return { status: copy.status, headers, body: await copy.text() };
}

function replayOf({ status, headers, body }: StoredAnswer): Response {
  return new Response(body === '' ? null : body, { status, headers: { ...headers, [REPLAYED_HEADER]: 'true' } });
}

/**
 * Acts once for a claim. A refusal changed nothing, so it frees the key; so does a fault of ours, which the caller may retry:
 * `act` must bear being run again after it broke off.
 */
export async function once(
  region: RegionStub,
  claim: IdempotencyClaim,
  act: () => Promise<Response | Failure>,
): Promise<Response | Failure> {
  const verdict = await region.claimIdempotency(claim);
  if (!verdict.ok) return verdict;
  if (verdict.value.kind === 'stored') return replayOf(verdict.value.answer);
  let answered: Response | Failure;
  try {
    answered = await act();
  } catch (fault) {
    await region.releaseIdempotency(claim);
    throw fault;
  }
  if (answered instanceof Response) await region.storeAnswer(claim, await storedFrom(answered));
  else await region.releaseIdempotency(claim);
  return answered;
}
