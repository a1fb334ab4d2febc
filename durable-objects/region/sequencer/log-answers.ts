/** What the log's keeper is asked, and how it says that it stands. */

/** At least `cosignatures` of these witnesses (their key ids as hex), or of any of the deployment's where none is named. */
export interface CosignedBy {
  readonly cosignatures: number;
  readonly witnesses: readonly string[];
}

/** `candidate`: the one that witnesses are asked to co-sign. Otherwise the newest that enough have co-signed. */
export type CheckpointChoice = 'candidate' | CosignedBy;

export interface LogStanding {
  /** Leaves that were taken in. */
  readonly size: bigint;
  /** Why the last round took in nothing; undefined after one that did. `log_failed`: it is tried again by itself. */
  readonly fault:
    | { readonly code: 'log_rolled_back' | 'header_invalid' | 'log_failed'; readonly reason: string }
    | undefined;
}
