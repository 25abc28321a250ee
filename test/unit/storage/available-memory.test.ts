import { describe, expect, test } from 'vitest';
import { availableMemory, type KernelFiles } from '../../../lib/storage/available-memory.js';

const mib = 2 ** 20;

type Tree = Readonly<Record<string, string | number>>;

/** Creates the kernel files of a recorded machine. */
function machine(tree: Tree): KernelFiles {
  return { read: (path) => (tree[path] === undefined ? null : `${tree[path]}\n`) };
}

function meminfo(totalMib: number, availableMib: number, swapTotalMib = 0, swapFreeMib = 0): Tree {
  const lines = { MemTotal: totalMib, MemAvailable: availableMib, SwapTotal: swapTotalMib, SwapFree: swapFreeMib };
  return {
    '/proc/meminfo': Object.entries(lines)
      .map(([name, value]) => `${name}: ${value * 1024} kB`)
      .join('\n'),
  };
}

/** Returns the files of a cgroup at `root`. Numbers are in MiB; strings are used as they are. */
function group(root: string, files: Readonly<Record<string, number | string>>): Tree {
  return Object.fromEntries(
    Object.entries(files).map(([name, value]) => [
      `${root}/${name}`,
      typeof value === 'number' ? String(value * mib) : value,
    ]),
  );
}

function available(...trees: readonly Tree[]): ReturnType<typeof availableMemory> {
  return availableMemory(machine(Object.assign({}, ...trees) as Tree));
}

describe('available memory', () => {
  test('is unknown if the system does not report it', () => {
    expect(available()).toBeNull();
  });

  test('is the memory of the machine, including swap, outside of cgroups', () => {
    expect(available(meminfo(1000, 600, 200, 150))).toEqual({
      source: 'system',
      availableBytes: 750 * mib,
      limitBytes: 1200 * mib,
    });
  });

  test('includes page cache in a cgroup of version 2', () => {
    const found = available(
      meminfo(24000, 20000),
      { '/proc/self/cgroup': '0::/job' },
      group('/sys/fs/cgroup/job', {
        'memory.max': 512,
        'memory.high': 'max',
        'memory.current': 500,
        'memory.stat': `anon ${100 * mib}\nfile ${390 * mib}\nshmem ${50 * mib}\ninactive_file ${300 * mib}\nactive_file ${40 * mib}\nslab_reclaimable ${10 * mib}`,
      }),
    );
    // 500 MiB are used, of which 350 MiB are reclaimable. Shared memory is not reclaimable.
    expect(found).toEqual({ source: '/job', availableBytes: 362 * mib, limitBytes: 512 * mib });
  });

  test('follows the tightest of nested cgroups, including memory.high', () => {
    const found = available(
      meminfo(24000, 20000),
      { '/proc/self/cgroup': '0::/a/b/c' },
      group('/sys/fs/cgroup/a', { 'memory.max': 2000, 'memory.current': 1900, 'memory.stat': 'anon 1' }),
      group('/sys/fs/cgroup/a/b', {
        'memory.max': 'max',
        'memory.high': 1500,
        'memory.current': 1000,
        'memory.stat': 'anon 1',
      }),
      group('/sys/fs/cgroup/a/b/c', { 'memory.max': 'max', 'memory.current': 900, 'memory.stat': 'anon 1' }),
    );
    expect(found).toEqual({ source: '/a', availableBytes: 100 * mib, limitBytes: 2000 * mib });
  });

  test('follows the cgroup and its children in version 1', () => {
    const found = available(
      meminfo(24000, 20000),
      { '/proc/self/cgroup': '9:name=systemd:/\n4:cpu,memory:/docker/ab\n0::/' },
      group('/sys/fs/cgroup/memory/docker/ab', {
        'memory.limit_in_bytes': 512,
        'memory.usage_in_bytes': 400,
        'memory.stat': `inactive_file ${mib}\ntotal_inactive_file ${200 * mib}\ntotal_active_file ${50 * mib}`,
      }),
      group('/sys/fs/cgroup/memory', { 'memory.limit_in_bytes': '9223372036854771712', 'memory.usage_in_bytes': 4000 }),
    );
    expect(found).toEqual({ source: '/docker/ab', availableBytes: 362 * mib, limitBytes: 512 * mib });
  });

  test('is found in a container that shows its own cgroup as the root', () => {
    const found = available(
      meminfo(24000, 20000),
      { '/proc/self/cgroup': '0::/system.slice/docker-1.scope' },
      group('/sys/fs/cgroup', { 'memory.max': 512, 'memory.current': 112, 'memory.stat': 'anon 1' }),
    );
    expect(found).toEqual({ source: '/', availableBytes: 400 * mib, limitBytes: 512 * mib });
  });

  test('follows the machine if it has less than the cgroup allows', () => {
    const found = available(
      meminfo(1000, 300),
      { '/proc/self/cgroup': '0::/job' },
      group('/sys/fs/cgroup/job', { 'memory.max': 900, 'memory.current': 100, 'memory.stat': 'anon 1' }),
    );
    expect(found?.source).toBe('system');
    expect(found?.availableBytes).toBe(300 * mib);
  });

  test.each<[unit: string, files: Readonly<Record<string, number | string>>, mibs: number]>([
    ['none is allowed', { 'memory.swap.max': 0, 'memory.swap.current': 0 }, 400],
    ['some is left', { 'memory.swap.max': 150, 'memory.swap.current': 50 }, 500],
    ['more is allowed than there is', { 'memory.swap.max': 'max', 'memory.swap.current': 50 }, 1400],
  ])('includes swap of a cgroup of version 2 if %s', (_unit, files, mibs) => {
    const found = available(
      meminfo(24000, 20000, 2000, 1000),
      { '/proc/self/cgroup': '0::/job' },
      group('/sys/fs/cgroup/job', { 'memory.max': 500, 'memory.current': 100, 'memory.stat': 'anon 1', ...files }),
    );
    expect(found?.availableBytes).toBe(mibs * mib);
  });

  test('includes swap of a cgroup of version 1, which counts it with memory', () => {
    const found = available(
      meminfo(24000, 20000, 2000, 1000),
      { '/proc/self/cgroup': '4:memory:/job' },
      group('/sys/fs/cgroup/memory/job', {
        'memory.limit_in_bytes': 500,
        'memory.usage_in_bytes': 100,
        'memory.memsw.limit_in_bytes': 700,
        'memory.memsw.usage_in_bytes': 150,
        'memory.stat': 'cache 1',
      }),
    );
    expect(found?.availableBytes).toBe(550 * mib);
  });

  test('is zero if usage exceeds the limit', () => {
    const found = available(
      meminfo(24000, 20000),
      { '/proc/self/cgroup': '0::/job' },
      group('/sys/fs/cgroup/job', { 'memory.max': 500, 'memory.current': 600, 'memory.stat': 'anon 1' }),
    );
    expect(found?.availableBytes).toBe(0);
  });
});
