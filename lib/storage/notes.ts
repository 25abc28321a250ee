/**
 * Derives notes about reading and measuring from the description of a storage.
 * @module
 */
import type { StorageDescription } from './description.js';
import { parseOptions } from './text.js';

type Facts = Omit<StorageDescription, 'notes'>;

const kib = 1024;
const mib = 1024 * 1024;

interface Rule {
  applies(facts: Facts): boolean;
  format(facts: Facts): string;
}

const percentFree = ({ filesystem: { availableBytes, totalBytes } }: Facts): number =>
  availableBytes === null || totalBytes === null || totalBytes === 0 ? 100 : (100 * availableBytes) / totalBytes;

const isNfs = ({ network }: Facts): boolean => network?.protocol === 'nfs';

/**
 * True if the path is not a block device. The file system of a device file (devtmpfs) does not contain the device's
 * data.
 */
const isOnFilesystem = ({ type }: Facts): boolean => type !== 'block device';

/** Rules about the file system that holds the data. */
const filesystemRules: readonly Rule[] = [
  {
    applies: ({ filesystem }) => filesystem.family === 'memory',
    format: ({ filesystem }) =>
      `${filesystem.type} keeps its files in memory: they are always cached, cannot be evicted, and direct ` +
      `reads copy memory`,
  },
  {
    applies: ({ network }) => network !== null,
    format: () =>
      'the server has its own cache: evicting pages here, or direct I/O, does not make the server read its disks',
  },
  {
    applies: ({ filesystem }) => filesystem.family === 'stacked',
    format: ({ filesystem, beneath }) =>
      `${filesystem.type} forwards reads to ` +
      `${beneath === null ? 'file systems that are not visible' : beneath.realPath}, whose page cache holds the data`,
  },
  {
    applies: ({ filesystem }) => filesystem.family === 'fuse',
    format: ({ filesystem }) =>
      `${filesystem.type} is served by a program, which decides what is cached and if reads run in parallel`,
  },
  {
    applies: ({ attributes, filesystem }) =>
      filesystem.type === 'btrfs' &&
      (attributes.includes('compressed') ||
        [...parseOptions(filesystem.options).keys()].some((key) => /^compress/.test(key))),
    format: () => 'btrfs reads compressed extents through the page cache, even with direct I/O',
  },
  {
    applies: ({ lustre, type, size }) => lustre?.stripeCount === 1 && type === 'file' && size >= 256 * mib,
    format: () => 'the file is on one storage target, so all reads go to one server (see lfs setstripe, lfs migrate)',
  },
  {
    applies: ({ lustre }) => lustre?.components.some(({ pattern }) => pattern.includes('released')) ?? false,
    format: () => 'the data was released to an archive: the first read restores it',
  },
  {
    applies: (facts) => isNfs(facts) && facts.network?.connections === null,
    format: () => 'parallel reads share one connection to the server (see mount option nconnect)',
  },
  {
    applies: (facts) => isNfs(facts) && (facts.network?.readBytes ?? mib) < 256 * kib,
    format: ({ network }) => `rsize is ${network?.readBytes} bytes: large reads are split into many requests`,
  },
  {
    applies: (facts) => isNfs(facts) && (facts.filesystem.readAheadBytes ?? mib) <= 128 * kib,
    format: ({ filesystem }) =>
      `read-ahead is ${filesystem.readAheadBytes} bytes, the default since Linux 5.4: a sequential reader ` +
      `cannot saturate the network (see nfsrahead(8))`,
  },
  {
    applies: (facts) => percentFree(facts) < 5,
    format: (facts) => `${percentFree(facts).toFixed(1)} % of the space is available`,
  },
  {
    applies: ({ filesystem }) => filesystem.filesFree === 0,
    format: () => 'no file can be created: the file system has no free inodes',
  },
];

/** Rules about the file or device itself, and the devices below it. */
const deviceRules: readonly Rule[] = [
  {
    applies: ({ direct }) => direct !== null && !direct.supported,
    format: ({ direct }) => `no direct I/O: ${direct?.refused ?? 'refused'}`,
  },
  {
    applies: ({ attributes }) => attributes.includes('dax'),
    format: () => 'DAX: reads copy from the device memory, without a page cache',
  },
  {
    applies: ({ devices }) => devices.some(({ kind, backingDirect }) => kind === 'loop' && backingDirect === false),
    format: () =>
      'loop device without direct I/O: its file is cached a second time (avoid this with losetup --direct-io=on)',
  },
  {
    applies: ({ devices }) =>
      devices.some(({ transport, rotational }) => transport === 'virtio' && rotational === true),
    format: () => 'the hypervisor sets "rotational" of a virtual disk, so it says little about the physical disk',
  },
];

/** Returns the notes that apply. */
export function findNotes(facts: Facts): string[] {
  const rules = isOnFilesystem(facts) ? [...filesystemRules, ...deviceRules] : deviceRules;
  return rules.filter((rule) => rule.applies(facts)).map((rule) => rule.format(facts));
}
