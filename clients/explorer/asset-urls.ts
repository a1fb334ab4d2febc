/** URLs of the files beside the scripts, put in by build.ts under names that hold their hash. */
declare const ASSET_URLS: Readonly<Record<'gemm' | 'freivalds' | 'float' | 'digits' | 'worker', string>>;

export const assetUrls = ASSET_URLS;
