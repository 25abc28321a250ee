/**
 * Declares what the addon reports about storage and the page cache.
 * @module
 */
import type { NativeError } from './error-types.js';

/** Properties of a path according to the kernel (native/sys/path_facts.h). Devices are `major:minor`. */
export interface NativeStorageFacts {
  readonly type: 'file' | 'directory' | 'block device' | 'other';
  readonly inode: number;
  readonly size: number;
  readonly allocatedBytes: number;
  readonly preferredIoBytes: number;
  readonly device: string;
  readonly special: string;
  /** Number of the mount in /proc/self/mountinfo; -1 if the kernel does not report it. */
  readonly mountId: number;
  /** Bits of STATX_ATTR_*. */
  readonly attributes: number;
  /**
   * Alignment for direct I/O (STATX_DIOALIGN). Zeros mean that the file does not support direct I/O; null means that
   * the file system does not report it.
   */
  readonly direct: {
    readonly memoryBytes: number;
    readonly offsetBytes: number;
    readonly readOffsetBytes: number;
  } | null;
  /**
   * Result of opening with O_DIRECT: '' if it succeeded, the errno if it failed, 'untried' if the path is not a regular
   * file.
   */
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

/** Cached pages of a file (native/sys/page_cache.h). */
export interface NativeCacheLook {
  readonly witness: 'cachestat' | 'mincore' | 'hidden';
  readonly size: number;
  /** Five page counts per byte range: cached, dirty, in writeback, evicted, recently evicted. */
  readonly pages: Float64Array;
}

/** Errors of an eviction; null if the step succeeded. */
export interface NativeEviction {
  readonly flush: NativeError | null;
  readonly drop: NativeError | null;
}
