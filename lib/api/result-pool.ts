/**
 * Recycles the memory of results that were released. Each JavaScript thread has one pool.
 * @module
 */
import { binding } from '../native/binding.js';
import { availableMemory } from '../storage/available-memory.js';

/** True if the environment variable POSIX_PAR_POISON_RESULTS asks for poisoned memory. */
const isPoisoned = ((): boolean => {
  try {
    return (process.env['POSIX_PAR_POISON_RESULTS'] ?? '') !== '';
  } catch {
    return false; // Deno throws if it has no permission to read the variable (`--allow-env`).
  }
})();
/** Tests overwrite memory with these bytes before a read, so that bytes that the read fails to write are noticed. */
const poison = { fresh: 0x5a, recycled: 0xa5 };
/** Fresh memory is poisoned up to this size, because tests of larger results check that memory is not touched. */
const maxPoisonedFreshBytes = 32 * 2 ** 20;

/**
 * Size in bytes of the smallest buffer that is kept, because allocating a smaller buffer is as fast as recycling it.
 * Tests recycle buffers of any size.
 */
const minBytes = isPoisoned ? 1 : 64 * 2 ** 10;
/** Number of size classes per power of two. */
const classesPerPower = 8;
/** Maximum unused part of a recycled buffer, relative to the size of the new result. */
const maxUnused = 1 / 8;
/** `take` examines at most this many buffers of a size class: the buffers that were released last. */
const maxLookups = 16;
/** Interval of the timer that frees unused buffers. */
const idleMs = 10_000;
/** Default limit: this part of the memory limit of the process, but at most `maxDefaultBytes`. */
const defaultShare = 1 / 4;
const maxDefaultBytes = 2 * 2 ** 30;

/** Overwrites memory that a read is about to fill, if tests ask for it. */
export function poisonFresh(memory: ArrayBufferView): void {
  if (isPoisoned && memory.byteLength <= maxPoisonedFreshBytes) {
    new Uint8Array(memory.buffer, memory.byteOffset, memory.byteLength).fill(poison.fresh);
  }
}

/** Counters of the result pool of a JavaScript thread. */
export interface ResultPoolUsage {
  /** Bytes of released results that the pool keeps. */
  readonly bytes: number;
  /** Number of buffers that the pool keeps. */
  readonly buffers: number;
  /** Largest number of bytes that the pool keeps; see `configure`. */
  readonly limitBytes: number;
  /** Number of results and masks that got recycled memory. */
  readonly hits: number;
  /** Number of results and masks of at least 64 KiB that got new memory. */
  readonly misses: number;
  /**
   * Bytes of released results that were freed. They were too small or too large for the pool, the pool was full or
   * idle, or a new result needed the memory.
   */
  readonly freedBytes: number;
}

interface Kept {
  readonly buffer: ArrayBuffer;
  /** Value of the pool's clock when the buffer was released. */
  readonly releasedAt: number;
}

/** Operations on buffers that the pool needs. Tests supply their own. */
export interface PoolMemory {
  /** Moves the memory of `buffer` to a new buffer. The old buffer is detached: its length becomes 0. */
  move(buffer: ArrayBuffer): ArrayBuffer;
  /** Detaches `buffer` and frees its memory at once. */
  free(buffer: ArrayBuffer): void;
  /** Memory limit of the process in bytes; null if it is unknown. */
  limitBytes(): number | null;
}

type Transferable = ArrayBuffer & { transfer?: () => ArrayBuffer };

const realMemory: PoolMemory = {
  // Node 20 has no `ArrayBuffer.prototype.transfer`.
  move: (buffer: Transferable) => buffer.transfer?.() ?? structuredClone(buffer, { transfer: [buffer] }),
  free: (buffer) => binding().detach(buffer),
  limitBytes: () => availableMemory()?.limitBytes ?? null,
};

