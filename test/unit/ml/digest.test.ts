import { describe, expect, it } from 'vitest';
import { loadKernels } from '../../../hpu/node.ts';
import { digestParts, digestSuite } from '../../../ml/digest.ts';
import expected from '../../vectors/digest.json' with { type: 'json' };

describe('digest suite', () => {
  it('gives the committed bytes on this machine', () => {
    const modules = loadKernels();
    expect(digestParts(modules)).toEqual(expected.parts); // names the job that differs
    expect(digestSuite(modules)).toBe(expected.suite);
  });
});
