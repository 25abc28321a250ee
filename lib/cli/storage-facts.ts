/**
 * What is said of the storage under an array or group, in short; `posix-par fs` has all of it.
 * @module
 */
import { isPosixParError } from '../index.js';
import { describeStorage, residency, type StorageDescription } from '../storage/index.js';
import { formatBytes, formatShare } from './output/numbers.js';

/** The storage of a path. `null`: the system does not say. */
export interface StorageFacts {
  readonly filesystem: string;
  readonly mountPoint: string | null;
  /** Block devices, those beneath an overlay or loop device where the path has none of its own. */
  readonly devices: readonly string[];
  readonly rotational: boolean | null;
  /** Of a network file system. */
  readonly server: string | null;
  /** Of a file: its size, what is allocated of it, and what is in the page cache; null of a directory. */
  readonly sizeBytes: number | null;
  readonly allocatedBytes: number | null;
  readonly cachedBytes: number | null;
}

/** The description that has block devices, from the top. */
function withDevices(description: StorageDescription): StorageDescription {
  const { devices, beneath } = description;
  return devices.length === 0 && beneath !== null ? withDevices(beneath) : description;
}

/** The facts of `path`; null where the system refuses to tell: that keeps nobody from reading. */
export async function storageFacts(path: string): Promise<StorageFacts | null> {
  try {
    const description = await describeStorage(path);
    const { filesystem, network, type, size, allocatedBytes } = description;
    const { devices, rotational } = withDevices(description);
    const isFile = type === 'file';
    return {
      filesystem: filesystem.type,
      mountPoint: filesystem.mountPoint,
      devices: devices.map(({ name }) => name),
      rotational,
      server: network?.server ?? null,
      sizeBytes: isFile ? size : null,
      allocatedBytes: isFile ? allocatedBytes : null,
      cachedBytes: isFile ? (await residency(path, undefined, { buckets: 1 })).cachedBytes : null,
    };
  } catch (error) {
    if (!isPosixParError(error)) throw error;
    return null;
  }
}

/** One line: `ext4 on vda, 1.0 GiB, 37 % in the page cache`. */
export function storageLine(facts: StorageFacts): string {
  const { filesystem, devices, server, sizeBytes, cachedBytes } = facts;
  const on = server ?? devices.join(', ');
  const parts = [`${filesystem}${on === '' ? '' : ` on ${on}`}`];
  if (sizeBytes !== null) parts.push(formatBytes(sizeBytes));
  if (sizeBytes !== null && sizeBytes > 0 && cachedBytes !== null) {
    parts.push(`${formatShare(Math.min(cachedBytes, sizeBytes), sizeBytes)} in the page cache`);
  }
  return parts.join(', ');
}
