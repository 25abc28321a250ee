/** Tests the files that `posix-par convert` writes, and that no target remains after a failure. */
import { readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { convert, openArray } from '../../lib/index.js';
import { runCommand } from '../support/command.js';
import { writeNpy } from '../support/sample-arrays.js';
import { TemporaryDirectory } from '../support/temporary.js';

const folder = new TemporaryDirectory();
const source = writeNpy(folder, 'a.npy', [6, 8]);

test('writes a Zarr store with the given chunks and codecs', async () => {
  const target = folder.at('a.zarr');
  const options = ['--chunks', '4,3', '--codec', 'zstd:1,crc32c', '--verify', '--json'];
  const { code, stdout, stderr } = await runCommand(['convert', source, target, ...options]);
  expect([code, stderr]).toEqual([0, '']);
  expect(JSON.parse(stdout)).toMatchObject({ source, target, bytes: 192, blocks: 1 });
  await using copy = await openArray(target);
  await using original = await openArray(source);
  expect(copy.chunkShape).toEqual([4, 3]);
  expect(copy.attributes['zarr']).toMatchObject({ codecs: ['zstd', 'crc32c'] });
  expect((await copy.read()).data).toEqual((await original.read()).data);
  const again = await runCommand(['convert', source, target]);
  expect(again.code).toBe(3);
  expect(again.stderr).toMatch(/it exists.*--overwrite/);
  expect(await runCommand(['convert', source, target, '--overwrite'])).toMatchObject({ code: 0 });
});

test('writes shards', async () => {
  const target = folder.at('sharded.zarr');
  const options = ['--chunks', '2,4', '--shards', '4,8', '--verify'];
  expect(await runCommand(['convert', source, target, ...options])).toMatchObject({ code: 0 });
  await using copy = await openArray(target);
  expect(copy.chunkShape).toEqual([2, 4]);
  expect(copy.attributes['zarr']).toMatchObject({ shardShapes: [[4, 8]] });
});

test('writes tiles with the given names', async () => {
  const target = folder.at('tiles');
  const options = ['--target-format', 'tiles', '--chunks', '3,8', '--tile-path', 't{0:02}.bin', '--verify'];
  expect(await runCommand(['convert', source, target, ...options])).toMatchObject({ code: 0, stderr: '' });
  expect(readdirSync(target).sort()).toEqual(['t00.bin', 't01.bin', 'tiles.json']);
  await using copy = await openArray(target);
  await using original = await openArray(source);
  expect((await copy.read()).data).toEqual((await original.read()).data);
});

test('resumes a conversion that was aborted', async () => {
  const target = folder.at('resumed.zarr');
  const controller = new AbortController();
  const { signal } = controller;
  const options = { chunkShape: [1, 8], memoryBudgetBytes: 64, resume: true } as const;
  await expect(convert(source, target, { ...options, signal, onProgress: () => controller.abort() })).rejects.toThrow();
  const args = ['convert', source, target, '--chunks', '1,8', '--resume', '--budget'];
  const other = await runCommand([...args, '4K']);
  expect(other.code).toBe(3);
  expect(other.stderr).toMatch(/Cannot resume the conversion .*: --budget is 4096, but was 64\. Use the same source/);
  const { code, stderr, stdout } = await runCommand([...args, '64']);
  expect([code, stderr]).toEqual([0, '']);
  expect(stdout).toMatch(/192 B in 6 blocks \([1-5] by an earlier run\)/);
  await using copy = await openArray(target);
  await using original = await openArray(source);
  expect((await copy.read()).data).toEqual((await original.read()).data);
});

test('reports wrong options with the exit code 2, and leaves no target', async () => {
  for (const [options, message] of [
    [['x.zarr', '--chunks', '4,x'], /a shape such as .* for --chunks/],
    [['x.zarr', '--chunks', '4,4', '--shards', '4,6'], /multiples of the chunk shape .* for --shards/],
    [['x.zarr', '--codec', '!'], /codecs such as .* for --codec/],
    [['x.zarr', '--codec', 'lzma'], /--codec/],
    [['x.npy', '--chunks', '4,4'], /--chunks/],
    [['x.xyz'], /--target-format/],
    [['x.tiles', '--target-format', 'tiles', '--tile-path', '{0'], /a path template .* for --tile-path/],
  ] as const) {
    const [name, ...rest] = options;
    const end = await runCommand(['convert', source, folder.at(name), ...rest]);
    expect([options, end.code]).toEqual([options, 2]);
    expect(end.stderr).toMatch(message);
  }
  expect(readdirSync(folder.path).filter((name) => name.includes('x.'))).toEqual([]);
});
