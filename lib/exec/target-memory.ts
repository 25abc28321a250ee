/**
 * Tracks the callers' memory that reads in flight write to. If a read is abandoned while a system call hangs, the
 * memory is detached from the caller's buffer, because the call may still write to it later.
 * @module
 */

interface Memory {
  /** Number of reads in flight that write to the memory. */
  reads: number;
  /** Object that owns the memory after it was detached from the caller's buffer. */
  owner: object | undefined;
}

const inUse = new Map<ArrayBufferLike, Memory>();

/** Registers a read that writes to `buffer`. @returns a function that ends the registration. */
export function useMemory(buffer: ArrayBufferLike): () => void {
  let memory = inUse.get(buffer);
  if (memory === undefined) {
    memory = { reads: 0, owner: undefined };
    inUse.set(buffer, memory);
  }
  const used = memory;
  used.reads += 1;
  let isUsed = true;
  return () => {
    if (!isUsed) return;
    isUsed = false;
    used.reads -= 1;
    if (used.reads === 0) inUse.delete(buffer);
  };
}

/**
 * Detaches the memory of `buffer` while a read is in flight. The buffer's length becomes 0, so the caller cannot see
 * later writes. Memory that cannot be detached (a SharedArrayBuffer, the memory of WebAssembly) stays in place. Other
 * reads in flight into the same buffer fail when they end.
 * @returns the object that now owns the memory. Keep it while a call may write; this module keeps it until the other
 *   reads have ended.
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
