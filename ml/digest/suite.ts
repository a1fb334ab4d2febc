/**
 * A fixed suite of jobs on every kernel, hashed: the same hex in Node, workerd and a browser, or the machine may not vote on
 * results. Expected values: test/vectors/digest.json.
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import { sha256DigestParts } from '../../hpu/hash/sha256-digest.ts';
import { createHpu, type KernelModules } from '../../hpu/hpu.ts';
import { createOperators } from '../../hpu/operators/operators.ts';
import { createFloatProduct } from '../../hpu/product/float-product.ts';
import type { HpuHost } from '../../hpu/product/host.ts';
import { createMlKernel } from '../kernel.ts';
import { operatorParts, scalingParts } from './operators.ts';
import { floatProductParts, productParts } from './products.ts';
import { residueParts } from './residues.ts';
import type { Parts } from './samples.ts';
import { trainingParts } from './training.ts';

/** All kernels that there are. */
export type AllModules = KernelModules & {
  readonly operators: WebAssembly.Module;
  readonly sha256: WebAssembly.Module;
};

/**
 * Hex (and counted cycles) of every job by name: tells which one differs. With the relaxed module or without it, and
 * whichever kernels a host prefers, it is the same.
 */
export function digestParts(modules: AllModules, host: HpuHost = {}): Parts {
  const hpu = createHpu(modules, host);
  const ml = createMlKernel(modules.float);
  return {
    ...productParts(hpu, ml),
    ...floatProductParts(createFloatProduct(modules.float, host), ml),
    ...scalingParts(hpu, ml),
    ...operatorParts(createOperators(modules.operators), ml),
    ...residueParts(hpu, ml),
    ...sha256DigestParts(modules.sha256),
    ...trainingParts(hpu, ml),
  };
}

/** SHA-256, in hex, over all parts. */
export const digestOf = (parts: Parts): string => bytesToHex(sha256(utf8ToBytes(JSON.stringify(parts))));
