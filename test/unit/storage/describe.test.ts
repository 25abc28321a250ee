import { describe, expect, test } from 'vitest';
import type { NativeError, NativeStorageFacts } from '../../../lib/native/binding.js';
import { describeDirectFile, describeWith, type StorageProbe } from '../../../lib/storage/describe.js';
import { factsOf, RecordedSystem, type RecordedTree } from '../../support/recorded-system.js';

const mib = 1048576;

function queue(over: Readonly<Record<string, string>>): RecordedTree {
  return {
    rotational: '0\n',
    scheduler: '[none] mq-deadline\n',
    max_sectors_kb: '128\n',
    max_hw_sectors_kb: '1024\n',
    logical_block_size: '512\n',
    physical_block_size: '512\n',
    minimum_io_size: '512\n',
    optimal_io_size: '0\n',
    nr_requests: '1023\n',
    read_ahead_kb: '128\n',
    write_cache: 'write through\n',
    zoned: 'none\n',
    ...over,
  };
}

/**
 * A workstation: NVMe with partitions, LVM on an encrypted partition, a RAID of two disks, btrfs on two disks, a loop
 * device.
 */
const nvme = '/sys/devices/pci0000:00/0000:00:1d.0/0000:3d:00.0/nvme/nvme0/nvme0n1';
const ata = (port: number, name: string): string =>
  `/sys/devices/pci0000:00/0000:00:17.0/ata${port}/host${port}/target${port}:0:0/${port}:0:0:0/block/${name}`;
const workstation = new RecordedSystem(
  {
    '/proc/self/mountinfo': [
      '29 1 259:2 / / rw,relatime shared:1 - ext4 /dev/nvme0n1p2 rw,errors=remount-ro',
      '30 29 253:1 / /home rw,relatime shared:2 - xfs /dev/mapper/vg-home rw,attr2,inode64',
      '31 29 9:0 / /raid rw,noatime shared:3 - ext4 /dev/md0 rw,stripe=256',
      '32 29 0:44 /@data /data rw,relatime shared:4 - btrfs /dev/sdc rw,compress=zstd:1,subvolid=256,subvol=/@data',
      '33 29 7:0 / /image ro,relatime shared:5 - squashfs /dev/loop0 ro',
      '34 29 0:30 / /tmp rw,nosuid shared:6 - tmpfs tmpfs rw,size=8g',
    ].join('\n'),
    [nvme]: {
      dev: '259:0\n',
      size: '1000215216\n',
      ro: '0\n',
      'device/model': 'Samsung SSD 980 PRO 500GB               \n',
      queue: queue({ max_sectors_kb: '1280\n', max_hw_sectors_kb: '2048\n' }),
      nvme0n1p2: { dev: '259:2\n', partition: '2\n', size: '998164480\n', ro: '0\n' },
      nvme0n1p3: { dev: '259:3\n', partition: '3\n', size: '1000000\n', ro: '0\n' },
    },
    '/sys/class/nvme/nvme0/transport': 'pcie\n',
    '/sys/devices/virtual/block/dm-0': {
      dev: '253:0\n',
      size: '999000\n',
      ro: '0\n',
      'dm/name': 'crypt\n',
      queue: queue({ max_sectors_kb: '1280\n', scheduler: 'none\n' }),
    },
    '/sys/devices/virtual/block/dm-1': {
      dev: '253:1\n',
      size: '900000\n',
      ro: '0\n',
      'dm/name': 'vg-home\n',
      queue: queue({ max_sectors_kb: '1280\n', scheduler: 'none\n' }),
    },
    '/sys/devices/virtual/block/md0': {
      dev: '9:0\n',
      size: '7814000000\n',
      ro: '0\n',
      'md/level': 'raid1\n',
      queue: queue({ rotational: '1\n', max_sectors_kb: '1024\n', scheduler: 'none\n', optimal_io_size: '524288\n' }),
    },
    [ata(1, 'sda')]: {
      dev: '8:0\n',
      size: '7814037168\n',
      'device/model': 'WDC WD40EFRX-68N\n',
      queue: queue({
        rotational: '1\n',
        physical_block_size: '4096\n',
        scheduler: '[bfq] none\n',
        max_sectors_kb: '1280\n',
      }),
      sda1: { dev: '8:1\n', partition: '1\n', size: '7814035000\n' },
    },
    [ata(2, 'sdb')]: {
      dev: '8:16\n',
      size: '7814037168\n',
      queue: queue({ rotational: '1\n', max_sectors_kb: '512\n' }),
      sdb1: { dev: '8:17\n', partition: '1\n', size: '7814035000\n' },
    },
    [ata(3, 'sdc')]: { dev: '8:32\n', size: '100\n', queue: queue({}) },
    [ata(4, 'sdd')]: { dev: '8:48\n', size: '100\n', queue: queue({ max_sectors_kb: '64\n' }) },
    '/sys/fs/btrfs/features/raid1c34': '0\n',
    '/sys/devices/virtual/block/loop0': {
      dev: '7:0\n',
      size: '2048\n',
      ro: '1\n',
      'loop/backing_file': '/home/me/disk.img\n',
      'loop/dio': '0\n',
      queue: queue({}),
    },
    '/home/me/disk.img': '',
    '/image/a': '',
  },
  {
    '/sys/dev/block/259:2': `${nvme}/nvme0n1p2`,
    '/sys/dev/block/253:1': '/sys/devices/virtual/block/dm-1',
    '/sys/dev/block/9:0': '/sys/devices/virtual/block/md0',
    '/sys/dev/block/7:0': '/sys/devices/virtual/block/loop0',
    '/sys/class/block/dm-0': '/sys/devices/virtual/block/dm-0',
    '/sys/class/block/nvme0n1p3': `${nvme}/nvme0n1p3`,
    '/sys/class/block/sda1': `${ata(1, 'sda')}/sda1`,
    '/sys/class/block/sdb1': `${ata(2, 'sdb')}/sdb1`,
    '/sys/class/block/sdc': ata(3, 'sdc'),
    '/sys/class/block/sdd': ata(4, 'sdd'),
    '/sys/devices/virtual/block/dm-1/slaves/dm-0': '../../dm-0',
    '/sys/devices/virtual/block/dm-0/slaves/nvme0n1p3': `${nvme}/nvme0n1p3`,
    '/sys/devices/virtual/block/md0/slaves/sda1': `${ata(1, 'sda')}/sda1`,
    '/sys/devices/virtual/block/md0/slaves/sdb1': `${ata(2, 'sdb')}/sdb1`,
    '/sys/fs/btrfs/0a1b/devices/sdc': ata(3, 'sdc'),
    '/sys/fs/btrfs/0a1b/devices/sdd': ata(4, 'sdd'),
  },
);

