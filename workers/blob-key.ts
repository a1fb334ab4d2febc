/** Where R2 keeps an uploaded ciphertext, by its id: the SHA-256 of its bytes, in hex. */
export const blobKey = (id: string): string => `blobs/${id}`;
