/**
 * Tests `posix-par read`: NumPy and other programs can read its files, programs can parse its values, and an output
 * file is complete or absent.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { PNG } from 'pngjs';
import { describe, expect, test } from 'vitest';
import { createArray, readSubset } from '../../lib/index.js';
import { runCommand } from '../support/command.js';
import { npyBytes, npyDict } from '../support/npy-bytes.js';
import { writeNpy } from '../support/sample-arrays.js';
import { TemporaryDirectory } from '../support/temporary.js';
import { arrayV2, writeFiles } from '../support/zarr-store.js';

const directory = new TemporaryDirectory();
const values = new Float32Array(24).map((_, i) => i / 3);
values[5] = Number.NaN;
values[6] = Number.NEGATIVE_INFINITY;
const bytesOf = (array: ArrayBufferView) => new Uint8Array(array.buffer);
const floats = directory.write('f4.npy', npyBytes(npyDict('<f4', false, [2, 3, 4]), bytesOf(values)));
const wide = BigInt64Array.of(2n ** 62n, -1n, 2n ** 53n + 1n, 5n);
const integers = directory.write('i8.npy', npyBytes(npyDict('<i8', false, [4]), bytesOf(wide)));
const pairs = directory.write('c8.npy', npyBytes(npyDict('<c8', false, [2]), bytesOf(Float32Array.of(3, 4, 0.1, -2))));
const half = directory.write(
  'f2.npy',
  npyBytes(npyDict('<f2', false, [3]), bytesOf(Uint16Array.of(0x3c00, 0x3555, 0xfc00))),
);
const bools = directory.write('b1.npy', npyBytes(npyDict('|b1', false, [3]), Uint8Array.of(1, 0, 1)));

describe('posix-par read -o', () => {
  test.each([
    [floats, '1, ::-1, 1:3'],
    [floats, ''],
    [floats, '0, 0, 1'],
    [integers, '::2'],
    [pairs, ''],
    [half, ''],
    [bools, '1:'],
  ])('%s [%s] as .npy equals what the library reads', async (path, selection) => {
    const out = directory.at('out.npy');
    const end = await runCommand(['read', path, selection, '-o', out]);
    expect(end.stderr).toBe('');
    const [got, wanted] = [await readSubset(out), await readSubset(path, selection)];
    expect(got.dtype).toBe(wanted.dtype);
    expect(got.shape).toEqual(wanted.shape);
    expect(bytesOf(got.data)).toEqual(bytesOf(wanted.data));
  });

  test('.bin contains the bare elements, converted on request', async () => {
    const out = directory.at('out.bin');
    await runCommand(['read', floats, '1, 0', '--as', 'float64', '-o', out]);
    expect(new Float64Array(new Uint8Array(readFileSync(out)).buffer)).toEqual(Float64Array.from(values.slice(12, 16)));
  });

  test.each([
    [floats, '0', '0,0.33333334,0.6666667,1\n1.3333334,nan,-inf,2.3333333\n2.6666667,3,3.3333333,3.6666667\n'],
    [integers, '', '4611686018427387904,-1,9007199254740993,5\n'],
    [pairs, '', '3+4j,0.1-2j\n'],
    [half, '', '1,0.33325195,-inf\n'],
    [bools, '', 'true,false,true\n'],
  ])('%s [%s] as .csv', async (path, selection, text) => {
    const out = directory.at('out.csv');
    await runCommand(['read', path, selection, '-o', out]);
    expect(readFileSync(out, 'utf8')).toBe(text);
  });

  test.each([
    [
      floats,
      '0, 1',
      { shape: [4], dtype: 'float32', data: [Math.fround(4 / 3), 'NaN', '-Infinity', Math.fround(7 / 3)] },
    ],
    [integers, '', { shape: [4], dtype: 'int64', data: ['4611686018427387904', -1, '9007199254740993', 5] }],
    [
      pairs,
      '',
      {
        shape: [2],
        dtype: 'complex64',
        data: [
          [3, 4],
          [Math.fround(0.1), -2],
        ],
      },
    ],
    [floats, '0:0', { shape: [0, 3, 4], dtype: 'float32', data: [] }],
  ])('%s [%s] as .json', async (path, selection, wanted) => {
    const out = directory.at('out.json');
    await runCommand(['read', path, selection, '-o', out]);
    expect(JSON.parse(readFileSync(out, 'utf8'))).toEqual(wanted);
  });

  test.each([3, 4] as const)('uint8 elements with %i colours are written as they are', async (channels) => {
    const shape = [4, 5, channels];
    const stored = writeNpy(directory, `colors${channels}.npy`, shape, { dtype: 'uint8', value: (i) => (i * 7) % 256 });
    const out = directory.at(`colors${channels}.png`);
    const end = await runCommand(['read', stored, '::-1', '-o', out]);
    expect([end.code, end.stderr]).toEqual([0, '']);
    const { width, height, data } = PNG.sync.read(readFileSync(out));
    expect([width, height]).toEqual([5, 4]);
    for (const [y, x] of [
      [0, 0],
      [1, 3],
      [3, 4],
    ] as const) {
      const first = ((3 - y) * 5 + x) * channels;
      const opacity = channels === 4 ? ((first + 3) * 7) % 256 : 255;
      const expected = [0, 1, 2].map((c) => ((first + c) * 7) % 256);
      expect([...data.subarray((y * 5 + x) * 4, (y * 5 + x) * 4 + 4)]).toEqual([...expected, opacity]);
    }
    const narrow = await runCommand(['read', stored, ':, :, :2', '-o', out]);
    expect([narrow.code, narrow.stderr]).toEqual([2, expect.stringContaining('select a plane')]);
  });

  test('a plane as .png has the colours of the map, and another one for NaN', async () => {
    const out = directory.at('out.png');
    const colors = async (...flags: string[]): Promise<string[]> => {
      await runCommand(['read', floats, '0, :2', '-o', out, '--no-scale-bar', ...flags]);
      const { width, height, data } = PNG.sync.read(readFileSync(out));
      expect([width, height]).toEqual([4, 2]);
      return Array.from({ length: 8 }, (_, i) => data.subarray(4 * i, 4 * i + 4).join(' '));
    };
    const missing = '214 39 140 255';
    expect(await colors('--cmap', 'gray')).toEqual(
      [0, 36, 73, 109, 146, null, null, 255].map((grey) => (grey === null ? missing : `${grey} ${grey} ${grey} 255`)),
    );
    const viridis = await colors();
    expect([viridis[0], viridis[5], viridis[7]]).toEqual(['68 1 84 255', '128 128 128 255', '253 231 37 255']);
    expect((await colors('--cmap', 'gray', '--range', '0.4,0.5')).slice(0, 3)).toEqual([
      '0 0 0 255',
      '0 0 0 255',
      '255 255 255 255',
    ]);
  });

  test.each([
    ['what is no plane as .png', ['read', floats, '-o', directory.at('no.png')], 2, /select a plane/],
    ['an unknown ending', ['read', floats, '-o', directory.at('no.tiff')], 2, /\.npy, \.bin, \.csv, \.json, \.png/],
    [
      'a folder that does not exist',
      ['read', floats, '-o', directory.at('none/no.npy')],
      3,
      /ENOENT: .*none\/no\.npy'\. Check/,
    ],
    ['a selection that does not fit', ['read', floats, '9', '-o', directory.at('no.npy')], 2, /out of bounds/],
    [
      'a value that does not fit',
      ['read', floats, '--as', 'uint8', '-o', directory.at('no.npy')],
      4,
      /^posix-par: [^:]* does not fit uint8 \(chunk of [^:]*--overflow clamp or wrap\n$/,
    ],
  ] as const)('%s is refused in one line, and no file remains', async (_what, args, code, said) => {
    const before = readdirSync(directory.path).sort();
    const end = await runCommand(args);
    expect(end.code).toBe(code);
    expect(end.stderr).toMatch(said);
    expect(end.stderr.trimEnd()).not.toContain('\n');
    expect(readdirSync(directory.path).sort()).toEqual(before);
  });

  test('writes to devices, follows links and refuses directories', async () => {
    mkdirSync(directory.at('folder.npy'));
    expect((await runCommand(['read', floats, '-o', directory.at('folder.npy')])).code).toBe(3);
    symlinkSync('/dev/null', directory.at('null.npy'));
    expect((await runCommand(['read', floats, '-o', directory.at('null.npy')])).code).toBe(0);
    writeFileSync(directory.at('target.npy'), 'old');
    symlinkSync('target.npy', directory.at('link.npy'));
    expect((await runCommand(['read', floats, '-o', directory.at('link.npy')])).code).toBe(0);
    expect((await readSubset(directory.at('target.npy'))).shape).toEqual([2, 3, 4]);
    const { lstatSync, statSync } = await import('node:fs');
    expect(lstatSync(directory.at('link.npy')).isSymbolicLink()).toBe(true);
    expect(statSync('/dev/null').isCharacterDevice()).toBe(true);
  });

  test('does not overwrite the input, by any name', async () => {
    const path = directory.write('self.npy', readFileSync(floats));
    symlinkSync('self.npy', directory.at('self-link.npy'));
    for (const name of ['self.npy', 'self-link.npy']) {
      const end = await runCommand(['read', path, '0', '-o', directory.at(name)]);
      expect(end.code).toBe(2);
      expect(end.stderr).toMatch(/a file other than the input for -o/);
    }
    expect(readFileSync(path).equals(readFileSync(floats))).toBe(true);
  });

  test.each([
    ['csv', '-', '0,0.33333334\n'],
    ['json', '/dev/stdout', '{"shape": [2], "dtype": "float32", "data": [0, 0.3333333432674408]}\n'],
    ['bin', '-', '\0\0\0\0'],
    ['npy', '-', 'NUMPY'],
  ])('%s through a pipe (%s) prints nothing else', async (to, name, text) => {
    const end = await runCommand(['read', floats, '0,0,:2', '-o', name, '--to', to]);
    expect(end).toMatchObject({ code: 0, stderr: '' });
    if (to === 'csv' || to === 'json') expect(end.stdout).toBe(text);
    else expect(end.stdout).toContain(text);
    expect(existsSync('-')).toBe(false);
  });

  test('--to gives the type of a file whose name does not', async () => {
    const out = directory.at('plain');
    expect((await runCommand(['read', bools, '-o', out, '--to', 'csv'])).code).toBe(0);
    expect(readFileSync(out, 'utf8')).toBe('true,false,true\n');
  });

  test.each([
    [['-o', '-'], /one of npy, bin, csv, json, png for --to/],
    [['-o', '-', '--to', 'csv', '--json'], /--json or -o -/],
    [['--to', 'csv'], /-o together with --to/],
  ])('%j is refused', async (args, said) => {
    const end = await runCommand(['read', bools, ...args]);
    expect(end).toMatchObject({ code: 2, stdout: '' });
    expect(end.stderr).toMatch(said);
  });
});

describe('packed values with missing ones', () => {
  const stored = new Int16Array(40 * 30).map((_, i) => (i % 7 === 0 ? -32768 : i));
  const attributes = { scale_factor: 0.5, add_offset: 100, _FillValue: -32768, units: 'K' };
  const store = writeFiles(directory.at('packed.zarr'), {
    '.zarray': arrayV2({ shape: [40, 30], chunks: [40, 30], dtype: '<i2', fill_value: null }),
    '.zattrs': attributes,
    '0.0': bytesOf(stored),
  });

  test('are decoded in the summary, which names the units', async () => {
    const { stdout } = await runCommand(['read', store]);
    expect(stdout).toMatch(/shape +40 × 30 {2}int16 decoded as float64\n/);
    expect(stdout).toMatch(/min +100\.5 K\n/);
    expect(stdout).toMatch(/max +699\.5 K\n/);
    expect(stdout).toMatch(/missing +172 of 1,200\n/);
  });

  test('are shown as stored with --raw, without units', async () => {
    const { stdout } = await runCommand(['read', store, '--raw']);
    expect(stdout).toMatch(/shape +40 × 30 {2}int16\n/);
    expect(stdout).toMatch(/min +-32768\n/);
    expect(stdout).not.toMatch(/missing|K\n/);
  });

  test('are decoded in JSON, and in files only if the caller asks for it', async () => {
    const { stdout } = await runCommand(['read', store, '0, :3', '--json']);
    const shown = { dtype: 'float64', decode: 'cf', units: 'K', nan: 1, data: ['NaN', 100.5, 101] };
    expect(JSON.parse(stdout)).toMatchObject(shown);
    const raw = JSON.parse((await runCommand(['read', store, '0, :3', '--json', '--raw'])).stdout);
    expect(raw).toMatchObject({ dtype: 'int16', decode: null, units: null, data: [-32768, 1, 2] });
    expect((await runCommand(['read', store, '0, :3', '-o', '-', '--to', 'csv'])).stdout).toBe('-32768,1,2\n');
    const decoded = await runCommand(['read', store, '0, :3', '-o', '-', '--to', 'csv', '--decode', 'cf']);
    expect(decoded.stdout).toBe('nan,100.5,101\n');
  });

  test('are decoded in pictures', async () => {
    const out = directory.at('packed.png');
    await runCommand(['read', store, '-o', out, '--cmap', 'gray', '--no-scale-bar']);
    const { data } = PNG.sync.read(readFileSync(out));
    expect([...data.subarray(0, 7)]).toEqual([214, 39, 140, 255, 0, 0, 0]);
  });

  test.for([
    ['--raw', '--scaled'],
    ['--raw', '--decode', 'cf'],
    ['--scaled', '--decode', 'cf'],
  ])('cannot be read with %s and %s', async (flags) => {
    const { code, stderr } = await runCommand(['read', store, ...flags]);
    expect(code).toBe(2);
    expect(stderr).toMatch(/Expected one of --\w+ and --\w+, received both/);
  });
});

describe('posix-par read on a terminal', () => {
  test('counts NaN separately in the summary', async () => {
    const { stdout } = await runCommand(['read', floats, '0, 1:']);
    expect(stdout).toMatch(/min +-Infinity\n/);
    expect(stdout).toMatch(/max +3\.666667\n/);
    expect(stdout).toMatch(/NaN +1 of 8\n/);
    expect(stdout).toMatch(/^ {2}1\.33333 +NaN +-Infinity +2\.33333$/m);
  });
  test('a negative index is not parsed as an option', async () => {
    const { stdout, code } = await runCommand(['read', floats, '-1,-1,-1', '--json']);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ shape: [], data: [values[23]], mean: values[23] });
  });
  test('prints 64-bit integers exactly', async () => {
    const { stdout } = await runCommand(['read', integers, '--json']);
    expect(JSON.parse(stdout)).toMatchObject({
      min: -1,
      max: '4611686018427387904',
      data: ['4611686018427387904', -1, '9007199254740993', 5],
    });
  });
  test('a reader that closes the pipe in the middle is not an error', async () => {
    const { execFileSync } = await import('node:child_process');
    const { compiledCommand } = await import('../support/compiled.js');
    const { commandEnvironment } = await import('../support/command.js');
    const big = directory.write('big.npy', npyBytes(npyDict('<f4', false, [500_000]), new Uint8Array(2_000_000)));
    const line = `set -o pipefail; "${process.execPath}" "${compiledCommand()}" read "${big}" --json | head -c 1`;
    expect(execFileSync('bash', ['-c', line], { env: commandEnvironment(), encoding: 'utf8' })).toBe('{');
  });
});

test('explain prints the extents without reading data', async () => {
  const { stdout } = await runCommand(['explain', floats, '0, :, 1', '--json']);
  expect(JSON.parse(stdout)).toMatchObject({ shape: [3], bytesRequested: 12, files: 1, chunks: 1, codecs: [] });
});

test('explain counts the chunks of several selections once', async () => {
  const store = directory.at('overlap.zarr');
  {
    await using array = await createArray(store, {
      format: 'zarr',
      shape: [8, 8],
      dtype: 'float32',
      chunkShape: [4, 4],
    });
    await array.write(
      null,
      Float32Array.from({ length: 64 }, (_, i) => i + 1),
    );
  }
  const many = await runCommand(['explain', store, '0:4', '2:6', '--json']);
  expect(JSON.parse(many.stdout)).toMatchObject({
    selections: ['0:4', '2:6'],
    shape: [2, 4, 8],
    chunks: 4,
    bytesRequested: 256,
  });
  const mixed = await runCommand(['explain', store, '0:4', '7, 7']);
  expect(mixed.stdout).toMatch(/^result +boxes of several shapes, 132 B$/m);
  expect(mixed.stdout).toMatch(/^chunks +3 in 3 files/m);
});

test('explain reports as text and as JSON that no chunk exists', async () => {
  const zarray = {
    zarr_format: 2,
    shape: [4, 4],
    chunks: [2, 2],
    dtype: '<i2',
    compressor: null,
    fill_value: 7,
    order: 'C',
    filters: null,
  };
  const store = writeFiles(directory.at('empty.zarr'), { '.zarray': zarray });
  const asJson = async () => JSON.parse((await runCommand(['explain', store, '--json'])).stdout) as object;
  expect(await asJson()).toMatchObject({
    chunks: 4,
    chunksAbsent: 4,
    covered: false,
    note: expect.stringMatching(/^0 of 4/),
  });
  const { stdout } = await runCommand(['explain', store]);
  expect(stdout).toMatch(/chunks +4 in 4 files, 4 of them absent/);
  expect(stdout).toMatch(/fill value +all elements: no chunk covers them/);
  expect(stdout).toMatch(/note +0 of 4 chunks found/);
  directory.write('empty.zarr/0.0', new Uint8Array(8));
  expect(await asJson()).toMatchObject({ chunksAbsent: 0, covered: true, note: null });
  expect((await runCommand(['explain', store])).stdout).toMatch(/fill value +not used: chunks cover all elements/);
});
