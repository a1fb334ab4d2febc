/**
 * The guards, each taken out of the source by a patch as it is loaded. Seeds must fail without it, or the simulator would not
 * notice that it is gone.
 */
import type { Patch } from './loader.ts';

/** Of every run: tiles of four, so that a chain of some twenty blocks fills tiles of several levels. */
export const NARROW_TILES: readonly Patch[] = [
  { file: 'protocol/log/tile.ts', find: 'export const TILE_LEVELS = 8;', replace: 'export const TILE_LEVELS = 2;' },
  { file: 'protocol/log/tile.ts', find: 'export const TILE_WIDTH = 256;', replace: 'export const TILE_WIDTH = 4;' },
];

export const MUTANTS = {
  /** A block is committed on whatever the tip is. */
  noFence: [
    {
      file: 'ledger/commit.ts',
      // biome-ignore lint/suspicious/noTemplateCurlyInString: the source's text
      find: 'bad: sql`CASE WHEN ${extendsTip} THEN 0 ELSE 1 END`',
      // biome-ignore lint/suspicious/noTemplateCurlyInString: the source's text
      replace: 'bad: sql`CASE WHEN ${extendsTip} THEN 0 ELSE 0 END`',
    },
  ],
  /** The fence stands, and whatever the seats said passes for a certificate. */
  fenceWithoutCertificate: [
    { file: 'protocol/seal/proposer.ts', find: 'event.votes.length >= QUORUM', replace: 'event.votes.length >= 0' },
    { file: 'protocol/block/certificate.ts', find: 'signers.length < QUORUM', replace: 'signers.length < 0' },
  ],
  /** Votes are asked for a block that is nowhere but in memory. */
  noStaging: [
    {
      file: 'durable-objects/region/sequencer/stage-store.ts',
      find: "this.#sql.exec('INSERT INTO staged_block",
      replace: "[].concat('INSERT INTO staged_block",
    },
  ],
  /** The answer leaves, and what it promises is written a moment later. */
  acknowledgeBeforeDurable: [
    {
      file: 'durable-objects/region/region.ts',
      find: 'const taken = takeTransaction(this.context, network, bytes, idempotency, Date.now());',
      replace: `
        const take = () => takeTransaction(this.context, network, bytes, idempotency, Date.now());
        let taken;
        try {
          this.context.transaction(() => {
            taken = take();
            throw new Error('not yet');
          });
        } catch {}
        if (taken.ok) setTimeout(() => void (take(), this.armAndNudge()), 10);`,
    },
  ],
  /** A commit without a reply passes for one that failed, and its block is given up. */
  dropOnLostReply: [
    {
      file: 'protocol/seal/proposer.ts',
      find: 'return tries < COMMIT_TRIES_MAX',
      replace: 'if (tries > 0) return drop(block); return tries < COMMIT_TRIES_MAX',
    },
    { file: 'ledger/ledger.ts', find: "if (verdict !== 'resubmit') return verdict;", replace: '' },
  ],
  /** A block that the ledger is behind of is given up: seats have signed it. */
  dropUnlinked: [
    {
      file: 'protocol/seal/proposer.ts',
      find: "case 'unlinked':\n      return end({ kind: 'stale' });",
      replace: "case 'unlinked':\n      return drop(block);",
    },
  ],
  noNonceCheck: [
    { file: 'protocol/transition.ts', find: "if (tx.nonce < account.nonce) return 'nonce_used';", replace: '' },
  ],
  markSentBeforeSending: [
    {
      file: 'durable-objects/endpoint/pump.ts',
      find: 'const attempt = await attemptPost({',
      replace: 'store.dequeue(head.seq); const attempt = await attemptPost({',
    },
  ],
  /** Two runs of an endpoint's work give the same events two numbers each. */
  numberedTwice: [
    {
      file: 'durable-objects/endpoint/pump.ts',
      find: 'if (store.endpoint()?.lastSeq === endpoint.lastSeq) store.enqueue(cursor, payloads);',
      replace: 'store.enqueue(cursor, payloads);',
    },
  ],
  /** The receiver applies whatever comes. */
  noDedupe: [{ file: 'protocol/seal/outbox.ts', find: "return 'repeat';", replace: "return 'apply';" }],
  /** A second region takes an account's transactions. */
  twoHomeRegions: [
    {
      file: 'durable-objects/region/intake.ts',
      find: "if (view && view.homeRegion !== context.region) return 'wrong_home_region';",
      replace: '',
    },
  ],
  /** Seats sign a block of whatever time, and the proposer asks nobody what time it is. */
  noClockBound: [
    {
      file: 'durable-objects/region/clock-bound.ts',
      find: 'return aheadMs > CLOCK_AHEAD_MS_MAX',
      replace: 'return false',
    },
    {
      file: 'durable-objects/region/clock-bound.ts',
      find: 'BigInt(nowMs) - parentMs > UNASKED_MS_MAX',
      replace: 'false',
    },
  ],
  /** The seats have their bound, and a proposer with a fast clock stages a block that they will not sign for hours. */
  noClocksAsked: [
    {
      file: 'durable-objects/region/clock-bound.ts',
      find: 'BigInt(nowMs) - parentMs > UNASKED_MS_MAX',
      replace: 'false',
    },
  ],
  /** An intake asks for the fee that holds, as far as it was told by notices. */
  feeByNoticeAlone: [
    {
      file: 'durable-objects/region/context.ts',
      find: 'await this.parameters.load(tip.height);',
      replace: '',
    },
  ],
  /** A seat forgets what it has signed. */
  noSignOnce: [
    {
      file: 'protocol/seal/voter.ts',
      find: 'if (!signed || equalBytes(signed.hash, asked.hash)) return undefined;',
      replace: 'if (asked) return undefined;',
    },
  ],
  /** A witness signs for whatever the log shows as its continuation. */
  noConsistencyCheck: [
    {
      file: 'protocol/log/follow.ts',
      find: 'if (!verifyConsistency(kept.size, kept.root, next.size, next.root, proof)) {',
      replace: 'if (false) {',
    },
  ],
  /** A client asks for witnesses, and is content with none. */
  noWitnessesNeeded: [
    {
      file: 'protocol/log/open-checkpoint.ts',
      find: 'if (cosignatures.length < policy.required) {',
      replace: 'if (false) {',
    },
  ],
  /** A log that became smaller passes for one that has not grown yet. */
  smallerIsOlder: [
    {
      file: 'protocol/log/follow.ts',
      find: "return fail('log_rolled_back'",
      replace: "return ok('same') ?? fail('log_rolled_back'",
    },
  ],
  /** The seats are counted, and their signatures are not looked at. */
  noSeatSignatures: [
    {
      file: 'protocol/block/certificate.ts',
      find: 'return verdicts.every(Boolean) ? undefined',
      replace: 'return verdicts ? undefined',
    },
  ],
  /** A state proof is well-formed, whatever root it leads to. */
  anyStateRoot: [
    {
      file: 'protocol/state/proof.ts',
      find: 'if (node.sum !== root.sum || !equalBytes(node.hash, root.hash)) return undefined;',
      replace: '',
    },
  ],
  /** The transactions of a block are as many as its header says, and nothing else is asked of them. */
  anyTransactions: [
    {
      file: 'clients/light/inclusion.ts',
      find: "if (!equalBytes(txRootOf(transactions), header.txRoot)) return refuse('other transactions');",
      replace: '',
    },
  ],
  /** Whoever has co-signed, enough have. */
  anyCosigners: [
    {
      file: 'durable-objects/region/sequencer/log-checkpoints.ts',
      find: 'const asked = witnesses.length > 0 ? witnesses : this.#witnesses.map(witnessId);',
      replace: 'const asked = this.#witnesses.map(witnessId);',
    },
  ],
  /** A checkpoint is given out before R2 has its leaves. */
  checkpointBeforeLeaves: [
    {
      file: 'durable-objects/region/sequencer/log.ts',
      find: 'const archived = await this.#archive.putGrowing(edge, await this.#entriesOf(edge));',
      replace:
        'this.#store.addCheckpoint(edge, now);\nconst archived = await this.#archive.putGrowing(edge, await this.#entriesOf(edge));',
    },
  ],
} as const satisfies Record<string, readonly Patch[]>;

export type MutantName = keyof typeof MUTANTS;

/**
 * Where a run that ends with the first failing seed begins: seeds at which these were seen to fail, which is later than most. It is a
 * matter of time alone: where the rules have changed since, a later seed fails.
 */
export const FAILS_AT: Readonly<Partial<Record<string, number>>> = {
  noFence: 55,
  fenceWithoutCertificate: 22,
  noStaging: 9,
  acknowledgeBeforeDurable: 33,
  dropOnLostReply: 13,
  dropUnlinked: 55,
  numberedTwice: 27,
  noClockBound: 10,
  noClocksAsked: 10,
  feeByNoticeAlone: 52,
  noConsistencyCheck: 21,
};

export const isMutant = (name: string): name is MutantName => Object.hasOwn(MUTANTS, name);

export function patchesOf(name: string): readonly Patch[] {
  if (!isMutant(name)) throw new Error(`no such mutant: ${name}`);
  return MUTANTS[name];
}
