/**
 * The memory of callers that reads write to, and what happens to it if a read is given up while one of its calls hangs: the call may
 * write to it at any later time.
 * @module
 */

interface Memory {
  /** Reads in flight. */
  reads: number;
  /** What owns the memory since it was taken from the caller's buffer. */
  owner: object | undefined;
}

const inUse = new Map<ArrayBufferLike, Memory>();

/** A read begins to write to `buffer`. @returns what ends that. */
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
 * Takes the memory away from `buffer`, which a read in flight uses: its length becomes 0, so that no later write is seen. Memory that
 * cannot be taken away (a SharedArrayBuffer, the memory of WebAssembly) stays where it is. Other reads in flight into the same buffer
 * fail when they end.
 * @returns what owns the memory now. It must be kept while a call may write; this module keeps it for the other reads.
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
