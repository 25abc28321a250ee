/**
 * Tests conversions that copy stored chunks: which arrays agree, that the files are equal byte for byte, and what
 * happens if a system call fails or the source is hostile.
 */
import * as fs from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  type ConvertOptions,
  type CreateOptions,
  convert,
  createArray,
  openArray,
  readSubset,
} from '../../../lib/index.js';
import { binding } from '../../../lib/native/binding.js';
import { bytesOf, expectSameBytes } from '../../support/bytes.js';
import { errno, type Fault, failure, untilHeld, withFaults } from '../../support/faults.js';
import { pythonMissing, runPython } from '../../support/python.js';
import { Random, testSeed } from '../../support/random.js';
import { TemporaryDirectory } from '../../support/temporary.js';

const folder = new TemporaryDirectory();
const seed = testSeed();
const random = new Random(seed);
let next = 0;

/** Returns a new path with `ending`. */
function newPath(ending = '.zarr'): string {
  next += 1;
  return folder.at(`${next}${ending}`);
}

const documents = new Set(['zarr.json', '.zarray', '.zattrs', '.zgroup', 'tiles.json']);

/** Returns the contents of all chunk files of a store by their relative names. */
function chunksOf(path: string): Map<string, Buffer> {
  const names = fs.readdirSync(path, { recursive: true, encoding: 'utf8' }).sort();
  const files = names.filter((name) => fs.statSync(join(path, name)).isFile() && !documents.has(name));
  return new Map(files.map((name) => [name, fs.readFileSync(join(path, name))]));
}

type Layout = Omit<CreateOptions, 'shape' | 'dtype'>;

interface Store {
  readonly path: string;
  readonly shape: readonly number[];
}

/** Creates an array of random numbers of which some chunks are absent. */
async function writeStore(shape: readonly number[], layout: Layout, ending?: string): Promise<Store> {
  const path = newPath(ending);
  await using out = await createArray(path, { shape, dtype: 'int16', durability: 'none', ...layout });
  const box = shape.map((size) => ({ start: 0, stop: Math.max(1, Math.ceil(size * (0.5 + random.next() / 2))) }));
  const count = box.reduce((product, { stop }) => product * stop, 1);
  const selection = box.map(({ start, stop }) => `${start}:${stop}`).join(',');
  await out.write(
    selection,
    Int16Array.from({ length: count }, () => 1 + random.below(90)),
  );
  return { path, shape };
}

async function elements(path: string): Promise<Buffer> {
  return bytesOf((await readSubset(path)).data);
}

function randomLayout(rank: number): Layout {
  const chunkShape = Array.from({ length: rank }, () => 1 + random.below(9));
  const common = { chunkShape, fillValue: random.pick([0, 7]), byteOrder: random.pick(['little', 'big'] as const) };
  const level = 1 + random.below(5);
  if (random.below(3) === 0) {
    const codecs = random.pick([
      [],
      [{ name: 'zlib', level }],
      [{ name: 'shuffle' }, { name: 'zlib', level }],
      [{ name: 'blosc', cname: 'zstd', shuffle: 'bitshuffle' }],
      [{ name: 'lz4' }],
    ] as const);
    return { ...common, zarrFormat: 2, codecs };
  }
  const codecs = random.pick([
    [],
    [{ name: 'zstd', level }],
    [{ name: 'zstd', level, checksum: true }, { name: 'crc32c' }],
    [{ name: 'gzip', level }],
    [{ name: 'blosc' }, { name: 'crc32c' }],
  ] as const);
  const shards = { shardShape: chunkShape.map((size) => size * (1 + random.below(3))) };
  return { ...common, codecs, ...(random.below(3) === 0 ? shards : {}) };
}

