/**
 * Limits of the server: memory of replies, number of reads, size of a reply and time.
 * @module
 */
import { HttpError } from './http/problem.js';
import { type Hold, Lane, type LaneLimits, type LaneUsage } from './lane.js';

/** Limits of a server. */
export interface LimitSettings extends LaneLimits {
  /** Maximum size of the data of one reply in bytes. */
  readonly maxResponseBytes: number;
  /** Time in milliseconds within which the next part of a reply must be ready. */
  readonly requestTimeMs: number;
}

/**
 * Maximum size of a small reply in bytes. The buffers of a socket in the kernel take such a reply at once, so a client
 * that does not read cannot keep its memory reserved.
 */
const smallBytes = 128 << 10;
/** Part of the memory that only small replies use. */
const smallShare = 1 / 8;

/** Sizes in bytes of the parts in which large replies are read and sent. */
const [minPartBytes, maxPartBytes] = [1 << 20, 16 << 20];
/** The parts of one reply have at most this share of the memory that replies in flight could have on average. */
const partShare = 1 / 8;

/**
 * Admits reads, and counts the memory of replies until it has been sent. Small replies have their own part of the
 * memory and their own number of reads. So they do not wait for clients that read large replies slowly.
 */
export class Admission {
  readonly #limits: LimitSettings;
  readonly #smallMost: number;
  readonly #largeMost: number;
  readonly #small: Lane;
  readonly #large: Lane;

  /** @param now clock in milliseconds; tests replace it. */
  constructor(limits: LimitSettings, now?: () => number) {
    const { memoryBytes } = limits;
    const small = Math.floor(memoryBytes * smallShare);
    this.#limits = limits;
    this.#smallMost = Math.min(smallBytes, small);
    this.#largeMost = memoryBytes - small;
    this.#small = new Lane({ ...limits, memoryBytes: small }, now);
    this.#large = new Lane({ ...limits, memoryBytes: this.#largeMost }, now);
  }

  /** Bytes of the replies in memory, reads in flight, and reads that wait. */
  get usage(): LaneUsage {
    const [a, b] = [this.#small.usage, this.#large.usage];
    return { bytes: a.bytes + b.bytes, reads: a.reads + b.reads, waiting: a.waiting + b.waiting };
  }

  /** Size in bytes of the parts of a reply that begins now: the more replies share the memory, the smaller. */
  get partBytes(): number {
    const share = Math.floor((this.#largeMost * partShare) / (1 + this.#large.demand));
    return Math.min(maxPartBytes, Math.max(minPartBytes, share));
  }

  /** Maximum memory in bytes of sent replies that is kept for further reads. */
  get recycledBytes(): number {
    return this.#limits.memoryBytes * smallShare;
  }

  /** Maximum size of the data of one reply in bytes. */
  get maxResponseBytes(): number {
    return this.#limits.maxResponseBytes;
  }

  /**
   * Checks the size of the data of a reply.
   * @throws {HttpError} 413 if it exceeds the limit.
   */
  checkSize(bytes: number): void {
    const { maxResponseBytes } = this.#limits;
    if (bytes <= maxResponseBytes) return;
    const detail = `The reply would have ${bytes} bytes of data; the limit of this server is ${maxResponseBytes}. Select less`;
    throw new HttpError(413, 'ResponseTooLarge', detail);
  }

  /**
   * Waits until a read that needs `bytes` bytes of memory may begin. A read that needs more than the limit waits until
   * no other large reply is in memory.
   * @throws {HttpError} 429 if too many reads wait. @throws the reason of `signal` if it is aborted.
   */
  begin(bytes: number, signal: AbortSignal): Promise<Hold> {
    return (bytes <= this.#smallMost ? this.#small : this.#large).begin(bytes, signal);
  }
}
