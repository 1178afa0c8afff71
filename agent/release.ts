// Gives memory back before the garbage collector would.

/**
 * Gives a buffer's memory back at once; it is empty afterwards. The collector does not notice what the buffers of sockets and of
 * OpenSSL weigh until 64 MB of them lie about, which is most of what a process of ours may use.
 */
export function release(bytes: Buffer<ArrayBuffer>): void {
  if (bytes.byteLength > 0 && bytes.byteLength === bytes.buffer.byteLength) bytes.buffer.transfer(0);
}
