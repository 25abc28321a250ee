/**
 * Declares what tests exchange with the native addon: injected faults, and recorded changes of files.
 * @module
 */
import type { FaultActionName, FaultOp } from '../core/generated/names.js';

/** A fault to inject into the system-call wrappers, for tests (native/sys/hooks.h). */
export interface NativeFault {
  readonly op: FaultOp;
  /** The fault only affects paths that contain this text; '' affects all. */
  readonly path: string;
  /**
   * If `op` reads, maps or writes data, the fault affects only calls that overlap the `length` bytes from this offset
   * on. If absent, the fault affects calls at all offsets.
   */
  readonly offset?: number;
  readonly length?: number;
  /** Number of matching calls to let pass first. */
  readonly skip: number;
  /** Number of matching calls to affect after these; 0 for all. */
  readonly times: number;
  readonly action: FaultActionName;
  /**
   * Parameter of the action: the errno, the number of bytes to which a read or write is shortened, the delay or the
   * time limit of a hold in milliseconds, or the size to which a file is truncated.
   */
  readonly value: number;
}

/** A call that has changed a file or directory, or that synchronizes one (native/sys/change_log.h). */
export interface NativeChange {
  readonly op: FaultOp;
  /** Absolute path, for `create`, `mkdir`, `rename` and `unlink`. */
  readonly path: string;
  /** Absolute new path, for `rename`. */
  readonly to: string;
  /** 1 if a rename exchanged the two names. */
  readonly exchanges: number;
  /** Inode number of the file or directory; 0 for `rename` and `unlink`. */
  readonly inode: number;
  /** Offset of the bytes, for `pwrite`; size, for `fallocate` and `ftruncate`. */
  readonly offset: number;
  readonly bytes: Uint8Array;
}
