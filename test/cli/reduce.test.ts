// Tests `posix-par reduce`: output on a terminal and as JSON, output files, pictures, and wrong arguments.
import { readFileSync } from 'node:fs';
import { PNG } from 'pngjs';
import { describe, expect, test } from 'vitest';
import { readSubset } from '../../lib/index.js';
import { runCommand } from '../support/command.js';
import { writeNpy } from '../support/sample-arrays.js';
import { TemporaryDirectory } from '../support/temporary.js';
import { arrayV3, writeFiles } from '../support/zarr-store.js';

const directory = new TemporaryDirectory();
const volume = writeNpy(directory, 'volume.npy', [5, 40, 30]);
const packed = writeFiles(directory.at('packed.zarr'), {
  'zarr.json': arrayV3({ shape: [2, 3], fill_value: -1, attributes: { _FillValue: -1, scale_factor: 0.5 } }),
  'c/0/0': new Uint8Array(Int16Array.from([4, -1, -1, 8, 6, 7]).buffer),
});

async function reduceToJson(...args: readonly string[]): Promise<Record<string, unknown>> {
  const end = await runCommand(['reduce', ...args, '--json']);
  expect(end.stderr).toBe('');
  return JSON.parse(end.stdout) as Record<string, unknown>;
}

describe('posix-par reduce', () => {
  test('prints the result as JSON', async () => {
    expect(await reduceToJson(volume, 'mean')).toMatchObject({ shape: [], dtype: 'float64', data: [2999.5] });
    const options = ['--axis', '0,-1', '--select', '0:2, 3:5', '--keep-dims'];
    const { shape, data, operation, selection } = await reduceToJson(volume, 'max', ...options);
    expect([operation, selection]).toEqual(['max', '0:2, 3:5']);
    expect([shape, data]).toEqual([
      [1, 2, 1],
      [1200 + 119, 1200 + 149],
    ]);
  });

  test('decodes and leaves out missing values unless --raw is given', async () => {
    expect((await reduceToJson(packed, 'sum'))['data']).toEqual([12.5]);
    expect((await reduceToJson(packed, 'sum', '--raw'))['data']).toEqual([23]);
    expect((await reduceToJson(packed, 'count', '--raw', '--skip-missing'))['data']).toEqual([4]);
  });

  test('takes names of dimensions, and a selection after the operation', async () => {
    const named = writeFiles(directory.at('named.zarr'), {
      'zarr.json': arrayV3({ shape: [2, 3], dimension_names: ['time', 'lat'], attributes: { units: 'K' } }),
      'c/0/0': new Uint8Array(Int16Array.from([4, 1, 2, 8, 6, 7]).buffer),
    });
    expect((await reduceToJson(named, 'max', '--axis', 'time'))['data']).toEqual([8, 6, 7]);
    expect((await reduceToJson(named, 'max', 'time=0', '--axis', 'lat'))['data']).toEqual([4]);
    const both = await runCommand(['reduce', named, 'max', '0', '--select', '1']);
    expect([both.code, both.stderr]).toEqual([2, expect.stringContaining('either a selection or --select')]);
    const wrong = await runCommand(['reduce', named, 'max', '--axis', 'lon']);
    expect(wrong.stderr).toContain("Expected integers from -2 to 1 or 'time', 'lat' for --axis, received 'lon'");
  });

  test('shows a single number once, with the units of the array if it has them', async () => {
    const attributes = { units: 'K', scale_factor: 0.5 };
    const store = writeFiles(directory.at('units.zarr'), {
      'zarr.json': arrayV3({ shape: [2, 3], attributes }),
      'c/0/0': new Uint8Array(Int16Array.from([4, 1, 2, 8, 6, 7]).buffer),
    });
    const { stdout } = await runCommand(['reduce', store, 'max']);
    expect(stdout).toMatch(/^ {2}value +4 K$/m);
    expect(stdout).not.toMatch(/min|mean/);
    expect((await runCommand(['reduce', store, 'count'])).stdout).toMatch(/^ {2}value +6$/m);
    expect((await runCommand(['reduce', store, 'sum', '--raw'])).stdout).toMatch(/^ {2}value +28$/m);
  });

  test('writes the result to a file', async () => {
    const output = directory.at('std.npy');
    const end = await runCommand(['reduce', volume, 'std', '--axis', '0', '--ddof', '1', '-o', output]);
    expect([end.code, end.stderr]).toEqual([0, '']);
    const { shape, data } = await readSubset(output);
    expect([shape, data[0]]).toEqual([[40, 30], Math.sqrt(2.5) * 1200]);
  });

  test('draws a plane', async () => {
    const output = directory.at('mean.png');
    await runCommand(['reduce', volume, 'mean', '--axis', '0', '-o', output, '--no-scale-bar']);
    const { width, height } = PNG.sync.read(readFileSync(output));
    expect([width, height]).toEqual([30, 40]);
    const { stdout } = await runCommand(['reduce', volume, 'mean', '--axis', '0', '--picture', 'blocks']);
    expect(stdout).toMatch(/▀|▄|█/);
    expect(stdout).toMatch(/mean {2}2999\.5|mean +2999\.5/);
  });

  test('computes medians and quantiles', async () => {
    expect(await reduceToJson(volume, 'median')).toMatchObject({ shape: [], dtype: 'float64', data: [2999.5] });
    const { shape, data } = await reduceToJson(volume, 'quantile', '--q', '0,0.25', '--axis', '1,2');
    expect([shape, data]).toEqual([
      [2, 5],
      [0, 1, 2, 3, 4].map((z) => z * 1200).concat([0, 1, 2, 3, 4].map((z) => z * 1200 + 299.75)),
    ]);
    expect((await reduceToJson(packed, 'median'))['data']).toEqual([3.25]);
  });

  test('shows a histogram with bars, and its edges as JSON', async () => {
    const { stdout, stderr } = await runCommand(['reduce', volume, 'histogram', '--bins', '0,600,1200,5000']);
    expect(stderr).toBe('');
    expect(stdout).toMatch(/^ +\[0, +600\) +600 +█+/m);
    expect(stdout).toMatch(/^ +\[1200, +5000\] +3,801 +█{20}/m);
    expect(stdout).toMatch(/^ {2}above 999$/m);
    const json = await reduceToJson(volume, 'histogram', '--bins', '2', '--between', '-1,6001');
    expect(json).toMatchObject({ data: [3000, 3000], edges: [-1, 3000, 6001], below: 0, above: 0, missing: 0 });
    const wrong = await runCommand(['reduce', volume, 'histogram', '--between', '3,1']);
    expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining('--between')]);
  });

  test.each([
    [['mode'], /mode/],
    [['median', '--q', '0.5'], /--q/],
    [['quantile', '--q', '2'], /--q/],
    [['mean', '--bins', 'x'], /--bins/],
    [['mean', '--axis', '3'], /axis/],
    [['mean', '--axis', 'x'], /--axis/],
    [['std', '--ddof', '-1'], /--ddof/],
    [['mean', '--to', 'csv'], /-o/],
  ])('rejects %j', async (args, message) => {
    const end = await runCommand(['reduce', volume, ...args]);
    expect(end.code).toBe(2);
    expect(end.stderr).toMatch(message);
  });
});
