/**
 * What {@link describeStorage} returns.
 * @module
 */
import type { BlockDevice } from './block-device.js';
import type { FilesystemFamily } from './filesystems.js';
import type { LustreLayout } from './lustre.js';
import type { NetworkStorage } from './network.js';

/** The file system of a path. Sizes in bytes. */
export interface FilesystemDescription {
  /** Its type as in /proc/mounts: `ext4`, `nfs4`, `fuse.sshfs`. */
  readonly type: string;
  readonly family: FilesystemFamily;
  /** What is mounted; null where the mount can't be seen. */
  readonly source: string | null;
  readonly mountPoint: string | null;
  /** The directory of the file system that is mounted: not `/` for bind mounts and subvolumes. */
  readonly root: string | null;
  /** Options of the mount and of the file system, each once. */
  readonly options: readonly string[];
  readonly readOnly: boolean;
  /** The number that statfs(2) gives the type. */
  readonly magic: number | null;
  readonly blockBytes: number | null;
  readonly totalBytes: number | null;
  readonly freeBytes: number | null;
  /** Without what is reserved for root. */
  readonly availableBytes: number | null;
  /** Files that it can hold and hold further; null where it has no such limit. */
  readonly files: number | null;
  readonly filesFree: number | null;
  /** What the kernel reads ahead of a sequential reader. */
  readonly readAheadBytes: number | null;
}

/** What direct I/O (O_DIRECT) asks of a file. */
export interface DirectIoDescription {
  /** Whether the file can be opened with O_DIRECT and does not say that it can't do direct I/O. */
  readonly supported: boolean;
  /** Alignment of memory, and of offset and length, in bytes; null where direct I/O is not supported. */
  readonly memoryBytes: number | null;
  readonly offsetBytes: number | null;
  /** Whether the file said so (statx, STATX_DIOALIGN), or the file system's block size stands in. */
  readonly source: 'statx' | 'block size';
  /** Why not, where it is not supported. */
  readonly refused: string | null;
  /** The file that was asked: of a directory, one that was found in it. */
  readonly file: string;
}

/** What lies behind a path. */
export interface StorageDescription {
  /** As it was given. */
  readonly path: string;
  /** Absolute, without symbolic links. */
  readonly realPath: string;
  readonly type: 'file' | 'directory' | 'block device' | 'other';
  /** Size and what is allocated of it (sparse and compressed files: less), in bytes. */
  readonly size: number;
  readonly allocatedBytes: number;
  /** The size of a request that the file system likes (st_blksize). */
  readonly preferredIoBytes: number;
  /** `compressed`, `encrypted`, `dax`, `verity`, `immutable`, `append-only`. */
  readonly attributes: readonly string[];
  readonly filesystem: FilesystemDescription;
  /** Null where no file was there to ask. */
  readonly direct: DirectIoDescription | null;
  /** The block devices; empty for network and memory file systems. */
  readonly devices: readonly BlockDevice[];
  /** Whether a device is a rotating disk; null where nothing says so. */
  readonly rotational: boolean | null;
  /** The largest request to a device, or to the server. */
  readonly maxTransferBytes: number | null;
  readonly network: NetworkStorage | null;
  readonly lustre: LustreLayout | null;
  /** What the storage is made of: the layer of an overlay that has the file, the file behind a loop device. */
  readonly beneath: StorageDescription | null;
  /** What follows for reads, in sentences. */
  readonly notes: readonly string[];
}
