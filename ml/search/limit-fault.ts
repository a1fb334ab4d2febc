/** Limits that are met only while a model is fitted or predicts: a kernel's memory, the length of an array. */
import { KernelFault } from '../../hpu/shape.ts';

/** What was met. Equal work meets it at the same place on every host; any other error is thrown again. */
export function limitFault(error: unknown): string {
  if (error instanceof KernelFault || error instanceof RangeError) return error.message;
  throw error;
}
