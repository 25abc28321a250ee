/**
 * Reads OME-Zarr images of versions 0.4 and 0.5 that ome-zarr-py writes. `POSIX_PAR_SEED` repeats a run.
 */
import * as fs from 'node:fs';
import { describe, expect, test } from 'vitest';
import { dtypeInfo } from '../../../lib/core/dtype.js';
import { type DType, openArray, openGroup, readSubset } from '../../../lib/index.js';
import { sameBytes } from '../../support/byte-writer.js';
import { runCommand } from '../../support/command.js';
import { engines } from '../../support/engines.js';
import { pythonMissing, runPython } from '../../support/python.js';
import { pickBytes, Random, randomSelection, testSeed } from '../../support/random.js';
import { TemporaryDirectory } from '../../support/temporary.js';

interface LevelCase {
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly axes: readonly string[];
  readonly units: readonly (string | null)[];
  readonly scale: readonly number[];
  readonly translation: readonly number[];
  readonly expected: { readonly offset: number; readonly length: number };
}

interface ImageCase {
  readonly path: string;
  readonly group: string;
  readonly levels: readonly LevelCase[];
}

const selectionsPerLevel = 10;
const bytesOf = (data: ArrayBufferView): Uint8Array => new Uint8Array(data.buffer, data.byteOffset, data.byteLength);

describe.skipIf(pythonMissing !== null)(pythonMissing ?? 'OME-Zarr images written by ome-zarr-py', () => {
  if (pythonMissing !== null) return;
  const directory = new TemporaryDirectory();
  const seed = testSeed();
  console.log(`POSIX_PAR_SEED=${seed}`);
  runPython('test/conformance/zarr/ome-zarr.py', directory.path, String(seed));
  const cases = JSON.parse(fs.readFileSync(directory.at('cases.json'), 'utf8')) as readonly ImageCase[];
  const blob = fs.readFileSync(directory.at('expected.bin'));
  const optionsOf = ({ group }: ImageCase): { array?: string } => (group === '' ? {} : { array: group });

  test('ome-zarr.py creates all images', () => {
    expect(cases.length).toBe(2 * (4 * 3 + 2) + 1);
  });

  test.each(cases)('reads the levels of $path $group', async (image) => {
    const random = new Random(seed);
    for (const [level, one] of image.levels.entries()) {
      await using array = await openArray(directory.at(image.path), { ...optionsOf(image), level });
      expect(array.shape).toEqual(one.shape);
      expect(array.dtype).toBe(one.dtype);
      expect(array.dimensionNames).toEqual(one.axes);
      const { multiscale } = array.attributes as { multiscale: Record<string, unknown> };
      expect(multiscale).toMatchObject({ level, levels: image.levels.length });
      const axes = multiscale['axes'] as readonly { name: string; unit: string | null }[];
      expect(axes.map(({ unit }) => unit)).toEqual(one.units);
      expect(multiscale['scale']).toEqual(one.scale);
      expect(multiscale['translation']).toEqual(one.translation);
      const expected = blob.subarray(one.expected.offset, one.expected.offset + one.expected.length);
      expect(sameBytes(bytesOf((await array.read()).data), expected)).toBe(true);
      for (let i = 0; i < selectionsPerLevel; i += 1) {
        const { entries, indices } = randomSelection(random, one.shape);
        const part = await array.read(entries, { engine: random.pick(engines) });
        const wanted = pickBytes(expected, one.shape, dtypeInfo(one.dtype).size, indices);
        expect(sameBytes(bytesOf(part.data), wanted), JSON.stringify(entries)).toBe(true);
      }
    }
  });

  test.each(cases)('lists the levels of $path $group', async (image) => {
    const group = await openGroup(directory.at(image.path), optionsOf(image));
    const levels: (number | undefined)[] = [];
    for await (const { level } of group.walk()) levels.push(level);
    expect(levels).toEqual(image.levels.map((_, level) => level));
    await using array = await group.openArray('s0');
    expect(array.dimensionNames).toEqual(image.levels[0]?.axes);
  });

  test('explains a level that does not exist', async () => {
    const [image] = cases;
    const path = directory.at(image?.path ?? '');
    await expect(readSubset(path, null, { level: 9 })).rejects.toThrow(/Expected .*level.* received 9/);
    await expect(readSubset(path, null)).rejects.toThrow('The option `level: 0` opens the finest level');
  });

  test('opens levels from the command line', async () => {
    const path = directory.at('v5-plate.zarr#A/1/0');
    const tree = await runCommand(['info', path]);
    expect(tree.stdout).toMatch(/s0 {2}level 0 {2}uint16 \(c: \d, y: \d+, x: \d+\)/);
    const level = await runCommand(['info', path, '--level', '1']);
    expect(level.stderr).toBe('');
    expect(level.stdout).toMatch(/level +1 of 0 to 1, c: 1, y: [\d.]+/);
    const read = await runCommand(['read', path, '0,0,0:3', '--level', '1', '--json']);
    expect(read.stderr).toBe('');
    expect(JSON.parse(read.stdout)).toMatchObject({ shape: [3] });
    const missing = await runCommand(['read', path, '--level', '2']);
    expect(missing.stderr).toMatch(/Expected a level from 0 to 1 for (--level|`--level`), received 2/);
  });
});
