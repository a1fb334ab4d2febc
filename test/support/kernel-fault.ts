/** A refused call of a kernel: its numbered fault, and the proof that kernel memory was neither laid out, written nor viewed. */
import { expect, vi } from 'vitest';
import { Arena } from '../../hpu/arena.ts';
import { KernelFault } from '../../hpu/shape.ts';

const TOUCHES = ['reset', 'take', 'put', 'fill', 'bytes', 'int8', 'int32', 'float32', 'copyOf'] as const;

function faultOf(call: () => unknown): unknown {
  try {
    call();
  } catch (thrown) {
    return thrown;
  }
  return undefined;
}

function expectNumber(fault: unknown, number: number): void {
  expect(fault).toBeInstanceOf(KernelFault);
  expect((fault as KernelFault).number).toBe(number);
}

/** What the call needs (packed weights) is made before: making it touches memory. */
export function expectRefused(call: () => unknown, number: number): void {
  const spies = TOUCHES.map((name) => vi.spyOn(Arena.prototype, name));
  const fault = faultOf(call);
  const touched = spies.flatMap((spy, i) => (spy.mock.calls.length > 0 ? [TOUCHES[i]] : []));
  for (const spy of spies) spy.mockRestore();
  expectNumber(fault, number);
  expect(touched).toEqual([]);
}

/** As expectRefused, where only reading the operand can find the fault: it was copied in. */
export const expectRefusedOnReading = (call: () => unknown, number: number): void =>
  expectNumber(faultOf(call), number);
