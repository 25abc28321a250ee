/**
 * Reads Zarr v3 arrays of numbers with few bits, and compares them with the conversions of ml_dtypes. `POSIX_PAR_SEED`
 * repeats a run.
 */
import * as fs from 'node:fs';
import { describe, expect, test } from 'vitest';
import { openArray } from '../../../lib/index.js';
import { ArrayCases } from '../../support/array-cases.js';
import { runCommand } from '../../support/command.js';
import { pythonMissing, runPython } from '../../support/python.js';
import { Random, testSeed } from '../../support/random.js';
import { TemporaryDirectory } from '../../support/temporary.js';

const selectionsPerCase = 10;

describe.skipIf(pythonMissing !== null)(pythonMissing ?? 'Zarr arrays of numbers with few bits', () => {
  if (pythonMissing !== null) return;
  const directory = new TemporaryDirectory();
  const seed = testSeed();
  console.log(`POSIX_PAR_SEED=${seed}`);
  runPython('test/conformance/zarr/small-numbers.py', directory.path, String(seed));
  const cases = new ArrayCases(directory);

  test('small-numbers.py creates all cases', () => {
    expect(cases.list.length).toBe(2 * 15 * 4 + 61);
  });

  test.each(['bfloat16', 'float8_e4m3fn', 'int4'])(
    'masks the same elements of values and of bits of %s',
    async (type) => {
      const path = directory.at(`${type}-little`);
      const document = JSON.parse(fs.readFileSync(`${path}/zarr.json`, 'utf8'));
      const writeAttributes = (attributes: object): void => {
        fs.writeFileSync(`${path}/zarr.json`, JSON.stringify({ ...document, attributes }));
      };
      const isFloat = type !== 'int4';
      for (const attributes of [
        { _FillValue: isFloat ? 'NaN' : 3 },
        { missing_value: [1, 2, 0] },
        { valid_min: -1.5, _FillValue: 1 },
        {},
      ]) {
        writeAttributes(attributes);
        await using values = await openArray(path);
        await using bits = await openArray(path, { numbers: 'bits' });
        const expected = await values.read(null, { mask: true });
        if (type === 'bfloat16' && 'valid_min' in attributes) continue; // Too many bits are missing.
        const found = await bits.read(null, { mask: true });
        expect(found.mask).toEqual(expected.mask);
      }
      writeAttributes({ valid_min: 1e30, scale_factor: 2 });
      await using bits = await openArray(path, { numbers: 'bits' });
      for (const options of [{ scaled: true }, { decode: 'cf' }] as const) {
        await expect(bits.read(null, options)).rejects.toThrow('for stored bits');
      }
      if (type === 'bfloat16') {
        await expect(bits.read(null, { mask: true })).rejects.toThrow("Read the mask without `numbers: 'bits'`");
      }
      writeAttributes({});
    },
  );

  test('the command line reads bits', async () => {
    const { stdout } = await runCommand([
      'read',
      directory.at('fill-bfloat16-2'),
      '0, :2',
      '--numbers',
      'bits',
      '--json',
    ]);
    expect(JSON.parse(stdout)).toMatchObject({ dtype: 'uint16', data: [0xbfa6, 0xbfa6] });
    const explained = await runCommand(['explain', directory.at('bfloat16-little'), '--numbers', 'bits', '--json']);
    expect(JSON.parse(explained.stdout)).toMatchObject({ codecs: [] });
  });

  test.each(cases.list)('reads $name, whole and by random selections', async (one) => {
    await cases.checkWhole(one);
    await cases.checkSelections(one, new Random(seed), selectionsPerCase);
  });
});
