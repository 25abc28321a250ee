/** Tests the choice of the engine of a write, fact by fact. */
import { describe, expect, test } from 'vitest';
import { chooseWriteEngine, type WriteEngineFacts } from '../../../lib/plan/write-engine.js';

const mib = 2 ** 20;
const file = {
  sizeBytes: 64 * mib + 128,
  allocatedBytes: 65 * mib,
  directError: '',
  alignment: { memoryBytes: 512, offsetBytes: 512 },
};
/** Facts for which `auto` chooses direct writes. */
const best: WriteEngineFacts = {
  asked: 'auto',
  durability: 'full',
  bytes: 32 * mib,
  runBytes: 32 * mib,
  endBytes: 64 * mib + 128,
  hasAlignedElements: true,
  file,
};

describe('the engine of a write in place', () => {
  test('is direct for a large, durable write into allocated space', () => {
    expect(chooseWriteEngine(best)).toEqual({
      engine: 'direct',
      alignment: 4096,
      reason:
        'the write is large and goes to allocated space; parts that do not fill a block of 4096 bytes go through the ' +
        'page cache',
    });
    expect(chooseWriteEngine({ ...best, durability: 'data' }).engine).toBe('direct');
    expect(chooseWriteEngine({ ...best, bytes: 8 * mib, runBytes: mib }).engine).toBe('direct');
  });

  test('has the alignment of the file if it is larger than a page', () => {
    const large = { ...file, alignment: { memoryBytes: 4096, offsetBytes: 65536 } };
    expect(chooseWriteEngine({ ...best, file: large }).alignment).toBe(65536);
  });

  test.each<[Partial<WriteEngineFacts>, RegExp]>([
    [{ asked: 'pwrite' }, /^requested by the caller$/],
    [{ bytes: 8 * mib - 1 }, /less than 8 MiB/],
    [{ runBytes: mib - 1 }, /contiguous runs have less than 1 MiB/],
    [{ durability: 'none' }, /`durability: 'none'`/],
    [{ file: null }, /properties of the file are not known/],
    [{ file: { ...file, alignment: null } }, /does not report the alignment/],
    [{ endBytes: file.sizeBytes + 1 }, /makes the file larger/],
    [{ file: { ...file, allocatedBytes: file.sizeBytes - 1 } }, /has holes/],
    [{ hasAlignedElements: false }, /multiples of their size/],
    [{ file: { ...file, directError: 'EINVAL' } }, /refuses O_DIRECT \(EINVAL\)/],
    [{ file: { ...file, alignment: { memoryBytes: 0, offsetBytes: 0 } } }, /does not support direct I\/O/],
    [{ file: { ...file, alignment: { memoryBytes: 8192, offsetBytes: 512 } } }, /aligned to more than 4096 bytes/],
  ])('is pwrite if %o', (change, reason) => {
    const choice = chooseWriteEngine({ ...best, ...change });
    expect(choice).toMatchObject({ engine: 'pwrite', alignment: 0 });
    expect(choice.reason).toMatch(reason);
  });

  test.each<Partial<WriteEngineFacts>>([
    { bytes: mib, runBytes: mib },
    { runBytes: 2 ** 17 },
    { durability: 'none' },
    { endBytes: file.sizeBytes + 1 },
    { file: { ...file, allocatedBytes: 0 } },
    { file: { ...file, alignment: null } },
  ])('is direct on request, although %o', (change) => {
    const choice = chooseWriteEngine({ ...best, ...change, asked: 'direct' });
    expect(choice).toMatchObject({ engine: 'direct', alignment: 4096 });
    expect(choice.reason).toMatch(/^requested by the caller; /);
  });

  test.each<Partial<WriteEngineFacts>>([
    { runBytes: 2 ** 17 - 1 },
    { file: null },
    { hasAlignedElements: false },
    { file: { ...file, directError: 'EINVAL' } },
    { file: { ...file, alignment: { memoryBytes: 0, offsetBytes: 0 } } },
    { file: { ...file, alignment: { memoryBytes: 8192, offsetBytes: 512 } } },
  ])('is not direct on request if %o', (change) => {
    expect(chooseWriteEngine({ ...best, ...change, asked: 'direct' })).toMatchObject({ engine: 'pwrite' });
  });
});