/** Keeps the memory of released results, by size, within a byte limit. */
export class ResultPool {
  readonly #memory: PoolMemory;
  /** Buffers by size class, each list in the order of their release. */
  readonly #classes = new Map<number, Kept[]>();
  #limitBytes: number | null = null;
  #bytes = 0;
  #buffers = 0;
  #hits = 0;
  #misses = 0;
  #freedBytes = 0;
  #clock = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(memory: PoolMemory = realMemory) {
    this.#memory = memory;
  }

  /** Sets the limit in bytes, and frees buffers at once until the pool is within it. */
  set limitBytes(bytes: number) {
    this.#limitBytes = bytes;
    this.#trimTo(bytes);
  }
  get limitBytes(): number {
    this.#limitBytes ??= Math.min(maxDefaultBytes, Math.floor((this.#memory.limitBytes() ?? 0) * defaultShare));
    return this.#limitBytes;
  }

  /**
   * Returns a buffer of at least `bytes` bytes, or null if the pool has none. The first `bytes` bytes are those of an
   * earlier result: overwrite all of them. The buffer may be up to an eighth larger; the bytes at its end are 0.
   */
  take(bytes: number): ArrayBuffer | null {
    if (bytes < minBytes) return null;
    const maxBytes = bytes + Math.floor(bytes * maxUnused);
    for (let sizeClass = classOf(bytes); sizeClass <= classOf(maxBytes); sizeClass++) {
      const list = this.#classes.get(sizeClass);
      const chosen = list === undefined ? -1 : chooseBuffer(list, bytes, maxBytes);
      const kept = list?.[chosen];
      if (list === undefined || kept === undefined) continue;
      this.#remove(sizeClass, list, chosen);
      this.#hits += 1;
      const { buffer } = kept;
      if (isPoisoned) new Uint8Array(buffer, 0, bytes).fill(poison.recycled);
      if (buffer.byteLength > bytes) new Uint8Array(buffer, bytes).fill(0);
      return buffer;
    }
    this.#misses += 1;
    return null;
  }

  /**
   * Takes over the memory of `buffer` like {@link give}, but does not detach it, which is faster. The caller must have
   * no other references to it. The buffer must not be detached.
   */
  giveUnshared(buffer: ArrayBuffer, mostBytes = Number.POSITIVE_INFINITY): void {
    this.#keep(buffer, mostBytes, buffer);
  }

  /**
   * Takes over the memory of `buffer` and detaches it. No thread may use the memory any more. Does nothing if the
   * buffer is already detached.
   * @param mostBytes frees the memory instead if the pool would keep more bytes than this.
   */
  give(buffer: ArrayBuffer, mostBytes = Number.POSITIVE_INFINITY): void {
    this.#keep(buffer, mostBytes, null);
  }

  /** @param kept the buffer that is kept; null to move the memory to a new one. */
  #keep(buffer: ArrayBuffer, mostBytes: number, kept: ArrayBuffer | null): void {
    const bytes = buffer.byteLength;
    if (bytes === 0) return;
    if (bytes < minBytes || bytes > this.limitBytes || this.#bytes + bytes > mostBytes) {
      this.#memory.free(buffer);
      this.#freedBytes += bytes;
      return;
    }
    const sizeClass = classOf(bytes);
    let list = this.#classes.get(sizeClass);
    if (list === undefined) {
      list = [];
      this.#classes.set(sizeClass, list);
    }
    list.push({ buffer: kept ?? this.#memory.move(buffer), releasedAt: ++this.#clock });
    this.#bytes += bytes;
    this.#buffers += 1;
    if (this.#bytes > this.limitBytes) this.#trimTo(this.limitBytes);
    this.#startTimer();
  }

  /** Frees all buffers. */
  clear(): void {
    this.#trimTo(0);
  }

  get usage(): ResultPoolUsage {
    return {
      bytes: this.#bytes,
      buffers: this.#buffers,
      limitBytes: this.limitBytes,
      hits: this.#hits,
      misses: this.#misses,
      freedBytes: this.#freedBytes,
    };
  }

  /** Frees buffers, the first released first, until at most `bytes` bytes are left. */
  #trimTo(bytes: number): void {
    while (this.#bytes > bytes && this.#freeOldest(Number.POSITIVE_INFINITY)) {
      // The condition frees a buffer.
    }
  }

  /** Frees the oldest buffer, if it was released before the time `before` of the clock. Returns false otherwise. */
  #freeOldest(before: number): boolean {
    let oldest: { sizeClass: number; list: Kept[]; kept: Kept } | undefined;
    for (const [sizeClass, list] of this.#classes) {
      const [kept] = list;
      if (kept !== undefined && kept.releasedAt < (oldest?.kept.releasedAt ?? before))
        oldest = { sizeClass, list, kept };
    }
    if (oldest === undefined) return false;
    this.#remove(oldest.sizeClass, oldest.list, 0);
    this.#freedBytes += oldest.kept.buffer.byteLength;
    this.#memory.free(oldest.kept.buffer);
    return true;
  }

  #remove(sizeClass: number, list: Kept[], index: number): void {
    const [kept] = list.splice(index, 1);
    this.#bytes -= kept?.buffer.byteLength ?? 0;
    this.#buffers -= 1;
    if (list.length === 0) this.#classes.delete(sizeClass);
  }

  /** Frees buffers that stay unused from one tick of the timer to the next. The timer stops when the pool is empty. */
  #startTimer(): void {
    if (this.#timer !== undefined) return;
    const before = this.#clock + 1;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      while (this.#freeOldest(before)) {
        // The condition frees a buffer.
      }
      if (this.#buffers > 0) this.#startTimer();
    }, idleMs);
    this.#timer.unref?.();
  }
}

/** Returns the size class of `bytes`. Sizes of one class differ by at most an eighth. */
function classOf(bytes: number): number {
  const power = Math.floor(Math.log2(bytes));
  return power * classesPerPower + Math.floor((bytes / 2 ** power - 1) * classesPerPower);
}

/** Searches the last buffers for the smallest with `bytes` to `maxBytes` bytes. Returns its index, or -1. */
function chooseBuffer(list: readonly Kept[], bytes: number, maxBytes: number): number {
  let chosen = -1;
  let size = maxBytes + 1;
  for (let i = list.length - 1; i >= Math.max(0, list.length - maxLookups); i--) {
    const { byteLength } = list[i]?.buffer ?? new ArrayBuffer(0);
    if (byteLength < bytes || byteLength >= size) continue;
    chosen = i;
    size = byteLength;
    if (size === bytes) break;
  }
  return chosen;
}

/** Result pool of this JavaScript thread. */
export const resultPool = new ResultPool();
