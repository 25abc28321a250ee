/**
 * Describes the machine that a measurement ran on.
 * @module
 */
import { readFileSync } from 'node:fs';
import { availableParallelism, cpus, freemem, release, totalmem } from 'node:os';
import { binding } from '../native/binding.js';
import { describeStorage } from '../storage/describe.js';
import type { StorageDescription } from '../storage/description.js';
import { memoryInfo } from '../storage/memory.js';
import type { Machine } from './cell.js';

function isVirtual(): boolean {
  try {
    return /^flags.*\bhypervisor\b/m.test(readFileSync('/proc/cpuinfo', 'utf8'));
  } catch {
    return false;
  }
}

/**
 * Returns the storage itself if it has block devices, else the first storage beneath it that has some. If none has,
 * returns the lowest storage.
 */
function withDevices(storage: StorageDescription): StorageDescription {
  return storage.devices.length === 0 && storage.beneath !== null ? withDevices(storage.beneath) : storage;
}

/** Describes the machine and the storage of `path`. Also returns the numbers (`major:minor`) of its block devices. */
export async function describeMachine(
  path: string,
): Promise<{ readonly machine: Machine; readonly devices: readonly string[] }> {
  const [storage, memory] = await Promise.all([describeStorage(path), memoryInfo()]);
  const { devices, rotational } = withDevices(storage);
  const cores = Number(binding().info()['threads']);
  const machine: Machine = {
    cores: Number.isInteger(cores) && cores > 0 ? cores : availableParallelism(),
    cpu: cpus()[0]?.model ?? 'unknown',
    isVirtual: isVirtual(),
    memoryBytes: memory.totalBytes ?? totalmem(),
    memoryAvailableBytes: memory.availableBytes ?? freemem(),
    kernel: release(),
    node: process.version,
    fileSystem: storage.filesystem.type,
    mountOptions: storage.filesystem.options.join(','),
    device: devices.length === 0 ? null : devices.map(({ name }) => name).join(', '),
    rotational,
    scheduler: devices[0]?.scheduler ?? null,
  };
  return { machine, devices: devices.map(({ number }) => number) };
}
