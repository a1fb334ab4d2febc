/**
 * k-means: greedy k-means++ seeds (D. Arthur and S. Vassilvitskii, "k-means++: the advantages of careful seeding", 2007), Lloyd's
 * iterations, and the best of some restarts. Euclidean, on the dense view.
 */
import { fail, ok } from '../../../protocol/errors.ts';
import { hpuCycles } from '../../../protocol/units.ts';
import { Meter } from '../../meter.ts';
import { readParams } from '../linear/params.ts';
import type { Fit, Trainer } from '../trainer.ts';
import { KmeansFit } from './fit.ts';
import { CLUSTERS_MAX, clusterPredictor, decodeClusters, meterNearest } from './model.ts';

const PARAMS = {
  clusters: { kind: 'integer', fallback: 8, low: 1, high: CLUSTERS_MAX },
  restarts: { kind: 'integer', fallback: 4, low: 1, high: 64 },
  iterations: { kind: 'integer', fallback: 300, low: 1, high: 10_000 },
  /** Of the centres' squared shift, as a share of the columns' mean variance. */
  tolerance: { kind: 'number', fallback: 1e-4, low: 0, high: 1 },
} as const;

/** Iterations that a restart takes, about. */
const ITERATIONS = 20;

export const kmeansTrainer: Trainer = {
  family: 'kmeans',
  view: 'dense',
  watches: false,
  tasks: ['clusters'],
  params(raw, { rows, classes }) {
    if (classes !== 0) return fail('work_invalid', 'k-means finds clusters, not classes');
    const params = readParams(PARAMS, raw);
    if (!params.ok || Number(params.value.clusters) <= rows) return params;
    return fail('work_invalid', `clusters is ${params.value.clusters} for ${rows} rows`, 'clusters');
  },
  estimate({ rows, cols }, { clusters, restarts }) {
    const meter = new Meter();
    meterNearest(meter, rows, cols, clusters as number);
    meter.vector(rows * cols, 'columnStatistics');
    return hpuCycles(meter.cycles * BigInt(ITERATIONS * (restarts as number)));
  },
  start(kernels, set, params, key, checkpoint): Fit {
    return new KmeansFit(kernels, set, params, key, checkpoint);
  },
  decode(bytes) {
    const clusters = decodeClusters(bytes);
    return clusters.ok ? ok(clusterPredictor(clusters.value)) : clusters;
  },
};
