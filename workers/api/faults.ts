/** What no route answers: unknown paths, wrong methods, and faults of ours. */
import { HTTPException } from 'hono/http-exception';
import { type Failure, fail } from '../../protocol/errors.ts';
import type { Api, ApiContext } from './context.ts';
import { problemResponse } from './problem.ts';

/** One line a fault, for the operator alone: the caller gets the request's id. */
export function logFault(c: ApiContext, fault: unknown): void {
  const { name, message, stack, cause } = fault instanceof Error ? fault : new Error(String(fault));
  const line = { level: 'error', requestId: c.get('requestId'), method: c.req.method, route: c.req.routePath };
  console.error(
    JSON.stringify({ ...line, name, message, stack, cause: cause === undefined ? undefined : String(cause) }),
  );
}

/** Hono's validators throw; everything else that is thrown is a fault of ours. */
function failureOfThrown(c: ApiContext, thrown: unknown): Failure {
  if (thrown instanceof HTTPException && thrown.status === 400) return fail('malformed_json');
  if (thrown instanceof HTTPException && thrown.status === 415) return fail('unsupported_media_type');
  logFault(c, thrown);
  return fail('internal');
}

/** Registered last: it reads the routes that are there. */
export function addFaults(api: Api): void {
  const methodsOf = methodsByPath(api);
  api.onError((thrown, c) => problemResponse(failureOfThrown(c, thrown), c.get('requestId')));
  api.notFound((c) => {
    const methods = methodsOf(c.req.path);
    if (methods.length === 0) return problemResponse(fail('not_found'), c.get('requestId'));
    const response = problemResponse(fail('method_not_allowed', methods.join(', ')), c.get('requestId'));
    response.headers.set('allow', methods.join(', '));
    return response;
  });
}

function methodsByPath(api: Api): (path: string) => string[] {
  const routes = api.routes
    .filter(({ method, path }) => method !== 'ALL' && !path.includes('*'))
    .map(({ method, path }) => ({
      method,
      pattern: new RegExp(`^${path.replaceAll(/:[^/]+/g, '[^/]+').replaceAll('.', '\\.')}$`),
    }));
  return (path) => {
    const taken = new Set(routes.filter(({ pattern }) => pattern.test(path)).map(({ method }) => method));
    if (taken.has('GET')) taken.add('HEAD');
    return [...taken].sort();
  };
}
