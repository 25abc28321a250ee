import { describe, expect, test } from 'vitest';
import { parseMemoryCgroup } from '../../../lib/storage/cgroup.js';
import { type RemainFacts, reasonsFor } from '../../../lib/storage/evict.js';
import { findHolders, mapsMention } from '../../../lib/storage/holders.js';
import { parseMemory, readMemory } from '../../../lib/storage/memory.js';
import { divideIntoBuckets, mergeRanges, wholePages } from '../../../lib/storage/pieces.js';
import { RecordedSystem } from '../../support/recorded-system.js';

const page = 4096;

describe('ranges', () => {
  test('are widened to pages, clipped to the end, sorted and merged', () => {
    const ranges = [
      { offset: 9000, length: 10 },
      { offset: 1, length: 1 },
      { offset: 4096, length: 1 },
      { offset: 20000, length: 1e15 },
      { offset: 30000, length: 5 },
      { offset: 5, length: 0 },
    ];
    expect(wholePages(ranges, 22000, page)).toEqual([
      { offset: 0, length: 3 * page },
      { offset: 4 * page, length: 22000 - 4 * page },
    ]);
    expect(wholePages([{ offset: 0, length: 1 }], 0, page)).toEqual([]);
  });
});

describe('the layout of a residency map', () => {
  test('divides one file into buckets with equal numbers of pages, the last one clipped', () => {
    const layout = divideIntoBuckets([10 * page - 100], null, 4, page);
    expect(layout.bucketBytes).toEqual([2 * page, 3 * page, 2 * page, 3 * page - 100]);
    expect(layout.bytes).toBe(10 * page - 100);
    expect(layout.pieces.map(({ offset, length, bucket }) => [offset / page, length, bucket])).toEqual([
      [0, 2 * page, 0],
      [2, 3 * page, 1],
      [5, 2 * page, 2],
      [7, 3 * page - 100, 3],
    ]);
  });

  test('concatenates many files, skips empty ones, and neither loses nor repeats a byte', () => {
    const sizes = [3 * page + 1, 0, page, 100 * page, 17];
    for (const buckets of [1, 2, 3, 7, 64, 1000]) {
      const { pieces, bytes, bucketBytes } = divideIntoBuckets(sizes, null, buckets, page);
      expect(bytes).toBe(sizes.reduce((a, b) => a + b));
      expect(bucketBytes.reduce((a, b) => a + b)).toBe(bytes);
      expect(bucketBytes).toHaveLength(Math.min(buckets, 4 + 1 + 100 + 1));
      expect(Math.min(...bucketBytes)).toBeGreaterThan(0);
      for (const [file, size] of sizes.entries()) {
        const own = pieces.filter((piece) => piece.file === file);
        let at = 0;
        for (const piece of own) {
          expect(piece.offset).toBe(at);
          at += piece.length;
        }
        expect(at).toBe(size);
      }
      const order = pieces.map(({ bucket }) => bucket);
      expect(order).toEqual(order.toSorted((a, b) => a - b));
    }
  });

  test('has one empty bucket if there are no bytes', () => {
    expect(divideIntoBuckets([], null, 64, page)).toEqual({ pieces: [], bytes: 0, bucketBytes: [0] });
    expect(divideIntoBuckets([5000], [{ offset: 9000, length: 5 }], 8, page).bytes).toBe(0);
  });

  test('does not split an eviction at bucket borders', () => {
    const { pieces } = divideIntoBuckets([10 * page + 7, 5 * page], null, 64, page);
    expect(pieces).toHaveLength(16);
    expect(mergeRanges(pieces).map(({ file, offset, length }) => [file, offset, length])).toEqual([
      [0, 0, 10 * page + 7],
      [1, 0, 5 * page],
    ]);
    const ranges = [0, 3].map((at) => ({ offset: at * page, length: 2 * page }));
    expect(mergeRanges(divideIntoBuckets([9 * page], ranges, 4, page).pieces)).toHaveLength(2);
  });

  test('concatenates ranges', () => {
    const ranges = [
      { offset: 0, length: page },
      { offset: 50 * page, length: 2 * page },
    ];
    expect(
      divideIntoBuckets([100 * page], ranges, 3, page).pieces.map(({ offset, bucket }) => [offset / page, bucket]),
    ).toEqual([
      [0, 0],
      [50, 1],
      [51, 2],
    ]);
  });
});

