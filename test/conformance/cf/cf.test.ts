/**
 * Compares CF decoding with other libraries: values and types with xarray, masks with netCDF4.
 */
import * as fs from 'node:fs';
import { describe, expect, test } from 'vitest';
import { type DType, dtypeInfo, viewOver } from '../../../lib/core/dtype.js';
import { openArray, slice } from '../../../lib/index.js';
import { pythonMissing, runPython } from '../../support/python.js';
import { testSeed } from '../../support/random.js';
import { TemporaryDirectory } from '../../support/temporary.js';

interface Case {
  readonly path: string;
  readonly array: string;
  readonly dtype: DType | null;
  readonly shape: readonly number[];
  readonly values: string | null;
  readonly mask: string | null;
}

describe.skipIf(pythonMissing !== null)(pythonMissing ?? 'CF conventions', () => {
  if (pythonMissing !== null) return;
  const directory = new TemporaryDirectory();
  const seed = testSeed();
  console.log(`POSIX_PAR_SEED=${seed}`);
  const cases: readonly Case[] = JSON.parse(runPython('test/conformance/cf/write.py', directory.path, String(seed)));
  const load = (name: string, dtype: DType): ArrayLike<number | bigint> => {
    const bytes = new Uint8Array(fs.readFileSync(directory.at(name)));
    const info = dtypeInfo(dtype);
    return viewOver(info, bytes.buffer, bytes.length / info.size);
  };

  test('write.py creates cases', () => {
    expect(cases.length).toBeGreaterThan(150);
  });

  test.each(cases)('$path $array', async ({ path, array: name, dtype, values, mask }) => {
    await using array = await openArray(directory.at(path), { array: name });
    if (values !== null && dtype !== null) {
      const decoded = await array.read(null, { decode: 'cf' });
      expect(decoded.mask).toBeNull();
      expect(decoded.dtype).toBe(dtype);
      expect(differences(decoded.data, load(values, dtype))).toEqual([]);
      const boxed = array.readSync([slice(4, 0, -2), 3, slice(1, 6)], { decode: 'cf', mask: true });
      const expected = load(values, dtype);
      const box = [4, 2].flatMap((x) => [1, 2, 3, 4, 5].map((z) => expected[(x * 6 + 3) * 7 + z]));
      expect(differences(boxed.data, box)).toEqual([]);
      if (mask !== null) {
        const whole = load(mask, 'uint8');
        expect([...(boxed.mask ?? [])]).toEqual(
          [4, 2].flatMap((x) => [1, 2, 3, 4, 5].map((z) => whole[(x * 6 + 3) * 7 + z])),
        );
      }
    }
    if (mask !== null) {
      const stored = await array.read();
      const masked = await array.read(null, { mask: true });
      expect([...(masked.mask ?? [])]).toEqual(Array.from(load(mask, 'uint8')));
      expect(bytesOf(masked.data)).toEqual(bytesOf(stored.data));
    }
  });
});

function bytesOf(data: ArrayBufferView): Buffer {
  return Buffer.from(data.buffer, data.byteOffset, data.byteLength);
}

/** Returns descriptions of the elements that differ. NaN equals NaN, but 0 and -0 differ. */
function differences(found: ArrayLike<number | bigint>, expected: ArrayLike<unknown>): string[] {
  if (found.length !== expected.length) return [`${found.length} elements instead of ${expected.length}`];
  return Array.from(found).flatMap((value, i) =>
    Object.is(value, expected[i]) ? [] : [`[${i}] is ${value} instead of ${expected[i]}`],
  );
}