describe('a conversion of an array with the same storage', () => {
  test(`copies its files byte for byte, seed ${seed}`, { timeout: 120_000 }, async () => {
    const cases: object[] = [];
    for (let i = 0; i < 40; i++) {
      const shape = Array.from({ length: 1 + random.below(3) }, () => 1 + random.below(40));
      const layout = randomLayout(shape.length);
      const { path } = await writeStore(shape, layout);
      const target = newPath();
      const options = { ...layout, durability: random.pick(['none', 'full'] as const), memoryBudgetBytes: 4000 };
      const stats = await convert(path, target, { ...options, verify: true });
      const kind = 'shardShape' in layout ? 'shards' : 'chunks';
      const what = `${JSON.stringify({ shape, layout })}, seed ${seed}`;
      expect(stats, what).toMatchObject({
        method: 'copy',
        methodReason: `both arrays store their ${kind} in the same way`,
      });
      const [expected, found] = [chunksOf(path), chunksOf(target)];
      expect(found, what).toEqual(expected);
      expect(stats.bytesWritten, what).toBe([...found.values()].reduce((sum, { length }) => sum + length, 0));
      expectSameBytes(await elements(target), await elements(path), what);
      cases.push({ source: path, target });
    }
    if (pythonMissing !== null) return;
    expect(
      runPython('test/conformance/write/check_copies.py', folder.write('copies.json', JSON.stringify(cases))),
    ).toBe(`${cases.length}\n`);
  });

  test('copies inner chunks of shards into separate files', async () => {
    const layout = { chunkShape: [4, 5], codecs: [{ name: 'zstd' }] } as const;
    const { path } = await writeStore([21, 33], { ...layout, shardShape: [8, 15] });
    const target = newPath();
    expect(await convert(path, target, { ...layout, verify: true })).toMatchObject({ method: 'copy' });
    const decoded = newPath();
    await using from = await openArray(path);
    await using out = await createArray(decoded, { ...layout, shape: [21, 33], dtype: 'int16' });
    await out.write(null, await from.read());
    await out.close();
    expect(chunksOf(target)).toEqual(chunksOf(decoded));
  });

  test.each(['full', 'clipped'] as const)('copies tiles, edgeTiles: %s', async (edgeTiles) => {
    const layout = { format: 'tiles', chunkShape: [4, 5], edgeTiles } as const;
    const { path } = await writeStore([21, 33], layout, '');
    const target = newPath('');
    const renamed = { ...layout, tilePath: 'z{0:03}/{1}.raw' };
    expect(await convert(path, target, { ...renamed, verify: true })).toMatchObject({ method: 'copy' });
    expect([...chunksOf(target).values()]).toHaveLength(chunksOf(path).size);
    expectSameBytes(await elements(target), await elements(path), 'tiles');
  });

  test('copies between versions of Zarr if the codecs are the same', async () => {
    const layout = { chunkShape: [4, 5], codecs: [{ name: 'zstd', level: 2 }] } as const;
    const { path } = await writeStore([21, 33], { ...layout, zarrFormat: 2 });
    const target = newPath();
    expect(await convert(path, target, { ...layout, verify: true })).toMatchObject({ method: 'copy' });
    expect([...chunksOf(target).keys()][0]).toBe('c/0/0');
    expectSameBytes(await elements(target), await elements(path), 'v2 to v3');
  });
});

const base = { chunkShape: [4, 5], codecs: [{ name: 'zstd', level: 2 }], fillValue: 7 } as const;

describe('a conversion of an array with another storage', () => {
  test.each<[what: string, options: ConvertOptions, reason: string]>([
    ['type', { dtype: 'int32' }, 'the types differ: int16 and int32'],
    ['byte order', { byteOrder: 'big' }, 'the byte orders differ: little and big'],
    ['grid', { chunkShape: [4, 6] }, 'the chunk shapes differ: [4, 5] and [4, 6]'],
    ['level', { codecs: [{ name: 'zstd', level: 3 }] }, 'the codecs differ: zstd(2) and zstd(3)'],
    ['codec', { codecs: [] }, 'the codecs differ: zstd(2) and none'],
    ['fill value', { fillValue: 8 }, 'the fill values differ'],
    ['shards', { shardShape: [8, 5] }, 'the new array has shards of another layout'],
    ['consistency', { source: { consistency: 'lease' } }, 'leases on the files of the source were requested'],
    ['cache', { source: { cache: 'drop' } }, 'the source must not be read through the page cache'],
  ])('decodes it, because of its %s', async (_, options, methodReason) => {
    const { path } = await writeStore([21, 33], base);
    const target = newPath();
    const call = convert(path, target, { ...base, ...options, verify: true });
    if (options.source?.consistency === 'lease') {
      expect(await failure(() => call)).toMatchObject({ _tag: 'UnsupportedError' });
      return;
    }
    expect(await call).toMatchObject({ method: 'decode', methodReason });
    const [found, expected] = [await readSubset(target), await readSubset(path)];
    expect([...found.data].map(Number)).toEqual([...expected.data].map(Number));
  });

  test.each([
    [{ edgeTiles: 'clipped' }, 'the sizes of the chunks at the upper edge differ'],
    [{ order: 'F' }, 'the orders of the elements in a chunk differ'],
  ] as const)('decodes tiles with %j', async (options, methodReason) => {
    const layout = { format: 'tiles', chunkShape: [4, 5] } as const;
    const { path } = await writeStore([21, 33], { ...layout, ...options }, '');
    const target = newPath('');
    const stats = await convert(path, target, { ...layout, verify: true });
    expect(stats).toMatchObject({ method: 'decode', methodReason });
    expectSameBytes(await elements(target), await elements(path), methodReason);
  });
});

