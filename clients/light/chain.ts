/** How final headers make a chain. */
import { linkFault, parentOf } from '../../protocol/block/link.ts';
import type { Result } from '../../protocol/errors.ts';
import type { FinalHeader, PinnedNetwork } from '../../protocol/proof/final-header.ts';
import { fail, ok } from '../../protocol/result.ts';

/** A block as an API or an archive serves it: canonical bytes, or anything else. */
export interface AnyBlock {
  readonly header: Uint8Array;
  readonly certificate: Uint8Array;
  readonly body: Uint8Array;
  readonly witness: Uint8Array;
}

export function follows(
  { genesis, hash }: PinnedNetwork,
  previous: FinalHeader | undefined,
  next: FinalHeader,
): Result<FinalHeader> {
  const fault = linkFault(next.header, parentOf(previous?.header, genesis, hash), genesis, hash);
  return fault === undefined ? ok(next) : fail('header_invalid', fault);
}