function machine(
  files: RecordedSystem,
  facts: Readonly<Record<string, NativeStorageFacts | NativeError>>,
): StorageProbe {
  const absent = (path: string): NativeError => {
    return { kind: 'io', op: 'stat', errno: 2, code: 'ENOENT', path, offset: 0, length: 0, message: 'No such file' };
  };
  return { files, facts: (path) => Promise.resolve(facts[path] ?? absent(path)) };
}

const describeFile = (files: RecordedSystem, path: string, facts: Partial<NativeStorageFacts>) =>
  describeWith(machine(files, { [path]: factsOf(facts) }), path, 0);

describe('the storage of a workstation', () => {
  test('a partition has the queue and the model of its disk', async () => {
    const found = await describeFile(workstation, '/etc/hosts', { device: '259:2', mountId: 29 });
    expect(found.devices).toEqual([
      {
        name: 'nvme0n1p2',
        number: '259:2',
        kind: 'partition',
        label: null,
        disk: 'nvme0n1',
        model: 'Samsung SSD 980 PRO 500GB',
        transport: 'nvme',
        sizeBytes: 998164480 * 512,
        rotational: false,
        readOnly: false,
        logicalBlockBytes: 512,
        physicalBlockBytes: 512,
        minimumIoBytes: 512,
        optimalIoBytes: 0,
        maxTransferBytes: 1280 * 1024,
        maxHardwareTransferBytes: 2048 * 1024,
        queueRequests: 1023,
        scheduler: 'none',
        schedulers: ['none', 'mq-deadline'],
        readAheadBytes: 131072,
        writeCache: 'write through',
        zoned: 'none',
        backingFile: null,
        backingDirect: null,
        parts: [],
      },
    ]);
    expect(found).toMatchObject({ rotational: false, maxTransferBytes: 1280 * 1024, network: null, beneath: null });
    expect(found.filesystem).toMatchObject({ type: 'ext4', family: 'disk', mountPoint: '/', readOnly: false });
    expect(found.filesystem.options).toEqual(['rw', 'relatime', 'errors=remount-ro']);
    expect(found.notes).toEqual([]);
  });

  test('a logical volume on an encrypted partition is traced to the disk', async () => {
    const { devices } = await describeFile(workstation, '/home/me/a.npy', { device: '253:1' });
    const [volume] = devices;
    expect(volume).toMatchObject({ name: 'dm-1', kind: 'device-mapper', label: 'vg-home' });
    expect(volume?.parts[0]).toMatchObject({ name: 'dm-0', label: 'crypt' });
    expect(volume?.parts[0]?.parts[0]).toMatchObject({ name: 'nvme0n1p3', kind: 'partition', transport: 'nvme' });
  });

  test('uses the smallest transfer of a RAID of rotating disks', async () => {
    const found = await describeFile(workstation, '/raid/x', { device: '9:0' });
    expect(found.devices[0]).toMatchObject({ kind: 'raid', label: 'raid1', optimalIoBytes: 524288 });
    expect(found.devices[0]?.parts.map(({ name, transport, model }) => [name, transport, model])).toEqual([
      ['sda1', 'ata', 'WDC WD40EFRX-68N'],
      ['sdb1', 'ata', null],
    ]);
    expect(found).toMatchObject({ rotational: true, maxTransferBytes: 512 * 1024 });
  });

  test('finds all disks of btrfs, which has a virtual device number, through the source of its mount', async () => {
    const found = await describeFile(workstation, '/data/x', { device: '0:44' });
    expect(found.devices.map(({ name }) => name)).toEqual(['sdc', 'sdd']);
    expect(found).toMatchObject({ maxTransferBytes: 64 * 1024, filesystem: { type: 'btrfs', root: '/@data' } });
    expect(found.notes.join()).toMatch(/compressed extents/);
  });

  test('a loop device leads to its file, and to the disk below', async () => {
    const found = await describeWith(
      machine(workstation, {
        '/image/a': factsOf({ device: '7:0' }),
        '/home/me/disk.img': factsOf({ device: '253:1' }),
      }),
      '/image/a',
      0,
    );
    expect(found.filesystem).toMatchObject({ type: 'squashfs', readOnly: true });
    expect(found.devices[0]).toMatchObject({ kind: 'loop', backingFile: '/home/me/disk.img', backingDirect: false });
    expect(found.beneath).toMatchObject({ path: '/home/me/disk.img', filesystem: { type: 'xfs' } });
    expect(found.notes.join()).toMatch(/cached a second time/);
  });

  test('tmpfs has no device, and a note says that nothing can be evicted', async () => {
    const found = await describeFile(workstation, '/tmp/x', { device: '0:30' });
    expect(found).toMatchObject({ devices: [], rotational: null, maxTransferBytes: null });
    expect(found.notes.join()).toMatch(/tmpfs keeps its files in memory/);
  });

  test('a block device gets no notes about the file system of its device file', async () => {
    const name = new RecordedSystem({
      '/proc/self/mountinfo': '29 1 0:6 / /dev rw - devtmpfs devtmpfs rw,nr_inodes=1',
    });
    const space = {
      magic: 0,
      blockBytes: 4096,
      totalBytes: 1000,
      freeBytes: 1,
      availableBytes: 1,
      files: 9,
      filesFree: 0,
    };
    const facts = { device: '0:6', special: '259:0', filesystem: space } as const;
    expect((await describeFile(name, '/dev/x', facts)).notes.join('\n')).toMatch(
      /devtmpfs keeps its files in memory: they are always cached/,
    );
    expect((await describeFile(name, '/dev/x', { ...facts, type: 'block device' })).notes).toEqual([]);
  });

  test('a device that /sys does not show is omitted without an error', async () => {
    const bare = new RecordedSystem({ '/proc/self/mountinfo': '29 1 259:2 / / rw - ext4 /dev/nvme0n1p2 rw' });
    const found = await describeFile(bare, '/x', { device: '259:2' });
    expect(found).toMatchObject({
      devices: [],
      rotational: null,
      filesystem: { type: 'ext4', source: '/dev/nvme0n1p2' },
    });
  });

  test('the magic number of the file system gives its type without mountinfo', async () => {
    const facts = factsOf({ device: '0:9' });
    const filesystem =
      facts.filesystem === null ? null : { ...facts.filesystem, magic: 0x6969, files: 0, filesFree: 0 };
    const found = await describeFile(new RecordedSystem({}), '/x', { filesystem });
    expect(found.filesystem).toMatchObject({ type: 'nfs', family: 'network', source: null, files: null });
    expect(found.network).toBeNull();
  });
});