describe.skipIf(pythonMissing !== null)('chunks of HDF5', () => {
  test('are copied into Zarr v2 if their filters are codecs of numcodecs', async () => {
    const path = newPath('.h5');
    runPython('test/conformance/write/make_hdf5_chunks.py', path);
    const gzip = { name: 'zlib', level: 4 } as const;
    for (const [name, codecs, method] of [
      ['shuffled', [{ name: 'shuffle' }, gzip], 'copy'],
      ['gzip', [gzip], 'copy'],
      ['gzip', [{ name: 'zlib', level: 5 }], 'decode'],
      ['gzip', [{ name: 'gzip', level: 4 }], 'decode'],
      ['plain', [], 'copy'],
      ['masked', [gzip], 'both'],
    ] as const) {
      const target = newPath();
      const options = { chunkShape: [6, 7], zarrFormat: 2, codecs, memoryBudgetBytes: 2000 } as const;
      const stats = await convert(`${path}#/${name}`, target, { ...options, verify: true });
      expect([name, stats.method, stats.methodReason]).toEqual([name, method, expect.any(String)]);
      expectSameBytes(await elements(target), await elements(`${path}#/${name}`), name);
      if (method === 'both') expect(stats.methodReason).toMatch(/without some of the codecs|first difference/);
    }
  });
});

/** Converts a new store of 6 chunks with faults, and returns the result or the error. */
async function convertWith(faults: readonly Fault[], options: ConvertOptions = {}) {
  const source = newPath();
  await using out = await createArray(source, { shape: [12, 5], dtype: 'float64', ...base, codecs: [] });
  await out.write(
    null,
    Float64Array.from({ length: 60 }, () => random.next()),
  );
  await out.close();
  const directory = newPath('');
  fs.mkdirSync(directory);
  const target = `${directory}/a.zarr`;
  const call = () => convert(source, target, { ...base, codecs: [], ...options });
  const outcome = await withFaults(faults, () => call().catch((error: unknown) => error));
  return { source, target, outcome, left: fs.readdirSync(directory) };
}

describe('copy_file_range', () => {
  test.each<[string, Fault]>([
    ['EINVAL', { op: 'copy_range', action: 'error', value: 22, times: 0 }],
    ['EXDEV', { op: 'copy_range', action: 'error', value: 18, times: 0 }],
    ['ENOSYS', { op: 'copy_range', action: 'error', value: 38, times: 0 }],
    ['EIO', { op: 'copy_range', action: 'error', value: errno.EIO, times: 1 }],
    ['ENOSPC', { op: 'copy_range', action: 'error', value: errno.ENOSPC, times: 1 }],
    ['EINTR', { op: 'copy_range', action: 'eintr', times: 3 }],
    ['short copies', { op: 'copy_range', action: 'shorten', value: 7, times: 0 }],
    ['a copy of nothing', { op: 'copy_range', action: 'end', times: 0 }],
  ])('is replaced by other calls or repeated after %s', async (_, fault) => {
    const { source, target, outcome, left } = await convertWith([fault]);
    expect(outcome).toMatchObject({ method: 'copy' });
    expect(left).toEqual(['a.zarr']);
    expect(chunksOf(target)).toEqual(chunksOf(source));
  });

  const refused: Fault = { op: 'copy_range', action: 'error', value: 22, times: 0 };
  test.each<[string, readonly Fault[], object]>([
    [
      'ENOSPC',
      [refused, { op: 'pwrite', action: 'error', value: errno.ENOSPC, path: '/c/' }],
      { _tag: 'WriteError', code: 'ENOSPC', offset: 0, length: 160 },
    ],
    [
      'EIO of the target',
      [refused, { op: 'pwrite', action: 'error', value: errno.EIO, path: '/c/' }],
      { _tag: 'WriteError', code: 'EIO' },
    ],
    [
      'EIO of the source',
      [refused, { op: 'pread', action: 'error', value: errno.EIO, path: '/c/' }],
      { _tag: 'ReadError', code: 'EIO', offset: 0, length: 160 },
    ],
    [
      'EACCES of the source',
      [{ op: 'open', action: 'error', value: errno.EACCES, path: 'c/' }],
      { _tag: 'ReadError', code: 'EACCES' },
    ],
    [
      'EIO of a synchronization',
      [{ op: 'sync', action: 'error', value: errno.EIO, path: '/c/' }],
      { _tag: 'WriteError', code: 'EIO' },
    ],
    [
      'EACCES of a rename',
      [{ op: 'rename', action: 'error', value: errno.EACCES, path: '/c/' }],
      { _tag: 'WriteError', code: 'EACCES' },
    ],
  ])('leaves nothing after %s', async (_, faults, expected) => {
    const { outcome, left } = await convertWith(faults);
    expect(outcome).toMatchObject(expected);
    expect(left).toEqual([]);
  });
});

