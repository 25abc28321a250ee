/**
 * Reads the properties of block devices from /sys (Documentation/ABI/stable/sysfs-block).
 * @module
 */
import { basename, dirname } from 'node:path/posix';
import type { SystemFiles } from './system-files.js';
import { parseChoice, parseCount } from './text.js';

/**
 * A block device and the devices that it consists of. Sizes are in bytes. A value is null if the kernel does not report
 * it.
 */
export interface BlockDevice {
  /** The kernel's name, such as `nvme0n1p2`. */
  readonly name: string;
  /** `major:minor`. */
  readonly number: string;
  readonly kind: 'disk' | 'partition' | 'loop' | 'device-mapper' | 'raid' | 'compressed memory' | 'memory';
  /** Name of a device-mapper device, or level of a RAID: `vg-home`, `raid5`. */
  readonly label: string | null;
  /**
   * Name of the disk that contains the partition; otherwise the device's own name. Queue and model belong to the disk.
   */
  readonly disk: string;
  readonly model: string | null;
  /**
   * Connection of the disk: `nvme`, `virtio`, `ata`, `scsi`, `usb`, ..., or `nvme-tcp` and the like for remote disks.
   */
  readonly transport: string | null;
  readonly sizeBytes: number | null;
  /** True if the kernel considers the disk rotational. Virtual disks are often reported as rotational. */
  readonly rotational: boolean | null;
  readonly readOnly: boolean | null;
  readonly logicalBlockBytes: number | null;
  readonly physicalBlockBytes: number | null;
  /** Preferred minimum size of a request. */
  readonly minimumIoBytes: number | null;
  /** Preferred size of a request; 0 if the device reports no preference. */
  readonly optimalIoBytes: number | null;
  /** Largest request that the kernel sends to the device (max_sectors_kb). */
  readonly maxTransferBytes: number | null;
  /** Largest request that the device supports (max_hw_sectors_kb). */
  readonly maxHardwareTransferBytes: number | null;
  /** Number of requests that the queue holds (nr_requests). */
  readonly queueRequests: number | null;
  readonly scheduler: string | null;
  readonly schedulers: readonly string[];
  readonly readAheadBytes: number | null;
  /** `write back` or `write through`. */
  readonly writeCache: string | null;
  /** `none`, `host-aware` or `host-managed`. */
  readonly zoned: string | null;
  /** File behind a loop device. */
  readonly backingFile: string | null;
  /** True if a loop device reads its file with direct I/O. */
  readonly backingDirect: boolean | null;
  /** Devices that this device consists of. */
  readonly parts: readonly BlockDevice[];
}

/** Maximum depth of stacked devices (such as a RAID on partitions) in a description. Deeper ones are left out. */
const maxDepth = 8;

function classifyDevice(name: string, isPartition: boolean): BlockDevice['kind'] {
  if (isPartition) return 'partition';
  if (/^loop\d/.test(name)) return 'loop';
  if (/^dm-\d/.test(name)) return 'device-mapper';
  if (/^md/.test(name)) return 'raid';
  if (/^zram\d/.test(name)) return 'compressed memory';
  if (/^(ram|pmem)\d/.test(name)) return 'memory';
  return 'disk';
}

