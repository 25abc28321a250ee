/**
 * Reads Zarr stores in zip archives that zarr-python writes. `POSIX_PAR_SEED` repeats a run.
 */
import { describe, expect, test } from 'vitest';
import { openGroup, readSubset } from '../../../lib/index.js';
import { ArrayCases } from '../../support/array-cases.js';
import { pythonMissing, runPython } from '../../support/python.js';
import { Random, testSeed } from '../../support/random.js';
import { TemporaryDirectory } from '../../support/temporary.js';

const selectionsPerCase = 20;

describe.skipIf(pythonMissing !== null)(pythonMissing ?? 'zipped Zarr stores written by zarr-python', () => {
  if (pythonMissing !== null) return;
  const directory = new TemporaryDirectory();
  const seed = testSeed();
  console.log(`POSIX_PAR_SEED=${seed}`);
  runPython('test/conformance/zarr/zipped.py', directory.path, String(seed));
  const cases = new ArrayCases(directory);

  test('zipped.py creates all cases', () => {
    expect(cases.list.length).toBe(9 * 6 + 1);
  });

  test.each(cases.list)('reads $name, whole and by random selections', async (one) => {
    await cases.checkWhole(one);
    await cases.checkSelections(one, new Random(seed), selectionsPerCase);
  });

  test('lists groups, and opens arrays of groups', async () => {
    const root = await openGroup(directory.at('stored-v3-zstd.zarr.zip'));
    expect(root.attributes).toEqual({ n: 1 });
    const found: string[] = [];
    for await (const { name, kind } of root.walk()) found.push(`${kind} ${name}`);
    const arrays = ['uint8', 'int16', 'int32', 'float64', 'bool', 'group/inner'].map((name) => `array ${name}`);
    expect(found.sort()).toEqual(['group group', ...arrays].sort());
    const group = await root.openGroup('group');
    await using inner = await group.openArray('inner');
    expect(inner.dtype).toBe('float32');
    expect((await inner.read()).data.length).toBeGreaterThan(0);
  });

  test('refuses deflated shards and other compression methods by name', async () => {
    await expect(readSubset(directory.at('deflated-shards.zip'), null, { array: 'int32' })).rejects.toThrow(
      /the deflated Zarr shard 'int32\/c\/.*' in a zip archive/,
    );
    await expect(readSubset(directory.at('other-method.zip'), null, { array: 'int32' })).rejects.toThrow(
      /the zip member 'int32\/zarr.json' of compression method 12/,
    );
  });
});
