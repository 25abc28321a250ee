/**
 * Reads arrays of 14 formats from 2 to 20. The libraries of their time wrote them with the same values
 * (test/fixtures/tiledb-formats.py). old.test.ts covers other formats.
 */
import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { dtypeInfo } from '../../../lib/core/dtype.js';
import { type DType, openArray } from '../../../lib/index.js';
import { sameBytes } from '../../support/byte-writer.js';
import { pickBytes, Random, randomSelection, testSeed } from '../../support/random.js';
import { TemporaryDirectory } from '../../support/temporary.js';

const fixture = fileURLToPath(new URL('../../fixtures/tiledb-formats.tar.gz', import.meta.url));
/** Time at which the arrays are opened: later than all fragments, so that the clock of the machine does not matter. */
const at = Date.UTC(2100, 0);

interface Entry {
  readonly attribute: string;
  readonly dtype: DType;
  readonly nullable: boolean;
  readonly expected: string;
}

describe('TileDB arrays of every format', () => {
  const directory = new TemporaryDirectory();
  execFileSync('tar', ['xzf', fixture, '-C', directory.path]);
  const manifest: Readonly<Record<string, readonly Entry[]>> = JSON.parse(
    fs.readFileSync(directory.at('manifest.json'), 'utf8'),
  );
  const cases = Object.entries(manifest).flatMap(([name, entries]) => entries.map((entry) => ({ name, ...entry })));
  const seed = testSeed();
  console.log(`POSIX_PAR_SEED=${seed}`);

  test('the fixture contains one array of each format', async () => {
    const versions = new Set<number>();
    for (const name of Object.keys(manifest)) {
      await using array = await openArray(directory.at(name), { array: manifest[name]?.[0]?.attribute ?? '', at });
      versions.add((array.attributes['tiledb'] as { formatVersion: number }).formatVersion);
    }
    expect([...versions].sort((a, b) => a - b)).toEqual([2, 3, 4, 5, 7, 8, 9, 11, 12, 13, 14, 16, 18, 20]);
  });

  const check = async (
    name: string,
    entry: Entry,
    npyName: string,
    options: Record<string, unknown>,
  ): Promise<void> => {
    const npy = fs.readFileSync(directory.at(`${npyName}.npy`));
    const expected = npy.subarray(10 + npy.readUInt16LE(8));
    await using array = await openArray(directory.at(name), { array: entry.attribute, at, ...options });
    const { data, shape } = await array.read();
    expect(sameBytes(new Uint8Array(data.buffer), expected)).toBe(true);
    const random = new Random(seed);
    for (let i = 0; i < 5; i++) {
      const selection = randomSelection(random, shape);
      const part = await array.read(selection.entries);
      const wanted = pickBytes(expected, shape, dtypeInfo(array.dtype).size, selection.indices);
      expect(sameBytes(new Uint8Array(part.data.buffer), wanted), JSON.stringify(selection.entries)).toBe(true);
    }
  };

  test.each(cases)('$name has the written values in $attribute', async (one) => {
    await check(one.name, one, one.expected, {});
  });

  test.each(cases.filter(({ nullable }) => nullable))('$name has the written validity', async (one) => {
    await check(one.name, one, `${one.expected}.validity`, { part: 'validity' });
  });
});
