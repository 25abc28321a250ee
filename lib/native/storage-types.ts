/**
 * What the addon says of storage and of the page cache.
 * @module
 */
import type { NativeError } from './error-types.js';

/** What the kernel says of a path (native/sys/path_facts.h). Devices are `major:minor`. */
export interface NativeStorageFacts {
  readonly type: 'file' | 'directory' | 'block device' | 'other';
  readonly inode: number;
  readonly size: number;
  readonly allocatedBytes: number;
  readonly preferredIoBytes: number;
  readonly device: string;
  readonly special: string;
  /** The mount's number in /proc/self/mountinfo; -1 where the kernel does not say. */
  readonly mountId: number;
  /** STATX_ATTR_ bits. */
  readonly attributes: number;
  /** STATX_DIOALIGN: zeros say that the file does not do direct I/O; null that the file system does not answer. */
  readonly direct: {
    readonly memoryBytes: number;
    readonly offsetBytes: number;
    readonly readOffsetBytes: number;
  } | null;
  /** The errno of an open with O_DIRECT, '' when it worked, 'untried' for what is not a regular file. */
  readonly directOpen: string;
  readonly filesystem: {
    readonly magic: number;
    readonly blockBytes: number;
    readonly totalBytes: number;
    readonly freeBytes: number;
    readonly availableBytes: number;
    readonly files: number;
    readonly filesFree: number;
  } | null;
  readonly lustreLayout: Uint8Array | null;
}

/** What of a file is cached (native/sys/page_cache.h). */
export interface NativeCacheLook {
  readonly witness: 'cachestat' | 'mincore' | 'hidden';
  readonly size: number;
  /** Five words a piece: pages cached, dirty, in writeback, evicted, recently evicted. */
  readonly pages: Float64Array;
}

/** What an eviction could not do. */
export interface NativeEviction {
  readonly flush: NativeError | null;
  readonly drop: NativeError | null;
}
