// The part of snarkjs 0.7.6 that this folder and its tests use; the package has no types of its own.
declare module 'snarkjs' {
  /** A file that lives in memory; snarkjs fills `data` when it writes. */
  export type MemoryFile = { type: 'mem'; data?: Uint8Array };
  /** A path, bytes, or a file in memory. */
  export type FileLike = string | Uint8Array | MemoryFile;

  export type ProofJson = {
    pi_a: string[];
    pi_b: string[][];
    pi_c: string[];
    protocol: string;
    curve: string;
  };

  export type ProverOptions = { singleThread?: boolean };

  export const groth16: {
    prove(
      zkey: FileLike,
      witness: FileLike,
      logger?: undefined,
      options?: ProverOptions,
    ): Promise<{ proof: ProofJson; publicSignals: string[] }>;
    /** Opens the shared curve with its worker threads: terminate it afterwards, or the process does not end. */
    verify(verificationKey: unknown, publicSignals: readonly string[], proof: unknown): Promise<boolean>;
  };

  export const wtns: {
    calculate(input: Record<string, string | bigint>, wasm: FileLike, witness: FileLike): Promise<void>;
    exportJson(witness: FileLike): Promise<bigint[]>;
  };

  export const zKey: {
    exportVerificationKey(zkey: FileLike): Promise<Record<string, unknown>>;
  };

  /** An element of the scalar field, Montgomery form. */
  export type ScalarElement = Uint8Array;
  /** An affine (2 coordinates) or Jacobian (3 coordinates) point, told apart by length; Montgomery form. */
  export type GroupElement = Uint8Array;

  export type Group = {
    readonly g: GroupElement;
    readonly zero: GroupElement;
    readonly zeroAffine: GroupElement;
    readonly F: { readonly n8: number };
    add(left: GroupElement, right: GroupElement): GroupElement;
    toAffine(point: GroupElement): GroupElement;
    /** Affine, little-endian, Montgomery: the encoding of zkey files. */
    toRprLEM(target: Uint8Array, offset: number, point: GroupElement): void;
  };

  export type Curve = {
    readonly G1: Group;
    readonly G2: Group;
    readonly q: bigint;
    readonly r: bigint;
    /** Ends the worker threads; without it the process does not end. */
    terminate(): Promise<void>;
  };

  export const curves: {
    /** With `singleThread` the curve is private and has no threads; without, it is shared by the whole process. */
    getCurveFromName(name: 'bn128', options?: ProverOptions): Promise<Curve>;
  };
}
