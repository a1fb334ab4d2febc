import type { Prediction } from '../../ml/mlp/prediction.ts';

/** Test hook: the provider's lie. One byte of the last product, and the logit that follows from it. */
export function flipProduct(product: Int32Array, prediction: Prediction): void {
  new Uint8Array(product.buffer, product.byteOffset)[0] =
    (new Uint8Array(product.buffer, product.byteOffset)[0] as number) ^ 1;
  prediction.logits[0] = (prediction.logits[0] as number) ^ 1;
}
