/** What the object of the region that proposes answers from its tree and its log. As region.ts, which extends it, this only routes. */
import { fail, ok, type Result } from '../../protocol/errors.ts';
import type { Network } from './context.ts';
import type { RegionEnv } from './env.ts';
import { RegionKeys } from './region-keys.ts';
import type { CertifiedProof, StateValueProof, SystemAccountsProof } from './rpc.ts';
import type { CheckpointChoice, LogStanding } from './sequencer/log-answers.ts';
import { Sequencer } from './sequencer/sequencer.ts';
import type { StatePlace } from './sequencer/state-place.ts';

export abstract class RegionProposer extends RegionKeys {
  protected readonly sequencer: Sequencer;

  constructor(ctx: DurableObjectState, env: RegionEnv) {
    super(ctx, env);
    this.sequencer = new Sequencer(this.context);
  }

  proveState(place: StatePlace): Promise<Result<StateValueProof>> {
    return this.#asProposer((network) => this.sequencer.proveState(network, place));
  }

  proveSupply(): Promise<Result<CertifiedProof>> {
    return this.#asProposer((network) => this.sequencer.proveSupply(network));
  }

  proveSystemAccounts(): Promise<Result<SystemAccountsProof>> {
    return this.#asProposer((network) => this.sequencer.proveSystemAccounts(network));
  }

  logCheckpoint(choice: CheckpointChoice): Promise<Result<string>> {
    return this.#asProposer(async (network) => {
      await this.sequencer.log.begin(Date.now());
      return this.sequencer.checkpoints.give(network, choice, Date.now());
    });
  }

  logStanding(): Promise<Result<LogStanding>> {
    return this.#asProposer(() => ok(this.sequencer.log.standing()));
  }

  addCosignature(size: bigint, line: string): Promise<Result<null>> {
    return this.#asProposer((network) => this.sequencer.checkpoints.addCosignature(network, size, line, Date.now()));
  }

  /** Every other region's object has neither. */
  async #asProposer<T>(answer: (network: Network) => Promise<Result<T>> | Result<T>): Promise<Result<T>> {
    const network = await this.context.network();
    return network.genesis.sequencerRegion === this.context.region ? answer(network) : fail('not_found');
  }
}
