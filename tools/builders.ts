/** What `npm run build` runs, in this order: the page packs the kernels. Each exports `call(): Promise<void>`. */
export const BUILDERS = [
  { file: 'hpu/build.ts', call: 'buildKernels' },
  { file: 'circuits/build.ts', call: 'buildCircuits' },
  { file: 'clients/explorer/build.ts', call: 'buildExplorer' },
  { file: 'clients/light/build.ts', call: 'buildLight' },
] as const;
