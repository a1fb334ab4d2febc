/** A chain checked block by block: certificates and links always, and each block executed again. */

import { encodeHeader } from '../../../protocol/block/header.ts';
import { Replay } from '../../../protocol/block/replay.ts';
import type { Failure, Result } from '../../../protocol/errors.ts';
import { ok } from '../../../protocol/errors.ts';
import { logOrigin, type TreeHead } from '../../../protocol/log/checkpoint.ts';
import { EMPTY_LOG, type LogFrontier, logRoot, withLeaf } from '../../../protocol/log/frontier.ts';
import { leafHash } from '../../../protocol/merkle.ts';
import type { FinalHeader, Regime } from '../../../protocol/proof/final-header.ts';
import { verifyFast } from '../../../sealing/signatures.ts';
import type { Light } from '../../light/light.ts';
import type { PlacedBlock } from './served-chain.ts';

export interface WalkedChain {
  blocks: number;
  transactions: number;
  mintedZhi: bigint;
  burnedZhi: bigint;
  readonly regimes: Partial<Record<Regime, number>>;
  /** Witnesses that were not there; the state from the genesis on made up for them. */
  witnessesMissing: number;
  last: FinalHeader | undefined;
}

/**
 * From the genesis on it keeps the whole state, and a witness is only compared; from a later block on, each block is executed from
 * its witness, and one without is refused.
 */
export class ChainWalk {
  readonly #light: Light;
  readonly #replay: Replay | undefined;
  #log: LogFrontier = EMPTY_LOG;
  readonly told: WalkedChain;

  /** `before`: the header on which the walk begins, undefined for the genesis. */
  constructor(light: Light, before: FinalHeader | undefined) {
    this.#light = light;
    this.#replay = before ? undefined : new Replay(light, verifyFast);
    this.told = {
      blocks: 0,
      transactions: 0,
      mintedZhi: 0n,
      burnedZhi: 0n,
      regimes: {},
      witnessesMissing: 0,
      last: before,
    };
  }

  /** The log that has just these headers as its leaves; undefined where the walk does not begin at the genesis. */
  logHead(): TreeHead | undefined {
    if (!this.#replay) return undefined;
    return { origin: logOrigin(this.#light.hash), size: this.#log.size, root: logRoot(this.#log) };
  }

  /** Undefined, or why the block does not hold. */
  async take(block: PlacedBlock): Promise<Failure | undefined> {
    const final = await this.#executed(block);
    if (!final.ok) return final;
    const { header } = final.value;
    this.#log = withLeaf(this.#log, leafHash(encodeHeader(header)));
    this.told.blocks++;
    this.told.transactions += header.txCount;
    this.told.mintedZhi += header.mintedZhi;
    this.told.burnedZhi += header.burnedZhi;
    this.told.regimes[header.regime] = (this.told.regimes[header.regime] ?? 0) + 1;
    this.told.last = final.value;
    if (!block.witness) this.told.witnessesMissing++;
    return undefined;
  }

  async #executed(block: PlacedBlock): Promise<Result<FinalHeader>> {
    const { witness } = block;
    if (!this.#replay) {
      if (!witness) return { ok: false, code: 'not_found', evidence: 'its witness was not archived' };
      return this.#light.block(this.told.last, { ...block, witness });
    }
    const final = await this.#light.header(block.header, block.certificate);
    if (!final.ok) return final;
    const next = this.#light.follows(this.told.last, final.value);
    if (!next.ok) return next;
    const body = this.#light.body(final.value, block.body);
    if (!body.ok) return body;
    const replayed = await this.#replay.take({ header: final.value.header, body: body.value }, witness);
    return replayed.ok ? ok(final.value) : replayed;
  }
}
