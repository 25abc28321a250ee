/**
 * Compares reductions of a TileDB array whose fragments overlap, and do not cover all cells, with NumPy.
 */
import { expect, it } from 'vitest';
import { parseHexFloat } from '../../support/hex-float.js';
import { openForTests } from '../../support/opened-arrays.js';
import { pythonMissing, runPython } from '../../support/python.js';
import { TemporaryDirectory } from '../../support/temporary.js';

const folder = new TemporaryDirectory();

it.skipIf(pythonMissing !== null)('adds each cell of overlapping fragments once', async () => {
  const path = folder.at('overlapping.tiledb');
  const [sum = '', count = '', max = ''] = runPython('test/conformance/reduce/write_fragments.py', path).split(/\s+/);
  const array = await openForTests(path);
  for (const options of [{ skipMissing: true }, { decode: 'cf' }] as const) {
    expect((await array.reduce('sum', options)).data[0]).toBe(parseHexFloat(sum));
    expect((await array.reduce('count', options)).data[0]).toBe(Number(count));
    expect((await array.reduce('max', options)).data[0]).toBe(parseHexFloat(max));
  }
  expect((await array.reduce('count')).data[0]).toBe(90 * 70);
  expect((await array.reduce('sum')).data[0]).toBeNaN();
});