describe('reasons why bytes remain', () => {
  const facts: RemainFacts = {
    after: { cachedBytes: 8192, dirtyBytes: 0, writebackBytes: 0, hiddenBytes: 0, bytes: 100000 },
    memoryFilesystem: null,
    flushErrors: [],
    dropErrors: [],
    holders: [],
    unseen: 0,
    hasRanges: false,
  };
  const codes = (over: Partial<RemainFacts>) => reasonsFor({ ...facts, ...over }).map(({ code }) => code);
  const left = (over: Partial<RemainFacts['after']>) => ({ after: { ...facts.after, ...over } });

  test('are empty if no bytes remain', () => {
    expect(codes(left({ cachedBytes: 0 }))).toEqual([]);
  });
  test('a memory file system explains everything', () => {
    expect(codes({ memoryFilesystem: 'tmpfs', ...left({ dirtyBytes: 8192 }) })).toEqual(['memory']);
  });
  test('a failed flush is reported even if nothing is cached, and explains dirty bytes', () => {
    expect(codes({ flushErrors: ['EIO'], ...left({ cachedBytes: 0 }) })).toEqual(['flush']);
    expect(codes({ flushErrors: ['EIO'], ...left({ dirtyBytes: 4096 }) })).toEqual(['flush']);
  });
  test('dirty, writeback, mapped and refused are detected by their signs, also together', () => {
    const holders = [{ pid: 7, name: 'python3' }];
    expect(codes({ ...left({ dirtyBytes: 1, writebackBytes: 1 }), holders, dropErrors: ['x'] })).toEqual([
      'refused',
      'dirty',
      'writeback',
      'mapped',
    ]);
    expect(reasonsFor({ ...facts, holders })[0]?.message).toBe('mapped by process 7 (python3)');
  });
  test('a long list of processes is truncated', () => {
    const holders = Array.from({ length: 9 }, (_, pid) => ({ pid, name: 'r' }));
    expect(reasonsFor({ ...facts, holders })[0]?.message).toMatch(/4 \(r\) and 4 others$/);
  });
  test('without another sign: ranges share a folio, and whole files are in use or locked', () => {
    expect(codes({ hasRanges: true })).toEqual(['range']);
    expect(reasonsFor({ ...facts, unseen: 12 })).toEqual([
      { code: 'busy', message: 'in use, or locked in memory; 12 processes cannot be inspected' },
    ]);
  });
  test('files of other users are hidden', () => {
    expect(codes(left({ cachedBytes: null, hiddenBytes: 100000 }))).toEqual(['hidden']);
    expect(codes(left({ hiddenBytes: 5 }))).toEqual(['hidden', 'busy']);
  });
});

describe('processes that map a file', () => {
  const maps = `55d0a000-55d0b000 r--p 00000000 fe:00 131 /usr/bin/cat
7f00c000-7f10c000 r--s 00000000 00:1f 9977981 /data/my store/c/0
7f20c000-7f30c000 rw-p 00000000 00:00 0
7f40c000-7f50c000 r--s 00000000 fe:00 77 /data/new\\012line
7ffd0000-7ffd2000 r-xp 00000000 00:00 0                          [vdso]
`;
  test('are found by path, and for a directory by the files below it', () => {
    expect(mapsMention(maps, '/data/my store/c/0')).toBe(true);
    expect(mapsMention(maps, '/data/my store')).toBe(true);
    expect(mapsMention(maps, '/data/new\nline')).toBe(true);
    expect(mapsMention(maps, '/data/my')).toBe(false);
    expect(mapsMention(maps, '/usr/bin/ca')).toBe(false);
  });
  test('are searched among all processes, counting those that cannot be inspected', async () => {
    const files = new RecordedSystem({
      '/proc/12/maps': maps,
      '/proc/12/comm': 'reader\n',
      '/proc/13/maps': '',
      '/proc/14/comm': 'secret\n',
      '/proc/meminfo': '',
    });
    expect(await findHolders(files, '/data/my store/c/0')).toEqual({
      holders: [{ pid: 12, name: 'reader' }],
      unseen: 1,
    });
  });
});

