/** What the kernels' worker is asked, and what it answers. */
export type KernelUrls = Readonly<Record<'gemm' | 'freivalds' | 'float' | 'relaxed' | 'operators' | 'sha256', string>>;

export type Job =
  | { readonly kind: 'digest' }
  /** `model`: canonical bytes; `x`: the rows, row-major. */
  | { readonly kind: 'predict'; readonly model: Uint8Array; readonly x: Float32Array; readonly rows: number };

export type JobRequest = { readonly urls: KernelUrls; readonly job: Job };

export type JobDone =
  | { readonly kind: 'digest'; readonly digest: string; readonly parts: Readonly<Record<string, string>> }
  /** `result`: canonical bytes of the prediction. */
  | { readonly kind: 'predict'; readonly result: Uint8Array; readonly cycles: string };

export type JobAnswer = JobDone | { readonly kind: 'fault'; readonly message: string };
