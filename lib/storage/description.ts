/**
 * Types of the result of {@link describeStorage}.
 * @module
 */
import type { BlockDevice } from './block-device.js';
import type { FilesystemFamily } from './filesystems.js';
import type { LustreLayout } from './lustre.js';
import type { NetworkStorage } from './network.js';

/** The file system of a path. Sizes are in bytes. */
export interface FilesystemDescription {
  /** Type as in /proc/mounts: `ext4`, `nfs4`, `fuse.sshfs`. */
  readonly type: string;
  readonly family: FilesystemFamily;
  /** Source of the mount; null if the mount is not visible. */
  readonly source: string | null;
  readonly mountPoint: string | null;
  /** Directory of the file system that is mounted. It is not `/` for bind mounts and subvolumes. */
  readonly root: string | null;
  /** Options of the mount and of the file system, without duplicates. */
  readonly options: readonly string[];
  readonly readOnly: boolean;
  /** Magic number of the file system type (`f_type` of statfs(2)). */
  readonly magic: number | null;
  readonly blockBytes: number | null;
  readonly totalBytes: number | null;
  readonly freeBytes: number | null;
  /** Free space without the part that is reserved for root. */
  readonly availableBytes: number | null;
  /** Maximum number of files; null if the file system has no such limit. */
  readonly files: number | null;
  /** Number of files that can still be created; null if the file system has no such limit. */
  readonly filesFree: number | null;
  /** Read-ahead of the kernel for sequential reads. */
  readonly readAheadBytes: number | null;
}

/** Requirements of direct I/O (O_DIRECT) for a file. */
export interface DirectIoDescription {
  /**
   * True if the file can be opened with O_DIRECT and statx does not report that direct I/O is unsupported. If the
   * process has no permission to open the file, only statx decides.
   */
  readonly supported: boolean;
  /** Alignment of memory in bytes; null if direct I/O is not supported. */
  readonly memoryBytes: number | null;
  /** Alignment of offset and length in bytes; null if direct I/O is not supported. */
  readonly offsetBytes: number | null;
  /** Source of the alignment: reported by statx (STATX_DIOALIGN), or derived from the file system's block size. */
  readonly source: 'statx' | 'block size';
  /** Reason why direct I/O is not supported; null if it is. */
  readonly refused: string | null;
  /** File that was examined. For a directory, this is a file in it. */
  readonly file: string;
}

/** Description of the storage under a path. */
export interface StorageDescription {
  /** Path as the caller gave it. */
  readonly path: string;
  /** Absolute path without symbolic links. */
  readonly realPath: string;
  readonly type: 'file' | 'directory' | 'block device' | 'other';
  /** Size in bytes. */
  readonly size: number;
  /** Allocated bytes, which are fewer for sparse and compressed files. */
  readonly allocatedBytes: number;
  /** Preferred request size of the file system (st_blksize). */
  readonly preferredIoBytes: number;
  /** Attributes: `compressed`, `encrypted`, `dax`, `verity`, `immutable`, `append-only`. */
  readonly attributes: readonly string[];
  readonly filesystem: FilesystemDescription;
  /** Requirements of direct I/O; null if there was no file to examine. */
  readonly direct: DirectIoDescription | null;
  /** Block devices; empty for file systems without a device, and if /sys does not show the devices. */
  readonly devices: readonly BlockDevice[];
  /** True if a device is a rotating disk; null if unknown. */
  readonly rotational: boolean | null;
  /** Largest request to the server, or to all devices (the lowest of their limits); null if unknown. */
  readonly maxTransferBytes: number | null;
  readonly network: NetworkStorage | null;
  readonly lustre: LustreLayout | null;
  /**
   * Underlying storage: the layer of an overlay that contains the file, or the file of a loop device. Null if there is
   * none, or if it cannot be described.
   */
  readonly beneath: StorageDescription | null;
  /** Consequences for reads, as sentences. */
  readonly notes: readonly string[];
}
