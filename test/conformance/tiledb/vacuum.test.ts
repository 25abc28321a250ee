/** Tests a vacuum that removes files of an open array. The next read must list the files of the array again. */
import * as fs from 'node:fs';
import { describe, expect, test } from 'vitest';
import { openArray } from '../../../lib/index.js';
import { pythonMissing, runPython } from '../../support/python.js';
import { TemporaryDirectory } from '../../support/temporary.js';

describe.skipIf(pythonMissing !== null)(pythonMissing ?? 'A TileDB array that is vacuumed', () => {
  if (pythonMissing !== null) return;
  const directory = new TemporaryDirectory();
  const script = 'test/conformance/tiledb/vacuum.py';

  test.each(['read', 'readSync'] as const)('is still read by %s of a handle that was opened before', async (method) => {
    const path = directory.at(method);
    runPython(script, path, 'write');
    await using array = await openArray<'int32'>(path);
    await using another = await openArray<'int32'>(path);
    // This handle has already read the tile offsets of one fragment. So it does not notice that the fragment is missing
    // until it opens the data file.
    await another[method]('0:20');
    expect(fs.readdirSync(`${path}/__fragments`)).toHaveLength(5);
    runPython(script, path, 'consolidate');
    expect(fs.readdirSync(`${path}/__fragments`)).toHaveLength(1);
    const expected = Array.from({ length: 100 }, (_, i) => i);
    expect([...(await array[method]()).data]).toEqual(expected);
    expect([...(await another[method]()).data]).toEqual(expected);
  });
});
