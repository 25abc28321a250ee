/** Tests what `posix-par info` shows of each kind of array, in files of the reference libraries. */
import { beforeAll, describe, expect, test } from 'vitest';
import { runCommand } from '../support/command.js';
import { pythonMissing, runPython } from '../support/python.js';
import { TemporaryDirectory } from '../support/temporary.js';

describe.skipIf(pythonMissing !== null)(`files${pythonMissing === null ? '' : ` (${pythonMissing})`}`, () => {
  const directory = new TemporaryDirectory();
  beforeAll(() => {
    runPython('test/conformance/describe/write.py', directory.path);
  });

  const info = async (name: string): Promise<string> => {
    const end = await runCommand(['info', directory.at(name)]);
    expect([end.code, end.stderr]).toEqual([0, '']);
    return end.stdout;
  };

  const fields = [
    / fields\n {4}x +at byte 0 +float64\n {4}name +at byte 8 +text of 10 bytes\n/,
    / {4}id +at byte 18 +uint32\n {4}p\.w +at byte 22 +int16\n {4}p\.v +at byte 24 +float32 {2}3\n/,
  ];
  test.each<[string, ...RegExp[]]>([
    ['records.npy', / shape +5 {2}\(5 elements, 180 B\)\n/, / dtype +records of 36 bytes\n/, ...fields],
    ['types.h5#/table', / shape +3 /, / dtype +records of 36 bytes\n/, ...fields],
    ['types.zarr#table', / chunks +2 {2}\(2 chunks\)\n/, /\n {4}a +at byte 0 +int16\n {4}b +at byte 2 +float32\n/],
    ['bytes.npy', / shape +2 {2}\(2 elements, 6 B\)\n/, / dtype +text of 3 bytes\n/],
    ['words.npy', / shape +2 × 2 /, / dtype +text of 4 code points\n/],
    ['dates.npy', / dtype +datetime64\[D\], read as int64\n/],
    ['types.h5#/code', / shape +2 /, / dtype +text of 4 bytes\n/],
    ['types.h5#/objects', / dtype +object references\n/],
    ['types.h5#/virtual', / shape +2 × 4 /, / codecs +none\n/, / sources +1 mapping: \.#temperature\n/],
    ['types.h5#/parts', / sources +20 mappings: part0\.h5#x, part1\.h5#x, part2\.h5#x, …\n/],
    ['types.h5#/zfp', / codecs +zfp {2}\(.* stored/],
    ['zipped.zip#/a', / dtype +int32\n +chunks +2 {2}\(2 chunks\)\n/],
    ['cells.tdb#word', / dimensions +\(x: 6\)\n +dtype +text of variable length\n/],
    [
      'damaged-brain.nii.gz',
      / codecs +deflate {2}\(.* stored/,
      / restart points +not known yet: the first read decodes/,
    ],
  ])('shows %s', async (name, ...expected) => {
    const text = await info(name);
    for (const row of expected) expect(text).toMatch(row);
  });

  test.each<[string, ...RegExp[]]>([
    [
      'types.h5',
      ...[/ code {2}text 2 {2}of 4 bytes\n/, / names {2}text 2\n/, / brain {2}float32 3 {2}stored as bfloat16\n/],
      ...[
        / objects {2}object references 1\n/,
        / regions {2}region references 1\n/,
        / virtual {2}float32 2 × 4 {2}virtual, 1 mapping: \.#temperature\n/,
      ],
      ...[/ zfp .* {2}chunks 10 × 40, zfp\n/, / blosc2 .* {2}chunks 10, blosc2\n/, / long {2}Not supported: /],
      ...[
        / state {2}int8 2 {2}stored as enum of int8\n/,
        / alias → \/temperature {2}float32 \(time: 3, x: 4\) {2}\[K\]/,
      ],
    ],
    [
      'types.zarr',
      / wide {2}text 3 {2}of 2 code points, zstd\n/,
      / names {2}text 3 {2}zstd\n/,
      / pcodec .* {2}pcodec\n/,
    ],
    ['cells.tdb', / word {2}text \(x: 6\)/, / when {2}int64 \(x: 6\) {2}stored as datetime64\[D\]/, / v .*, zstd\n/],
    ['model.safetensors', / small {2}float32 4 {2}stored as float8_e4m3fn\n/, / weights .*stored as bfloat16\n/],
    ['damaged.npz', / a {2}uint8 3000000 {2}.*deflate, restart points not known yet\n/],
    [
      'values.mat',
      / m {2}float64 2 × 3 {2}class double\n/,
      / c .* class cell\n/,
      / s\/ {2}class struct\n/,
      / text .*char\n/,
    ],
  ])('shows the tree of %s', async (name, ...expected) => {
    const text = await info(name);
    for (const row of expected) expect(text).toMatch(row);
  });

  test('says that a saved index has restart points', async () => {
    expect((await runCommand(['index', directory.at('packed.npz')])).code).toBe(0);
    expect(await info('packed.npz#a')).toMatch(/ restart points +in a saved index\n/);
    expect(await info('packed.npz')).toMatch(/ a {2}.*restart points in a saved index\n/);
  });
});