describe('a hostile or changing source', () => {
  const layout = { chunkShape: [4, 5], codecs: [{ name: 'zstd', level: 2 }], fillValue: 7 } as const;

  test('a chunk that a read would refuse as too long is refused', async () => {
    const { path } = await writeStore([12, 5], layout);
    fs.truncateSync(`${path}/c/0/0`, 2 ** 33);
    const error = await failure(() => convert(path, newPath(), layout));
    expect(error).toMatchObject({ _tag: 'CodecError', path: `${path}/c/0/0` });
  });

  test('a plain chunk that is too short is refused', async () => {
    const { path } = await writeStore([12, 5], { ...layout, codecs: [] });
    fs.truncateSync(`${path}/c/0/0`, 3);
    const error = await failure(() => convert(path, newPath(), { ...layout, codecs: [] }));
    expect(error).toMatchObject({ _tag: 'ReadError', code: 'EOF', path: `${path}/c/0/0`, length: 40 });
  });

  test('a damaged chunk is copied, and found by `verify`', async () => {
    const { path } = await writeStore([12, 5], layout);
    fs.writeFileSync(`${path}/c/0/0`, 'damaged');
    const target = newPath();
    expect(await convert(path, target, layout)).toMatchObject({ method: 'copy' });
    expect(fs.readFileSync(`${target}/c/0/0`, 'utf8')).toBe('damaged');
    const error = await failure(() => convert(path, newPath(), { ...layout, verify: true }));
    expect(error).toMatchObject({ _tag: 'CodecError' });
  });

  test('a chunk that changes while it is copied is copied again', async () => {
    const plain = { ...layout, codecs: [] };
    const { path } = await writeStore([12, 5], plain);
    const chunk = `${path}/c/0/0`;
    const target = newPath();
    const fault: Fault = { op: 'copy_range', action: 'hold', value: 20_000, path: '/c/0/0', times: 1 };
    await withFaults([fault], async () => {
      const call = convert(path, target, plain);
      await untilHeld();
      const content = Buffer.alloc(40, 5);
      fs.writeFileSync(chunk, content);
      binding().set_faults([{ op: 'copy_range', action: 'delay', value: 0, path: '/c/0/0', skip: 0, times: 0 }]);
      expect(await call).toMatchObject({ method: 'copy' });
      expect(binding().fault_counts()).toEqual([1]);
      expect(fs.readFileSync(`${target}/c/0/0`)).toEqual(content);
    });
  });

  test('a link out of the roots is refused', async () => {
    const { path } = await writeStore([12, 5], layout);
    const outside = folder.write('outside', fs.readFileSync(`${path}/c/0/0`));
    fs.rmSync(`${path}/c/0/0`);
    fs.symlinkSync(outside, `${path}/c/0/0`);
    const target = newPath();
    const source = { externalFiles: { roots: [path] } } as const;
    expect(await failure(() => convert(path, target, { ...layout, source }))).toMatchObject({
      _tag: 'ExternalFileError',
    });
    expect(fs.existsSync(target)).toBe(false);
    expect(await convert(path, target, layout)).toMatchObject({ method: 'copy' });
  });

  test('a conversion that is aborted leaves nothing, and is completed with `resume`', async () => {
    const { path } = await writeStore([40, 5], layout);
    const directory = newPath('');
    fs.mkdirSync(directory);
    const target = `${directory}/a.zarr`;
    const options = { ...layout, memoryBudgetBytes: 1 };
    const abort = async (more: ConvertOptions): Promise<void> => {
      const controller = new AbortController();
      const { signal } = controller;
      const call = convert(path, target, { ...options, ...more, signal, onProgress: () => controller.abort() });
      expect(await failure(() => call)).toMatchObject({ _tag: 'AbortError' });
    };
    await abort({});
    expect(fs.readdirSync(directory)).toEqual([]);
    await abort({ resume: true });
    expect(fs.readdirSync(directory).sort()).toEqual(['.a.zarr.resume', '.a.zarr.resume.log']);
    const stats = await convert(path, target, { ...options, resume: true, verify: true });
    expect(stats).toMatchObject({ method: 'copy', blocks: 10 });
    expect(stats.blocksResumed).toBeGreaterThan(0);
    expect(fs.readdirSync(directory)).toEqual(['a.zarr']);
    expect(chunksOf(target)).toEqual(chunksOf(path));
  });
});
