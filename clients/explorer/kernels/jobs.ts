/** What the kernels' worker is asked, and what it answers. */
type KernelName = 'gemm' | 'freivalds' | 'float' | 'relaxed' | 'operators' | 'sha256' | 'linear' | 'network' | 'trees';
export type KernelUrls = Readonly<Record<KernelName, string>>;

export type Job =
  | { readonly kind: 'digest' }
  /** `model`: canonical bytes; `x`: the rows, row-major. */
  | { readonly kind: 'predict'; readonly model: Uint8Array; readonly x: Float32Array; readonly rows: number }
  /** `bundle` and `rows`: canonical bytes, of a table without a target. */
  | { readonly kind: 'bundle'; readonly bundle: Uint8Array; readonly rows: Uint8Array };

export type JobRequest = { readonly urls: KernelUrls; readonly job: Job };

export type JobDone =
  | { readonly kind: 'digest'; readonly digest: string; readonly parts: Readonly<Record<string, string>> }
  /** `result`: canonical bytes of the prediction. */
  | { readonly kind: 'predict' | 'bundle'; readonly result: Uint8Array; readonly cycles: string };

export type JobAnswer = JobDone | { readonly kind: 'fault'; readonly message: string };
