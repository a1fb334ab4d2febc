/**
 * WebCrypto's types refuse views of shared memory. Nothing here makes one (kernels copy out of their memory), and a runtime
 * that meets one throws, so this states a fact and hides none.
 */
export const bufferSource = (bytes: Uint8Array): Uint8Array<ArrayBuffer> => bytes as Uint8Array<ArrayBuffer>;
