import { describe, expect, it } from 'vitest';
import { ERRORS, type ErrorCode, fail } from '../../../protocol/errors.ts';
import { problemOf, problemResponse } from '../../../workers/api/problem.ts';

const rows = Object.entries(ERRORS).map(([number, row]) => ({ number: Number(number), ...row }));

describe('a problem document', () => {
  it.each(rows)('$number $code has its status, number and retryability', async ({ number, code, http, retryable }) => {
    const response = problemResponse(fail(code as ErrorCode), 'id-1');
    expect(response.status).toBe(http);
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(response.headers.has('retry-after')).toBe(retryable);
    expect(response.headers.has('www-authenticate')).toBe(http === 401);
    const problem = (await response.json()) as object;
    expect(problem).toMatchObject({ type: `/docs#${code}`, status: http, code, number, retryable, request_id: 'id-1' });
    expect(Object.keys(problem)).not.toContain('detail');
    expect(Object.keys(problem)).not.toContain('param');
  });

  it('carries evidence and the field at fault when there are any', () => {
    const problem = problemOf(fail('invalid_field', 'too long', 'url'), 'id-2');
    expect(problem).toMatchObject({ detail: 'too long', param: 'url' });
  });
});
