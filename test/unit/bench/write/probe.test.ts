/** Tests the native probe of writes: counts, content, errors, and the classification of wait channels. */
import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { mergeWriteResults, probeWrites } from '../../../../lib/bench/write/probe.js';
import { addWaits, kindOfChannel, summarizeWaits } from '../../../../lib/bench/write/waits.js';
import { WriteError } from '../../../../lib/index.js';
import { binding } from '../../../../lib/native/binding.js';
import { withFaults } from '../../../support/faults.js';
import { TemporaryDirectory } from '../../../support/temporary.js';

const directory = new TemporaryDirectory();
const block = 8192;
const empty = (name: string): string => {
  writeFileSync(directory.at(name), '');
  return directory.at(name);
};
const base = {
  access: 'buffered',
  sync: 'none',
  threads: 3,
  block_bytes: block,
  blocks: 20,
  first_block: 0,
  block_stride: 1,
  duration_ns: 0,
  start_at_ns: 0,
} as const;

/** Returns the offsets that the probe has stored at the start of each page of a file. */
function stamps(path: string): number[] {
  const bytes = readFileSync(path);
  return Array.from({ length: bytes.length / 4096 }, (_, i) => Number(bytes.readBigUInt64LE(4096 * i)));
}
const expectedStamps = (blocks: number): number[] => Array.from({ length: blocks * 2 }, (_, i) => 4096 * i);

describe('the native probe of writes', () => {
  test.each(['none', 'end', 'each'] as const)('writes each block once with fdatasync: %s', async (sync) => {
    const path = empty(`one-${sync}`);
    const result = await probeWrites({ ...base, paths: [path], sync });
    expect([result.operations, result.bytes]).toEqual([20, 20 * block]);
    expect(result.latencies.reduce((sum, { count }) => sum + count, 0)).toBe(20);
    expect(result.elapsedNs).toBeGreaterThan(0);
    expect(stamps(path)).toEqual(expectedStamps(20));
  });

  test('writes each block of each file, if there are more files than threads', async () => {
    const paths = [0, 1, 2, 3, 4].map((i) => empty(`each-${i}`));
    const result = await probeWrites({ ...base, paths, sync: 'end', blocks: 7 });
    expect(result.operations).toBe(35);
    for (const path of paths) expect(stamps(path)).toEqual(expectedStamps(7));
  });

  test('lets processes write one file in turns', async () => {
    const path = empty('turns');
    const parts = await Promise.all(
      [0, 1].map((first_block) =>
        probeWrites({ ...base, paths: [path], threads: 1, first_block, block_stride: 2, blocks: 10 }),
      ),
    );
    expect(mergeWriteResults(parts)).toMatchObject({ operations: 20, bytes: 20 * block });
    expect(stamps(path)).toEqual(expectedStamps(20));
  });

  test('stops after the time limit, but each thread makes at least one call', async () => {
    const result = await probeWrites({ ...base, paths: [empty('limit')], blocks: 2 ** 28, duration_ns: 1 });
    expect(result.operations).toBeGreaterThanOrEqual(3);
    expect(result.operations).toBeLessThan(1000);
  });

  test('reports a missing file and contradicting options', async () => {
    await expect(probeWrites({ ...base, paths: [directory.at('none')] })).rejects.toThrow(WriteError);
    const path = empty('options');
    const wrong = [{ threads: 0 }, { blocks: 0 }, { block_bytes: 0 }, { block_stride: 0 }, { first_block: 2 ** 40 }];
    for (const options of wrong) await expect(probeWrites({ ...base, paths: [path], ...options })).rejects.toThrow();
    await expect(probeWrites({ ...base, paths: [path, path] })).rejects.toThrow();
    const call = binding().probe_writes as (...args: unknown[]) => unknown;
    expect(() => call({ ...base, paths: [path], sync: 'sometimes' }, () => {})).toThrow(TypeError);
    expect(() => call(base, () => {})).toThrow(TypeError);
  });

  test('samples where threads wait: here in a call that a fault delays', async () => {
    const path = empty('delayed');
    const slow = { op: 'pwrite', path: 'delayed', action: 'delay', value: 30, times: 0 } as const;
    const { waits } = await withFaults([slow], () => probeWrites({ ...base, paths: [path], threads: 2, blocks: 4 }));
    const found = summarizeWaits(waits);
    if (found === null) return; // The kernel does not let this process read wait channels.
    expect(found.samples).toBeGreaterThan(4);
  });
});

describe('wait channels', () => {
  test.each([
    ['0', 'none'],
    ['ext4_buffered_write_iter', 'file lock'],
    ['ext4_file_write_iter', 'file lock'],
    ['xfs_file_buffered_write', 'file lock'],
    ['xfs_ilock', 'file lock'],
    ['btrfs_inode_lock', 'file lock'],
    ['inode_dio_wait', 'file lock'],
    ['netfs_start_io_write', 'file lock'],
    ['__iomap_dio_rw', 'storage'],
    ['folio_wait_bit', 'storage'],
    ['submit_bio_wait', 'storage'],
    ['blk_mq_get_tag', 'storage'],
    ['balance_dirty_pages', 'dirty limit'],
    ['jbd2_log_wait_commit', 'journal'],
    ['start_this_handle', 'journal'],
    ['xlog_wait_on_iclog', 'journal'],
    ['btrfs_commit_transaction', 'journal'],
    ['ext4_map_blocks', 'other'],
    ['futex_do_wait', 'other'],
  ])('%s is a wait for: %s', (name, kind) => {
    expect(kindOfChannel(name)).toBe(kind);
  });

  test('are summarized as shares, without samples that could not be read', () => {
    const waits = summarizeWaits(
      addWaits([
        { '0': 1, '': 9 },
        { '0': 1, __iomap_dio_rw: 6 },
      ]),
    );
    expect(waits).toMatchObject({ samples: 8, shares: { none: 0.25, storage: 0.75, 'file lock': 0 } });
    expect(waits?.channels[0]).toEqual({ name: '__iomap_dio_rw', kind: 'storage', share: 0.75 });
    expect(summarizeWaits({ '': 9 })).toBeNull();
    expect(summarizeWaits({})).toBeNull();
  });
});