describe('the storage of a cluster', () => {
  const cluster = new RecordedSystem({
    '/proc/self/mountinfo': [
      '31 1 8:3 / / rw - xfs /dev/sda3 rw',
      '32 31 0:61 / /home rw,relatime - nfs4 nas:/home rw,vers=4.1,rsize=131072,wsize=131072,proto=tcp,addr=10.0.0.9',
      '33 31 0:63 / /scratch rw - lustre 10.1.0.1@o2ib:/scratch rw,flock',
    ].join('\n'),
    '/sys/class/bdi/0:61/read_ahead_kb': '128\n',
  });

  test('NFS: the server, the size of its requests, and what makes it slow', async () => {
    const found = await describeFile(cluster, '/home/me/x', { device: '0:61' });
    expect(found.network).toMatchObject({ server: 'nas', share: '/home', version: '4.1', readBytes: 131072 });
    expect(found).toMatchObject({ maxTransferBytes: 131072, filesystem: { readAheadBytes: 131072 } });
    expect(found.notes.join('\n')).toMatch(
      /its own cache[\s\S]*nconnect[\s\S]*rsize is 131072[\s\S]*read-ahead is 131072/,
    );
  });

  test('Lustre: the stripes, and a note about a large file on one target', async () => {
    const layout = new Uint8Array(56);
    const view = new DataView(layout.buffer);
    view.setUint32(0, 0x0bd10bd0, true);
    view.setUint32(4, 1, true);
    view.setUint32(24, mib, true);
    view.setUint16(28, 1, true);
    view.setUint32(52, 17, true);
    const found = await describeFile(cluster, '/scratch/x', { device: '0:63', size: 300 * mib, lustreLayout: layout });
    expect(found.lustre).toMatchObject({ kind: 'v1', stripeBytes: mib, stripeCount: 1, components: [{ osts: [17] }] });
    expect(found.notes.join()).toMatch(/one storage target/);
    expect((await describeFile(cluster, '/scratch/x', { size: mib, lustreLayout: layout })).notes.join()).not.toMatch(
      /one storage target/,
    );
  });
});

