/** A circuit that `buildCircuits` compiles; its source is `<name>.circom` and its main component is in that file. */
export type Circuit = {
  readonly name: string;
  /** Names of the public signals, in the verifier's order: outputs first, then public inputs. */
  readonly publicSignals: readonly string[];
};

export const CIRCUITS: readonly Circuit[] = [
  { name: 'bid_covers_ask', publicSignals: ['bidCommitment', 'askCommitment', 'order'] },
];

/** Seed of every development key. It is public: whoever reads it can forge proofs under those keys. */
export const DEVELOPMENT_SEED = 'hai/circuits/development-keys/v1';
