/** The parameters that votes have set, as this object knows them: from D1, and from the notices of final blocks. */
import type { Ledger } from '../../ledger/ledger.ts';
import type { Genesis } from '../../protocol/genesis.ts';
import type { Parameters } from '../../protocol/governance/parameters.ts';
import { intakeParameters, parametersPlace } from '../../protocol/record/parameter.ts';
import type { UnixMs } from '../../protocol/units.ts';

export class ChainParameters {
  readonly #ledger: Pick<Ledger, 'record'>;
  #record: Uint8Array | undefined;
  /** Of the final block as of which the record is, or a later one. */
  #height = -1n;

  constructor(ledger: Pick<Ledger, 'record'>) {
    this.#ledger = ledger;
  }

  /** `tipHeight` was read before: what is read now is at least as new. */
  async load(tipHeight: bigint): Promise<void> {
    this.take(tipHeight, await this.#ledger.record(parametersPlace));
  }

  take(height: bigint, record: Uint8Array | undefined): void {
    if (height < this.#height) return;
    this.#height = height;
    this.#record = record;
  }

  /** For an intake: see `intakeParameters`. */
  forIntake(genesis: Genesis, timeMs: UnixMs): Parameters {
    return intakeParameters({ record: () => this.#record }, genesis, timeMs);
  }
}
