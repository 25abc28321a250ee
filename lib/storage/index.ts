/**
 * posix-par/storage: describes the storage under a path, and the page-cache residency of files.
 * @module
 * @example
 * import { describeStorage, residency } from 'posix-par/storage';
 * const { filesystem } = await describeStorage('volume.npy');
 */
export type { ByteRange } from '../io/io.js';
export type { BlockDevice } from './block-device.js';
export type { CgroupMemory } from './cgroup.js';
export { describeStorage } from './describe.js';
export type {
  DirectIoDescription,
  FilesystemDescription,
  StorageDescription,
} from './description.js';
export { type Eviction, evict, type RemainReason } from './evict.js';
export type { FilesystemFamily } from './filesystems.js';
export type { LustreComponent, LustreLayout } from './lustre.js';
export { type MemoryInfo, memoryInfo } from './memory.js';
export type { NetworkStorage } from './network.js';
export {
  type CacheBucket,
  type CacheOptions,
  type FileFailure,
  type Residency,
  residency,
} from './residency.js';
export type { Pressure, ResourcePressure } from './text.js';
