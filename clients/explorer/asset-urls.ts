/** URLs of the files beside the scripts, put in by build.ts under names that hold their hash. */
import type { KernelUrls } from './kernels/jobs.ts';

declare const ASSET_URLS: KernelUrls & Readonly<Record<'digits' | 'sample' | 'worker', string>>;

export const assetUrls = ASSET_URLS;
