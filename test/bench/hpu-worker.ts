/** A Worker that multiplies as often as it is asked to. It tells no time: its clock stands still while it computes. */
/// <reference path="../../workers/wasm.d.ts" />
import floatModule from '../../hpu/dist/float.wasm';
import freivaldsModule from '../../hpu/dist/freivalds.wasm';
import gemmModule from '../../hpu/dist/gemm.wasm';
import relaxedModule from '../../hpu/dist/relaxed.wasm';
import { WORKERD } from '../../hpu/product/host.ts';
import { kernelsOf, type OwnRuns, ownRuns } from './hpu-kernels.ts';
import { HPU_SHAPES, operandsOf } from './hpu-shapes.ts';

const kernels = kernelsOf(
  {
    gemm: gemmModule,
    freivalds: freivaldsModule,
    float: floatModule,
    relaxed: relaxedModule,
  },
  WORKERD,
);
const prepared = new Map<number, OwnRuns>();

function runsOf(index: number): OwnRuns {
  const shape = HPU_SHAPES[index];
  if (!shape) throw new RangeError(`no shape ${index}`);
  const runs = prepared.get(index) ?? ownRuns(kernels, operandsOf(shape));
  prepared.set(index, runs);
  return runs;
}

export default {
  /** ?shape=INDEX&kernel=d16&calls=N: runs, and answers one entry of the last product. */
  fetch(request: Request): Response {
    const query = new URL(request.url).searchParams;
    const run = runsOf(Number(query.get('shape')))[query.get('kernel') as keyof OwnRuns];
    let last = 0;
    for (let call = 0; call < Number(query.get('calls')); call++) last = run?.().at(-1) ?? 0;
    return new Response(String(last));
  },
};