describe('memory statistics', () => {
  const meminfo = `MemTotal:       32768 kB
MemFree:         1024 kB
MemAvailable:   20480 kB
Buffers:          100 kB
Cached:         16000 kB
SwapCached:         0 kB
Shmem:            512 kB
SReclaimable:     900 kB
Dirty:            256 kB
Writeback:         64 kB
SwapTotal:       4096 kB
SwapFree:        4000 kB
Hugepagesize:    2048 kB
`;
  const vmstat = `nr_dirty 64
nr_dirty_threshold 1000
nr_dirty_background_threshold 500
pgpgin 3000
pgpgout 400
pswpin 1
pswpout 2
pgmajfault 9
workingset_refault_file 10
pgsteal_kswapd 5
pgsteal_direct 6
`;
  test('agree with free and vmstat', () => {
    expect(parseMemory(meminfo, vmstat, 65536)).toEqual({
      totalBytes: 32768 * 1024,
      freeBytes: 1024 * 1024,
      availableBytes: 20480 * 1024,
      cacheBytes: 17000 * 1024,
      buffersBytes: 100 * 1024,
      cachedBytes: 16000 * 1024,
      sharedBytes: 512 * 1024,
      reclaimableSlabBytes: 900 * 1024,
      usedBytes: (32768 - 20480) * 1024,
      dirtyBytes: 256 * 1024,
      writebackBytes: 64 * 1024,
      dirtyBackgroundBytes: 500 * 65536,
      dirtyLimitBytes: 1000 * 65536,
      swapTotalBytes: 4096 * 1024,
      swapFreeBytes: 4000 * 1024,
      hugePageBytes: 2048 * 1024,
      counters: {
        readBytes: 3000 * 1024,
        writtenBytes: 400 * 1024,
        swappedInBytes: 65536,
        swappedOutBytes: 2 * 65536,
        majorFaults: 9,
        refaultedFileBytes: 10 * 65536,
        reclaimedBytes: 11 * 65536,
      },
    });
  });

  test('are null if /proc is unreadable', async () => {
    const found = await readMemory(new RecordedSystem({}), page);
    expect(found).toMatchObject({ totalBytes: null, cacheBytes: null, counters: { readBytes: null }, cgroup: null });
    expect(found.pressure).toEqual({ cpu: null, memory: null, io: null });
  });

  test('include the smallest limit of the parents of a batch job in cgroup v2', async () => {
    const job = '/sys/fs/cgroup/system.slice/slurmstepd.scope/job_17';
    const found = await readMemory(
      new RecordedSystem({
        '/proc/self/cgroup': '0::/system.slice/slurmstepd.scope/job_17/step_0\n',
        [job]: { 'memory.max': '8589934592\n', 'memory.stat': 'file 1\n' },
        [`${job}/step_0`]: {
          'memory.max': 'max\n',
          'memory.current': '5000\n',
          'memory.stat': 'anon 100\nfile 4000\nfile_dirty 12\n',
        },
      }),
      page,
    );
    expect(found.cgroup).toEqual({
      path: '/system.slice/slurmstepd.scope/job_17/step_0',
      version: 2,
      limitBytes: 8589934592,
      usedBytes: 5000,
      fileBytes: 4000,
      dirtyBytes: 12,
    });
  });

  test('find the root of a container that shows its own cgroup, in v1', async () => {
    const found = await readMemory(
      new RecordedSystem({
        '/proc/self/cgroup': '9:cpu,cpuacct:/docker/ab\n8:memory:/docker/ab\n0::/\n',
        '/sys/fs/cgroup/memory': {
          'memory.limit_in_bytes': '9223372036854771712\n',
          'memory.usage_in_bytes': '77\n',
          'memory.stat': 'cache 1\ntotal_cache 50\ntotal_dirty 3\n',
        },
      }),
      page,
    );
    expect(found.cgroup).toEqual({
      path: '/',
      version: 1,
      limitBytes: null,
      usedBytes: 77,
      fileBytes: 50,
      dirtyBytes: 3,
    });
  });

  test('use the hierarchy that has the memory controller', () => {
    expect(parseMemoryCgroup('4:memory,pids:/a\n0::/b\n')).toEqual({ path: '/a', version: 1 });
    expect(parseMemoryCgroup('4:cpu:/a\n0::/b\n')).toEqual({ path: '/b', version: 2 });
    expect(parseMemoryCgroup('')).toBeNull();
  });
});
