/** The kernels of this runtime give the bytes that every machine must give. */
import { expect, it } from 'vitest';
import floatModule from '../../hpu/dist/float.wasm';
import freivaldsModule from '../../hpu/dist/freivalds.wasm';
import gemmModule from '../../hpu/dist/gemm.wasm';
import operatorsModule from '../../hpu/dist/operators.wasm';
import relaxedModule from '../../hpu/dist/relaxed.wasm';
import sha256Module from '../../hpu/dist/sha256.wasm';
import { WORKERD } from '../../hpu/product/host.ts';
import { digestOf, digestParts } from '../../ml/digest/suite.ts';
import { newTrainerKernels } from '../../workers/consumers/kernels.ts';
import { INT8_PARTS, int8Parts } from '../support/int8-network.ts';
import expected from '../vectors/digest.json' with { type: 'json' };

const modules = {
  gemm: gemmModule,
  freivalds: freivaldsModule,
  float: floatModule,
  operators: operatorsModule,
  sha256: sha256Module,
};

it.each([
  ['without relaxed SIMD', {}],
  ['with it', { relaxed: relaxedModule }],
])('the digest suite in workerd %s equals the committed one', (_name, relaxed) => {
  const parts = digestParts({ ...modules, ...relaxed }, WORKERD);
  expect(parts).toEqual(expected.parts); // names the job that differs
  expect(digestOf(parts)).toBe(expected.suite);
});

it('an int8 network is quantised and asked as in Node', () => {
  expect(int8Parts(newTrainerKernels())).toEqual(INT8_PARTS);
});
