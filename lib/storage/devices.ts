/**
 * Finds the block devices of a mount.
 * @module
 */
import { type BlockDevice, readBlockDevice, readNamedDevice } from './block-device.js';
import type { Mount } from './mounts.js';
import type { SystemFiles } from './system-files.js';

/** Returns all devices of a btrfs file system, given one of them (/sys/fs/btrfs/UUID/devices). */
async function btrfsDevices(files: SystemFiles, one: BlockDevice): Promise<BlockDevice[]> {
  for (const id of await files.list('/sys/fs/btrfs')) {
    const names = await files.list(`/sys/fs/btrfs/${id}/devices`);
    if (!names.includes(one.name)) continue;
    const devices = await Promise.all([...names].sort().map((name) => readNamedDevice(files, name)));
    return devices.filter((device) => device !== null);
  }
  return [one];
}

/**
 * Returns the block devices that hold the files of `mount`.
 * @param device `major:minor` of st_dev. btrfs uses virtual numbers; its devices are found through the mount's source.
 * @returns an empty list for file systems without a device, and if /sys does not show it (some containers).
 */
export async function findMountDevices(
  files: SystemFiles,
  mount: Mount | null,
  device: string,
): Promise<BlockDevice[]> {
  const direct = await readBlockDevice(files, device);
  if (direct !== null) return [direct];
  if (mount === null || !mount.source.startsWith('/dev/')) return [];
  // /dev/mapper/vg-home is a link to ../dm-3. Without such a link (in a container), the name may be the kernel's name.
  const path = (await files.real(mount.source)) ?? mount.source;
  const named = await readNamedDevice(files, path.slice('/dev/'.length));
  if (named === null) return [];
  return mount.type === 'btrfs' ? await btrfsDevices(files, named) : [named];
}

/** Returns the smallest positive result of `value` for all devices in the stack; null if there is none. */
export function minOverDevices(
  devices: readonly BlockDevice[],
  value: (device: BlockDevice) => number | null,
): number | null {
  const all = devices.flatMap((device) => [value(device), minOverDevices(device.parts, value)]);
  const known = all.filter((number) => number !== null && number > 0) as number[];
  return known.length === 0 ? null : Math.min(...known);
}

/** True if a device at the bottom of the stack is a rotating disk; null if this is unknown for all of them. */
export function hasRotationalDisk(devices: readonly BlockDevice[]): boolean | null {
  const leaves = (device: BlockDevice): readonly BlockDevice[] =>
    device.parts.length === 0 ? [device] : device.parts.flatMap(leaves);
  const answers = devices.flatMap(leaves).map((device) => device.rotational);
  if (answers.includes(true)) return true;
  return answers.includes(false) ? false : null;
}
