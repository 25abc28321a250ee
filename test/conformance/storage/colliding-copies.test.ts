/**
 * Tests reads with 4K aliasing: the kernel copies slowly if (result address - source address) mod 4096 is 1 to 31. Long
 * cached reads of this kind must use a mapping. All other reads in this file must use system calls.
 */
import { describe, expect, test } from 'vitest';
import { allocate, openArray } from '../../../lib/index.js';
import { type Fault, withFaults } from '../../support/faults.js';
import { TemporaryDirectory } from '../../support/temporary.js';

const [rows, rowBytes, offset] = [8, 256 << 10, 4096];
const folder = new TemporaryDirectory();
const bytes = Uint8Array.from({ length: offset + rows * rowBytes }, (_, i) => (i * 31 + (i >> 12)) & 255);
const path = folder.write('rows.raw', bytes);

const options = { format: 'raw', dtype: 'uint8', shape: [rows, rowBytes], offset } as const;
const cold: Fault = { op: 'pread', action: 'cold', times: 0 };

/**
 * Reads rows 2 to 5 into memory that begins `afterPage` bytes after a page boundary, so that the test controls 4K
 * aliasing.
 */
async function readTo(afterPage: number, faults: readonly Fault[] = []) {
  await using array = await openArray(path, options);
  const length = 4 * rowBytes;
  const target = allocate('uint8', length + 4096).subarray(afterPage, afterPage + length);
  const { stats } = await withFaults(faults, () => array.readInto(target, [{ start: 2, stop: 6 }]));
  expect(Buffer.compare(target, bytes.subarray(offset + 2 * rowBytes, offset + 6 * rowBytes))).toBe(0);
  return stats;
}

describe('the offset of a result in its page', () => {
  test.each([1, 16, 31])('%d bytes after that of the data: copies from a mapping', async (afterPage) => {
    expect(await readTo(afterPage)).toMatchObject({
      engine: 'mmap',
      engineReason: 'cached data that read calls would copy slowly (4K aliasing): copied from a mapping',
    });
  });

  test.each([0, 32, 2048, 4080])('%d bytes after that of the data: reads with system calls', async (afterPage) => {
    expect((await readTo(afterPage)).engine).toBe('pread');
  });

  test('shortly after that of the data: reads with system calls if the data is not cached', async () => {
    expect((await readTo(16, [cold])).engine).toBe('pread');
  });

  test('shortly after that of the data: reads with system calls if it is short', async () => {
    await using array = await openArray(path, options);
    const target = allocate('uint8', 8192).subarray(16, 16 + 4096);
    const { stats } = await array.readInto(target, [0, { start: 4096, stop: 8192 }]);
    expect(Buffer.compare(target, bytes.subarray(offset + 4096, offset + 8192))).toBe(0);
    expect(stats.engine).toBe('pread');
  });
});
