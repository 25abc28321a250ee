/**
 * What follows from a description for somebody who reads or measures. Rules over facts; each says what it is about.
 * @module
 */
import type { StorageDescription } from './description.js';
import { optionMap } from './text.js';

type Facts = Omit<StorageDescription, 'notes'>;

const kib = 1024;
const mib = 1024 * 1024;

interface Rule {
  when(facts: Facts): boolean;
  say(facts: Facts): string;
}

const percentFree = ({ filesystem: { availableBytes, totalBytes } }: Facts): number =>
  availableBytes === null || totalBytes === null || totalBytes === 0 ? 100 : (100 * availableBytes) / totalBytes;

const isNfs = ({ network }: Facts): boolean => network?.protocol === 'nfs';

/** A device special file lies on a file system (devtmpfs) that has nothing to do with the data of the device. */
const isOnFilesystem = ({ type }: Facts): boolean => type !== 'block device';

/** Rules over the file system that holds the data. */
const filesystemRules: readonly Rule[] = [
  {
    when: ({ filesystem }) => filesystem.family === 'memory',
    say: ({ filesystem }) =>
      `${filesystem.type} keeps its files in memory: all of them are "cached", nothing can be evicted, and a direct read is a copy of memory`,
  },
  {
    when: ({ network }) => network !== null,
    say: () =>
      'the server has a cache of its own: dropping pages here, or reading directly, does not make the server read its disks',
  },
  {
    when: ({ filesystem }) => filesystem.family === 'stacked',
    say: ({ filesystem, beneath }) =>
      `${filesystem.type} passes reads on to ${beneath === null ? 'file systems that are not visible from here' : beneath.realPath}, whose page cache holds the data`,
  },
  {
    when: ({ filesystem }) => filesystem.family === 'fuse',
    say: ({ filesystem }) =>
      `a program serves ${filesystem.type}: what it caches, and whether reads run in parallel, is up to it`,
  },
  {
    when: ({ attributes, filesystem }) =>
      filesystem.type === 'btrfs' &&
      (attributes.includes('compressed') ||
        [...optionMap(filesystem.options).keys()].some((key) => /^compress/.test(key))),
    say: () => 'btrfs reads compressed extents through the page cache, also when asked for direct I/O',
  },
  {
    when: ({ lustre, type, size }) => lustre?.stripeCount === 1 && type === 'file' && size >= 256 * mib,
    say: () => 'the file lies on one storage target: all reads of it go to one server (lfs setstripe, lfs migrate)',
  },
  {
    when: ({ lustre }) => lustre?.components.some(({ pattern }) => pattern.includes('released')) ?? false,
    say: () => 'the data was released to an archive: the first read brings it back',
  },
  {
    when: (facts) => isNfs(facts) && facts.network?.connections === null,
    say: () => 'one connection to the server (mount option nconnect): parallel reads share it',
  },
  {
    when: (facts) => isNfs(facts) && (facts.network?.readBytes ?? mib) < 256 * kib,
    say: ({ network }) => `rsize is ${network?.readBytes} bytes: large reads become many requests`,
  },
  {
    when: (facts) => isNfs(facts) && (facts.filesystem.readAheadBytes ?? mib) <= 128 * kib,
    say: ({ filesystem }) =>
      `read-ahead is ${filesystem.readAheadBytes} bytes, the default since Linux 5.4: one sequential reader gets little of the network (nfsrahead(8))`,
  },
  {
    when: (facts) => percentFree(facts) < 5,
    say: (facts) => `${percentFree(facts).toFixed(1)} % of the space is available`,
  },
  {
    when: ({ filesystem }) => filesystem.filesFree === 0,
    say: () => 'no further file can be made: the file system has no free inodes',
  },
];

/** Rules over the file or device itself, and the devices beneath. */
const deviceRules: readonly Rule[] = [
  {
    when: ({ direct }) => direct !== null && !direct.supported,
    say: ({ direct }) => `no direct I/O: ${direct?.refused ?? 'refused'}`,
  },
  {
    when: ({ attributes }) => attributes.includes('dax'),
    say: () => 'DAX: reads copy from the device memory, there is no page cache',
  },
  {
    when: ({ devices }) => devices.some(({ kind, backingDirect }) => kind === 'loop' && backingDirect === false),
    say: () =>
      'a loop device without direct I/O: its file is cached a second time below (losetup --direct-io=on changes that)',
  },
  {
    when: ({ devices }) => devices.some(({ transport, rotational }) => transport === 'virtio' && rotational === true),
    say: () => '"rotational" of a virtual disk is what the hypervisor left it at, and says little about the disk below',
  },
];

/** The sentences that apply. */
export function notesOn(facts: Facts): string[] {
  const rules = isOnFilesystem(facts) ? [...filesystemRules, ...deviceRules] : deviceRules;
  return rules.filter((rule) => rule.when(facts)).map((rule) => rule.say(facts));
}
