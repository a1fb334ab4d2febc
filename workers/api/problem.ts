/** Failures as RFC 9457 problem documents: the one place that turns a code into HTTP. */
import { errorNumber, errorRow, type Failure } from '../../protocol/errors.ts';
import type { WireProblem } from '../../protocol/wire.ts';

export const PROBLEM_TYPE = 'application/problem+json';

/** Seconds after which a refused request is worth another try: a block takes 100 ms, a queue a moment more. */
const RETRY_AFTER_SECONDS = 1;

export function problemOf(failure: Failure, requestId: string): WireProblem {
  const { http, title, retryable } = errorRow(failure.code);
  return {
    type: `/docs#${failure.code}`,
    title,
    status: http,
    ...(failure.evidence === undefined ? {} : { detail: failure.evidence }),
    code: failure.code,
    number: errorNumber(failure.code),
    ...(failure.param === undefined ? {} : { param: failure.param }),
    request_id: requestId,
    retryable,
  };
}

export function problemResponse(failure: Failure, requestId: string): Response {
  const problem = problemOf(failure, requestId);
  const headers = new Headers({ 'content-type': PROBLEM_TYPE, 'cache-control': 'no-store' });
  // RFC 9110 15.5.2: a 401 names the scheme that would do.
  if (problem.status === 401) headers.set('www-authenticate', 'HAI-Signature');
  if (problem.retryable) headers.set('retry-after', String(RETRY_AFTER_SECONDS));
  return new Response(JSON.stringify(problem), { status: problem.status, headers });
}
