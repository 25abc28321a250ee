/**
 * Tests complete benchmarks on small files: the report agrees with the measurements, no files remain, and given files
 * do not change. Uses the compiled library, because the benchmark starts processes.
 */
import { createHash, randomBytes } from 'node:crypto';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import type * as Library from '../../lib/bench/index.js';
import type { BenchReport } from '../../lib/bench/index.js';
import { addonPath, compiledLibrary } from '../support/compiled.js';
import { pythonInterpreter } from '../support/python.js';
import { TemporaryDirectory } from '../support/temporary.js';

const directory = new TemporaryDirectory();
const small = { parallelism: [1, 3], blockBytes: 65_536, sizeBytes: 4 * 2 ** 20, rounds: 2, cellMs: 15 } as const;
let library: typeof Library;

beforeAll(async () => {
  process.env['POSIX_PAR_BINDING'] = addonPath;
  library = (await import(pathToFileURL(join(compiledLibrary(), 'bench/index.js')).href)) as typeof Library;
});

const cell = (report: BenchReport, way: string, access: string, n: number) =>
  report.cells.find((one) => one.way === way && one.access === access && one.n === n);

describe('a benchmark that writes its own file', () => {
  let report: BenchReport;
  const phases = new Set<string>();
  const folder = directory.at('written');

  beforeAll(async () => {
    fs.mkdirSync(folder);
    const onProgress = ({ phase, done, total }: Library.BenchProgress): void => {
      phases.add(phase);
      if (done > total) phases.add('beyond the end');
    };
    report = await library.benchStorage(folder, { ...small, python: pythonInterpreter, onProgress });
  });

  test('removes the file and everything next to it', () => {
    expect(fs.readdirSync(folder)).toEqual([]);
    expect([...phases].sort()).toEqual(['measuring', 'writing']);
  });

  test('measures every method, or names the reason', () => {
    const ways = [
      'pread',
      'pread-own',
      'file-each',
      'read',
      'unlocked',
      'processes',
      'fio',
      'dd',
      'hdf5',
      'posix-par:auto',
    ];
    for (const access of ['cached', 'direct']) {
      for (const way of ways) {
        if (way === 'posix-par:auto' && access === 'direct') continue; // This engine uses the page cache.
        const isThere = cell(report, way, access, 3) !== undefined;
        const reasons = report.skipped.filter((one) => one.way === way && one.access === access);
        expect([way, access, isThere || reasons.length > 0]).toEqual([way, access, true]);
      }
    }
    for (const way of ['pread', 'pread-own', 'file-each', 'read', 'unlocked', 'processes', 'hdf5', 'posix-par:auto']) {
      expect([way, cell(report, way, 'cached', 3)?.operations ?? 0]).toEqual([way, expect.any(Number)]);
      expect(cell(report, way, 'cached', 3)?.operations).toBeGreaterThan(0);
    }
  });

  test('reports consistent numbers in every cell', () => {
    expect(report.cells.length).toBeGreaterThan(20);
    for (const one of report.cells) {
      expect(one.bytes).toBe(one.operations * small.blockBytes);
      expect(one.throughputRange[0]).toBeLessThanOrEqual(one.throughput);
      expect(one.throughputRange[1]).toBeGreaterThanOrEqual(one.throughput);
      if (one.latency === null) continue;
      expect(one.latency.p50).toBeLessThanOrEqual(one.latency.p99);
      expect(one.latency.p99).toBeLessThanOrEqual(one.latency.max);
      expect(one.inFlight).toBeLessThanOrEqual(one.n * 1.05);
    }
  });

  test('finds the whole region in the page cache for cached cells, and delivers it once', () => {
    for (const one of report.cells.filter(({ access, way }) => access === 'cached' && way !== 'hdf5')) {
      if (one.residency.before !== null) expect([one.way, one.residency.before]).toEqual([one.way, one.residency.of]);
    }
    expect(cell(report, 'read', 'cached', 3)?.coverage).toMatchObject({
      twice: 0,
      lost: 0,
      unknown: 0,
      distinctBlocks: 64,
    });
  });

  test('reads direct cells from the device, or skips them with a reason', () => {
    const direct = cell(report, 'pread', 'direct', 1);
    if (direct === undefined) {
      expect(report.skipped.find(({ way, access }) => way === 'pread' && access === 'direct')?.reason).toMatch(
        /EINVAL/,
      );
    } else if (direct.deviceBytes !== null && report.machine.device !== null) {
      expect(direct.deviceBytes).toBe(direct.bytes);
      expect(direct.residency.before).toBe(0);
    }
  });

  test('answers the three questions, and returns plain data', () => {
    const questions = new Set(report.verdicts.map(({ question }) => question));
    expect([...questions]).toEqual(['one file or many', 'the knee', 'the page cache']);
    expect(report.schema).toBe('posix-par.bench/1');
    expect(JSON.parse(JSON.stringify(report))).toEqual(report);
  });
});

