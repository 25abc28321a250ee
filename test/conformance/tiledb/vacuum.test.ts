/** A vacuum removes the files of an array that is open: the next read lists the array again. */
import * as fs from 'node:fs';
import { describe, expect, test } from 'vitest';
import { openArray } from '../../../lib/index.js';
import { pythonMissing, runPython } from '../../support/python.js';
import { TemporaryDirectory } from '../../support/temporary.js';

describe.skipIf(pythonMissing !== null)(pythonMissing ?? 'A TileDB array that is vacuumed', () => {
  if (pythonMissing !== null) return;
  const directory = new TemporaryDirectory();
  const script = 'test/conformance/tiledb/vacuum.py';

  test.each(['read', 'readSync'] as const)('is still read by %s of a handle from before', async (method) => {
    const path = directory.at(method);
    runPython(script, path, 'write');
    await using array = await openArray<'int32'>(path);
    await using another = await openArray<'int32'>(path);
    // The places of one fragment's tiles are known to this handle: it meets the missing file when it opens that.
    await another[method]('0:20');
    expect(fs.readdirSync(`${path}/__fragments`)).toHaveLength(5);
    runPython(script, path, 'consolidate');
    expect(fs.readdirSync(`${path}/__fragments`)).toHaveLength(1);
    const expected = Array.from({ length: 100 }, (_, i) => i);
    expect([...(await array[method]()).data]).toEqual(expected);
    expect([...(await another[method]()).data]).toEqual(expected);
  });
});
