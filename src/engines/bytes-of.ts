// An array as its bytes: equal bits are more than equal numbers, where there are zeros of both signs or none at all.

/** A view, no copy. */
export function bytesOf({ buffer, byteOffset, byteLength }: Float32Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}
