/** Tests the elements that `posix-par write` writes, its errors and its dry run. */
import { readdirSync, readFileSync } from 'node:fs';
import { beforeEach, describe, expect, test } from 'vitest';
import { type CreateOptions, createArray, openArray, readSubset, slice } from '../../lib/index.js';
import { runCommand } from '../support/command.js';
import { writeNpy } from '../support/sample-arrays.js';
import { TemporaryDirectory } from '../support/temporary.js';

const folder = new TemporaryDirectory();
const shape = [6, 8];
let next = 0;
let target = '';

async function create(options: Partial<CreateOptions> = {}): Promise<string> {
  next += 1;
  const path = folder.at(`${next}.zarr`);
  const names = { dimensionNames: ['y', 'x'] };
  await using out = await createArray(path, {
    shape,
    dtype: 'int16',
    chunkShape: [4, 4],
    fillValue: -1,
    ...names,
    ...options,
  });
  return out.path;
}

beforeEach(async () => {
  target = await create();
});

describe('posix-par write', () => {
  test('replaces a selection, and says what it wrote', async () => {
    const input = writeNpy(folder, 'part.npy', [2, 8], { dtype: 'int16' });
    const { code, stdout, stderr } = await runCommand(['write', target, '1:3', '-i', input]);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^.*\.zarr {2}32 B in 2 chunks \(2 read and merged\), \d+ B written, .*\/s\n$/);
    const { data } = await readSubset<'int16'>(target);
    const expected = new Int16Array(48).fill(-1);
    for (let i = 0; i < 16; i++) expected[8 + i] = i;
    expect(data).toEqual(expected);
  });

  test.each<[string, string[], Partial<CreateOptions>, number[]]>([
    ['a selection by name', ['x=2'], {}, [6]],
    ['a list and a negative index', ['[5,1], -1'], {}, [2]],
    ['the whole array', [], {}, shape],
    [
      'a file in place',
      ['::2'],
      { format: 'npy', chunkShape: undefined, fillValue: undefined, dimensionNames: undefined } as object,
      [3, 8],
    ],
    ['tiles', ['0'], { format: 'tiles' }, [8]],
  ])('writes %s', async (_what, selection, options, selected) => {
    const path = await create(options);
    const input = writeNpy(folder, 'input.npy', selected, { dtype: 'float32' });
    const end = await runCommand(['write', path, ...selection, '-i', input, '--json']);
    expect([end.code, end.stderr]).toEqual([0, '']);
    const count = selected.reduce((product, length) => product * length, 1);
    const report = { path, input, shape: selected, selection: selection[0] === 'x=2' ? ':, 2' : (selection[0] ?? '') };
    expect(JSON.parse(end.stdout)).toMatchObject({ ...report, bytesGiven: 4 * count });
    const { data } = await readSubset<'int16'>(path, report.selection);
    expect([...data]).toEqual(Array.from({ length: count }, (_, i) => i));
  });

  test('writes a large selection in parts', async () => {
    const path = folder.at('large.npy');
    const input = folder.at('large-input.npy');
    const rows = 40;
    for (const [name, length] of [
      [path, 2 * rows],
      [input, rows],
    ] as const) {
      await using out = await createArray(name, { shape: [length, 1 << 20], dtype: 'float32', durability: 'none' });
      if (name === input) {
        for (let i = 0; i < rows; i++) await out.write([i], new Float32Array(1 << 20).fill(i + 1));
      }
    }
    const end = await runCommand(['write', path, '1::2', '-i', input, '--durability', 'none']);
    expect([end.code, end.stderr]).toEqual([0, '']);
    const { data } = await readSubset<'float32'>(path, [null, slice(5, 6)]);
    expect([...data]).toEqual(Array.from({ length: 2 * rows }, (_, i) => (i % 2 === 0 ? 0 : (i + 1) / 2)));
  });

  test('shows what it would write with --dry-run, and changes no file', async () => {
    const input = writeNpy(folder, 'dry.npy', [8]);
    const before = readdirSync(target, { recursive: true });
    const end = await runCommand(['write', target, '5', '-i', input, '--dry-run']);
    expect([end.code, end.stderr]).toEqual([0, '']);
    expect(end.stdout).toMatch(/to write +64 B into 2 files\n/);
    expect(end.stdout).toMatch(/chunks +2, 2 of them read and merged, encoded by zstd\n/);
    expect(end.stdout).toMatch(
      /\ntemporary name +\.CHUNK\.NUMBER\.partial next to each chunk file\ndurability +fdatasync of each chunk file before its rename; fsync of each directory with a new name\n/,
    );
    const { stdout } = await runCommand(['write', target, '5', '-i', input, '--dry-run', '--json']);
    expect(JSON.parse(stdout)).toMatchObject({ selection: '5', chunks: 2, chunksMerged: 2, shape: [8] });
    expect(readdirSync(target, { recursive: true })).toEqual(before);
  });

  test('reports wrong input, and changes no file', async () => {
    const input = writeNpy(folder, 'wrong.npy', [3], { value: (i) => 1e6 * i });
    const complex = folder.at('complex.npy');
    await (await createArray(complex, { shape: [8], dtype: 'complex64' })).close();
    const before = readdirSync(target, { recursive: true });
    await using locked = await openArray(await create(), { mode: 'r+' });
    for (const [args, code, message] of [
      [[target, '0'], 2, /required option '-i, --input <file>' not specified/],
      [
        [target, '0', '-i', input],
        2,
        /Expected an array of shape 8, as the selection, for -i, found shape 3 in .*wrong\.npy/,
      ],
      [[target, '0', '-i', complex], 2, /Expected int16 elements for -i, found complex64/],
      [[target, '0', '-i', folder.at('none.npy')], 3, /No such file/],
      [[target, '9', '-i', input], 2, /9.*shows the shape/],
      [[target, 'z=0', '-i', input], 2, /no dimension 'z'/],
      [[input, '0', '-i', input], 2, /other than the input for -i/],
      [[target, '0, 1:4', '-i', input], 4, /Pass --overflow clamp or wrap\n$/],
      [[locked.path, '0, 1:4', '-i', input], 3, /is open for writing in another.*set --lock to 'none'/],
      [[folder.write('a.txt', 'x'), '0', '-i', input], 5, /no known format/],
    ] as const) {
      const end = await runCommand(['write', ...args]);
      expect([args, end.code]).toEqual([args, code]);
      expect(end.stderr).toMatch(message);
      expect(end.stdout).toBe('');
    }
    expect(readdirSync(target, { recursive: true })).toEqual(before);
    const clamped = await runCommand(['write', target, '0, 1:4', '-i', input, '--overflow', 'clamp']);
    expect([clamped.code, clamped.stderr]).toEqual([0, '']);
    expect([...(await readSubset<'int16'>(target, '0, :5')).data]).toEqual([-1, 0, 32767, 32767, -1]);
  });

  test('writes into raw data that options describe', async () => {
    const path = folder.write('raw.bin', new Uint8Array(8));
    const input = writeNpy(folder, 'bytes.npy', [3], { dtype: 'uint8', value: (i) => i + 1 });
    const raw = ['--format', 'raw', '--option', 'dtype=uint8', '--option', 'shape=[6]', '--option', 'offset=1'];
    const end = await runCommand(['write', path, '1:4', '-i', input, ...raw]);
    expect([end.code, end.stderr]).toEqual([0, '']);
    expect([...readFileSync(path)]).toEqual([0, 0, 1, 2, 3, 0, 0, 0]);
  });
});
