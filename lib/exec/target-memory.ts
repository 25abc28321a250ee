/**
 * Tracks the callers' memory that reads and writes in flight use. A result whose memory is in use cannot be released.
 * If a read or write is abandoned while a system call hangs, the memory is detached from the caller's buffer, because
 * the system call may still access it later.
 * @module
 */

/** Range of bytes of a buffer that an operation in flight uses. */
interface Use {
  readonly begin: number;
  readonly end: number;
}

interface Memory {
  readonly uses: Set<Use>;
  /** Object that owns the memory after it was detached from the caller's buffer. */
  owner: object | undefined;
}

const inUse = new Map<ArrayBufferLike, Memory>();

/** Registers an operation that reads or writes the memory of `view`. @returns a function that ends the registration. */
export function useMemory({ buffer, byteOffset, byteLength }: ArrayBufferView): () => void {
  let memory = inUse.get(buffer);
  if (memory === undefined) {
    memory = { uses: new Set(), owner: undefined };
    inUse.set(buffer, memory);
  }
  const { uses } = memory;
  const use = { begin: byteOffset, end: byteOffset + byteLength };
  uses.add(use);
  return () => {
    if (uses.delete(use) && uses.size === 0) inUse.delete(buffer);
  };
}

/** Registers like {@link useMemory}, if `given` is a view. For arguments of callers that are not validated yet. */
export function useGivenMemory(given: unknown): () => void {
  return ArrayBuffer.isView(given) ? useMemory(given) : () => {};
}

/** True if an operation in flight uses a byte of `view`. */
export function isMemoryInUse({ buffer, byteOffset, byteLength }: ArrayBufferView): boolean {
  const end = byteOffset + byteLength;
  for (const use of inUse.get(buffer)?.uses ?? []) if (use.begin < end && byteOffset < use.end) return true;
  return false;
}

/**
 * Detaches the memory of `buffer` while a read or write is in flight. The buffer's length becomes 0, so the caller
 * cannot access the memory any more. Memory that cannot be detached (a SharedArrayBuffer, the memory of WebAssembly)
 * stays in place. Other reads in flight into the same buffer fail when they end.
 * @returns the object that now owns the memory. Keep it while a system call may access the memory. This module keeps it
 *   until the other operations on the buffer have ended.
 */
export function takeMemory(buffer: ArrayBufferLike): { readonly owner: object; readonly isTaken: boolean } {
  const memory = inUse.get(buffer);
  if (memory?.owner !== undefined) return { owner: memory.owner, isTaken: true };
  try {
    const owner = structuredClone(buffer, { transfer: [buffer as ArrayBuffer] });
    if (memory !== undefined) memory.owner = owner;
    return { owner, isTaken: true };
  } catch {
    return { owner: buffer, isTaken: false };
  }
}
