/** The two families of networks as trainers: they differ in view and parameters alone. */
import { ok, type Result } from '../../../protocol/errors.ts';
import { hpuCycles } from '../../../protocol/units.ts';
import type { Params, ProblemShape, Trainer, TrainSet, View } from '../trainer.ts';
import { initialCycles, orderCycles, stepCycles } from './cycles.ts';
import { NetworkFit } from './fit.ts';
import { decodeNetwork } from './model.ts';
import type { NetworkParams } from './params.ts';
import { predictorOf } from './predictor.ts';
import { layoutOf } from './shape.ts';

export function networkTrainer(
  family: 'mlp' | 'cnn',
  view: View,
  params: (raw: Params, shape: ProblemShape) => Result<Params>,
  planOf: (params: Params, shape: ProblemShape) => NetworkParams,
): Trainer {
  const problemOf = ({ input, classes, image }: TrainSet): ProblemShape => ({
    rows: input.rows,
    cols: input.cols,
    classes,
    ...(image ? { image } : {}),
  });
  return {
    family,
    view,
    watches: true,
    tasks: ['classes', 'values'],
    params,
    estimate(problem, filled) {
      const { descent, shape } = planOf(filled, problem);
      const layout = layoutOf(shape);
      const { batch, epochs } = descent;
      const full = BigInt(Math.floor(problem.rows / batch)) * stepCycles(layout, batch, problem.classes, descent);
      const rest = problem.rows % batch;
      const last = rest > 0 ? stepCycles(layout, rest, problem.classes, descent) : 0n;
      const epoch = orderCycles(problem.rows) + full + last;
      return hpuCycles(initialCycles(layout, problem.rows, problem.classes) + BigInt(epochs) * epoch);
    },
    start(kernels, set, filled, key, checkpoint) {
      const plan = planOf(filled, problemOf(set));
      return new NetworkFit(kernels.network, family, set, filled, plan, key, checkpoint);
    },
    decode(model) {
      const network = decodeNetwork(model);
      if (!network.ok) return network;
      if (network.value.shape.filters.length > 0 !== (family === 'cnn')) {
        return { ok: false, code: 'result_mismatch', evidence: `network: no ${family}` } as Result<never>;
      }
      return ok(predictorOf(network.value));
    },
  };
}
