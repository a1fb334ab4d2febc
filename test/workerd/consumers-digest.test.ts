/** The kernels of this runtime give the bytes that every machine must give. */
import { expect, it } from 'vitest';
import floatModule from '../../hpu/dist/float.wasm';
import freivaldsModule from '../../hpu/dist/freivalds.wasm';
import gemmModule from '../../hpu/dist/gemm.wasm';
import { digestParts, digestSuite } from '../../ml/digest.ts';
import expected from '../vectors/digest.json' with { type: 'json' };

it('the digest suite in workerd equals the committed one', () => {
  const modules = { gemm: gemmModule, freivalds: freivaldsModule, float: floatModule };
  expect(digestParts(modules)).toEqual(expected.parts); // names the job that differs
  expect(digestSuite(modules)).toBe(expected.suite);
});
