/** What a schema refused, as one failure of the closed set. */
import type { z } from '@hono/zod-openapi';
import { type Failure, fail } from '../../protocol/errors.ts';

type Issue = z.ZodError['issues'][number];

const pathOf = (path: readonly PropertyKey[]): string => path.map(String).join('.');

/** The lowest number wins: a wrong field (101) before an unknown one (102). */
export function failureOf(issues: readonly Issue[]): Failure {
  const wrong = issues.find((issue) => issue.code !== 'unrecognized_keys');
  if (wrong) return fail('invalid_field', wrong.message, pathOf(wrong.path) || undefined);
  const unknown = issues[0];
  if (unknown?.code !== 'unrecognized_keys') throw new Error('a refusal without an issue');
  return fail('unknown_field', undefined, pathOf([...unknown.path, unknown.keys[0] ?? '']));
}