describe('direct I/O', () => {
  const direct = { memoryBytes: 4, offsetBytes: 512, readOffsetBytes: 0 };
  test('uses the alignment that the file reports', () => {
    expect(describeDirectFile('/f', factsOf({ direct }))).toEqual({
      supported: true,
      memoryBytes: 4,
      offsetBytes: 512,
      source: 'statx',
      refused: null,
      file: '/f',
    });
    expect(
      describeDirectFile('/f', factsOf({ direct: { memoryBytes: 4, offsetBytes: 4096, readOffsetBytes: 512 } }))
        .offsetBytes,
    ).toBe(512);
  });
  test('derives the alignment from the block size within bounds, if the file reports none', () => {
    expect(describeDirectFile('/f', factsOf({}))).toMatchObject({
      supported: true,
      offsetBytes: 4096,
      source: 'block size',
    });
    const facts = factsOf({});
    const filesystem = facts.filesystem === null ? null : { ...facts.filesystem, blockBytes: mib };
    expect(describeDirectFile('/f', factsOf({ filesystem }))).toMatchObject({ offsetBytes: 65536 });
  });
  test('is unsupported if the file reports zeros, an open fails, or permissions prevent an answer', () => {
    const zeros = { memoryBytes: 0, offsetBytes: 0, readOffsetBytes: 0 };
    expect(describeDirectFile('/f', factsOf({ direct: zeros }))).toMatchObject({ supported: false, offsetBytes: null });
    expect(describeDirectFile('/f', factsOf({ directOpen: 'EINVAL' }))).toMatchObject({ supported: false });
    expect(describeDirectFile('/f', factsOf({ directOpen: 'EINVAL' })).refused).toMatch(/EINVAL/);
    expect(describeDirectFile('/f', factsOf({ directOpen: 'EACCES' })).refused).toMatch(/may not be opened/);
    expect(describeDirectFile('/f', factsOf({ directOpen: 'EACCES', direct }))).toMatchObject({ supported: true });
  });
});

describe('a path that does not exist', () => {
  test('is reported with its longest existing part', async () => {
    const files = new RecordedSystem({ '/a/b/file': '' });
    const failed = describeWith(machine(files, {}), '/a/b/c/d', 0);
    await expect(failed).rejects.toMatchObject({ code: 'ENOENT', path: '/a/b/c/d' });
    await expect(failed).rejects.toThrow('/a/b/c/d does not exist; the longest existing part is /a/b');
  });
});
