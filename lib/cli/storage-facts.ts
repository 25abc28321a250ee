/**
 * Summary of the storage under an array or group. `posix-par fs` shows all details.
 * @module
 */
import { isPosixParError } from '../index.js';
import { describeStorage, residency, type StorageDescription } from '../storage/index.js';
import { formatBytes, formatShare } from './output/numbers.js';

/** Summary of the storage of a path. Values are null if the system does not report them. */
export interface StorageFacts {
  readonly filesystem: string;
  readonly mountPoint: string | null;
  /**
   * Names of the block devices. If the path has none, as on an overlay, the names of the devices of the storage beneath
   * it.
   */
  readonly devices: readonly string[];
  readonly rotational: boolean | null;
  /** Server of a network file system. */
  readonly server: string | null;
  /** Size of the file; null for a directory. */
  readonly sizeBytes: number | null;
  readonly allocatedBytes: number | null;
  readonly cachedBytes: number | null;
}

/**
 * Returns `description` if it has block devices, otherwise the first storage beneath it that has some. If none has,
 * returns the lowest storage.
 */
function withDevices(description: StorageDescription): StorageDescription {
  const { devices, beneath } = description;
  return devices.length === 0 && beneath !== null ? withDevices(beneath) : description;
}

/** Returns the summary for `path`; null if the system refuses the query, which does not prevent reading. */
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

/** Formats the summary as one line: `ext4 on vda, 1.00 GiB, 37.0 % in the page cache`. */
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