describe('a benchmark of an existing file', () => {
  const content = randomBytes(small.sizeBytes + 1000);
  const hash = (path: string): string => createHash('sha256').update(fs.readFileSync(path)).digest('hex');

  test('only reads the file, and removes what it wrote next to it', async () => {
    const path = directory.write('given/data.bin', content);
    const before = [hash(path), fs.statSync(path).mtimeMs, fs.statSync(path).size];
    const options = {
      ...small,
      access: ['cold'],
      rounds: 1,
      python: null,
      referenceTools: 'none',
      order: 'random',
    } as const;
    const report = await library.benchStorage(path, options);
    expect(report).toMatchObject({ fileIs: 'given', regionBytes: small.sizeBytes });
    expect(cell(report, 'file-each', 'cold', 3)?.operations).toBeGreaterThan(0);
    expect(report.skipped.find(({ way }) => way === 'hdf5')?.reason).toBe('disabled by an option');
    expect([hash(path), fs.statSync(path).mtimeMs, fs.statSync(path).size]).toEqual(before);
    expect(fs.readdirSync(directory.at('given'))).toEqual(['data.bin']);
  });

  test('refuses a file that is too small, unreadable or not a regular file', async () => {
    const tiny = directory.write('tiny', 'x');
    await expect(library.benchStorage(tiny, small)).rejects.toThrow(/is smaller than one block/);
    await expect(library.benchStorage('/dev/null', small)).rejects.toThrow(/neither a file nor a directory/);
    await expect(library.benchStorage(directory.at('no/such/folder/data'), small)).rejects.toThrow(
      /ENOENT|no such file/,
    );
    expect(fs.readdirSync(directory.path).filter((name) => name.startsWith('.'))).toEqual([]);
  });
});

test('does not start to write a file that does not fit', async () => {
  const folder = directory.at('full');
  fs.mkdirSync(folder);
  const error = await library.benchStorage(folder, { sizeBytes: 2 ** 50 }).catch((caught: unknown) => caught);
  expect(error).toMatchObject({ _tag: 'ReadError', code: 'ENOSPC' });
  expect(fs.readdirSync(folder)).toEqual([]);
});

test('skips cells beyond the time limit, and reports them', async () => {
  const folder = directory.at('short');
  fs.mkdirSync(folder);
  const options = { ...small, timeLimitMs: 1, python: null, referenceTools: 'none' } as const;
  const report = await library.benchStorage(folder, options);
  expect(report.cells).toEqual([]);
  expect(report.skipped.some(({ reason }) => reason === 'the time limit was reached')).toBe(true);
  expect(report.verdicts.every(({ answer }) => answer === 'undecided')).toBe(true);
});

test.each(['writing', 'measuring'])('removes everything if aborted while %s', async (when) => {
  const folder = directory.at(`aborted-${when}`);
  fs.mkdirSync(folder);
  const controller = new AbortController();
  const onProgress = ({ phase }: Library.BenchProgress): void => {
    if (phase === when) controller.abort();
  };
  const options = { ...small, sizeBytes: 16 * 2 ** 20, python: null, signal: controller.signal, onProgress } as const;
  const error = await library.benchStorage(folder, options).catch((caught: unknown) => caught);
  expect(error).toMatchObject({ _tag: 'AbortError' });
  expect(fs.readdirSync(folder)).toEqual([]);
});

test('refuses a path that does not exist, unless the size of the file is given', async () => {
  const path = directory.at('mistyped.npyy');
  const { sizeBytes: _, ...unsized } = small;
  await expect(library.benchStorage(path, unsized)).rejects.toMatchObject({ name: 'ReadError', code: 'ENOENT', path });
  expect(fs.existsSync(path)).toBe(false);
});
