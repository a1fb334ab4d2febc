/** Bytes of an order's id: a SHA-256. */
export const ORDER_ID_BYTES = 32;

// 31 bytes = 248 bits, the longest whole number of bytes below r (254 bits). Two ids collide here with 124-bit work.
const ORDER_SIGNAL_BYTES = 31;

/**
 * The field element by which a circuit names an order: the first 31 bytes of its id, big-endian.
 *
 * @throws RangeError when the id is not 32 bytes long
 */
export function orderSignal(orderId: Uint8Array): bigint {
  if (orderId.length !== ORDER_ID_BYTES) {
    throw new RangeError(`an order id has ${ORDER_ID_BYTES} bytes, not ${orderId.length}`);
  }
  return orderId.subarray(0, ORDER_SIGNAL_BYTES).reduce((signal, byte) => (signal << 8n) | BigInt(byte), 0n);
}