/** Determines the transport from the disk's directory below /sys/devices. The first matching rule applies. */
function detectTransport(folder: string): string | null {
  const rules: readonly [RegExp, string][] = [
    [/\/nvme\d+\/nvme|\/nvme-subsystem\//, 'nvme'],
    [/\/virtio\d+\//, 'virtio'],
    [/\/usb\d+\//, 'usb'],
    [/\/ata\d+\//, 'ata'],
    [/\/mmc\d+\//, 'mmc'],
    [/\/session\d+\/target/, 'iscsi'],
    [/\/end_device-/, 'sas'],
    [/\/rport-/, 'fibre channel'],
    [/\/vbd-\d+/, 'xen'],
    [/\/(vmbus|VMBUS)/, 'hyper-v'],
    [/\/target\d+:/, 'scsi'],
  ];
  return rules.find(([pattern]) => pattern.test(folder))?.[1] ?? null;
}

class SysfsReader {
  readonly files: SystemFiles;
  readonly folder: string;

  constructor(files: SystemFiles, folder: string) {
    this.files = files;
    this.folder = folder;
  }

  async text(name: string): Promise<string | null> {
    const value = (await this.files.read(`${this.folder}/${name}`))?.trim() ?? '';
    return value === '' ? null : value;
  }
  async count(name: string, unit = 1): Promise<number | null> {
    const value = parseCount(await this.text(name));
    return value === null ? null : value * unit;
  }
  async flag(name: string): Promise<boolean | null> {
    const value = await this.text(name);
    return value === null ? null : value !== '0';
  }
}

/** Returns the transport of an NVMe disk. Remote controllers report tcp, rdma or fc; local controllers report pcie. */
async function nvmeTransport(files: SystemFiles, disk: string): Promise<string> {
  const controller = /^(nvme\d+)/.exec(disk)?.[1] ?? '';
  const transport = (await files.read(`/sys/class/nvme/${controller}/transport`))?.trim();
  return transport === undefined || transport === '' || transport === 'pcie' ? 'nvme' : `nvme-${transport}`;
}

/**
 * Reads the device with the number `major:minor`.
 * @returns null if /sys does not list it. NFS, tmpfs and btrfs have virtual numbers that are not block devices, and
 * some systems have no /sys.
 */
export async function readBlockDevice(files: SystemFiles, number: string, depth = 0): Promise<BlockDevice | null> {
  if (!/^\d+:\d+$/.test(number) || depth > maxDepth) return null;
  const folder = await files.real(`/sys/dev/block/${number}`);
  return folder === null ? null : await readFolder(files, folder, number, depth);
}

/** Reads the device that the kernel calls `name`. */
export async function readNamedDevice(files: SystemFiles, name: string, depth = 0): Promise<BlockDevice | null> {
  // The kernel replaces a slash in names by `!`. An example is /dev/cciss/c0d0.
  const folder = await files.real(`/sys/class/block/${name.replaceAll('/', '!')}`);
  if (folder === null || depth > maxDepth) return null;
  const number = (await files.read(`${folder}/dev`))?.trim();
  return number === undefined ? null : await readFolder(files, folder, number, depth);
}

async function readFolder(files: SystemFiles, folder: string, number: string, depth: number): Promise<BlockDevice> {
  const own = new SysfsReader(files, folder);
  const isPartition = (await own.text('partition')) !== null;
  const diskFolder = isPartition ? dirname(folder) : folder;
  const disk = new SysfsReader(files, diskFolder);
  const queue = new SysfsReader(files, `${diskFolder}/queue`);
  const [name, diskName] = [basename(folder), basename(diskFolder)];
  const kind = classifyDevice(name, isPartition);
  const scheduler = parseChoice((await queue.text('scheduler')) ?? '');
  const transport = detectTransport(diskFolder);
  const parts: BlockDevice[] = [];
  for (const part of [...(await files.list(`${folder}/slaves`))].sort()) {
    const device = await readNamedDevice(files, part, depth + 1);
    if (device !== null) parts.push(device);
  }
  return {
    name,
    number,
    kind,
    label: (await own.text('dm/name')) ?? (await own.text('md/level')),
    disk: diskName,
    model: await disk.text('device/model'),
    transport: transport === 'nvme' ? await nvmeTransport(files, diskName) : transport,
    // The unit is 512 bytes, regardless of the device's sector size.
    sizeBytes: await own.count('size', 512),
    rotational: await queue.flag('rotational'),
    readOnly: await own.flag('ro'),
    logicalBlockBytes: await queue.count('logical_block_size'),
    physicalBlockBytes: await queue.count('physical_block_size'),
    minimumIoBytes: await queue.count('minimum_io_size'),
    optimalIoBytes: await queue.count('optimal_io_size'),
    maxTransferBytes: await queue.count('max_sectors_kb', 1024),
    maxHardwareTransferBytes: await queue.count('max_hw_sectors_kb', 1024),
    queueRequests: await queue.count('nr_requests'),
    scheduler: scheduler.chosen,
    schedulers: scheduler.choices,
    readAheadBytes: await queue.count('read_ahead_kb', 1024),
    writeCache: await queue.text('write_cache'),
    zoned: await queue.text('zoned'),
    backingFile: await disk.text('loop/backing_file'),
    backingDirect: await disk.flag('loop/dio'),
    parts,
  };
}
