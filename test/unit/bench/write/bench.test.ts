/**
 * Tests benchmarks of writes: results, options, refused directories, and that files are removed on every path (at the
 * end, after an abort, and if system calls fail). Processes of the benchmark are tested in test/bench, because they
 * need the compiled library.
 */
import * as fs from 'node:fs';
import { beforeEach, describe, expect, test } from 'vitest';
import { benchWrites, type WriteBenchReport } from '../../../../lib/bench/index.js';
import { writeBenchSettings } from '../../../../lib/bench/write/options.js';
import { planWrites } from '../../../../lib/bench/write/plan.js';
import { fioWriteArguments } from '../../../../lib/bench/write/tools.js';
import { AbortError, WriteError } from '../../../../lib/index.js';
import { withFaults } from '../../../support/faults.js';
import { TemporaryDirectory } from '../../../support/temporary.js';

const directory = new TemporaryDirectory();
const folder = directory.at('folder');
const small = {
  parallelism: [1, 2],
  blockBytes: 4096,
  sizeBytes: 2 ** 18,
  rounds: 2,
  cellMs: 5,
  python: null,
  referenceTools: 'none',
} as const;

beforeEach(() => {
  fs.rmSync(folder, { recursive: true, force: true });
  fs.mkdirSync(folder);
  fs.writeFileSync(`${folder}/precious`, 'not touched');
});
const expectClean = (): void => {
  expect(fs.readdirSync(folder)).toEqual(['precious']);
  expect(fs.readFileSync(`${folder}/precious`, 'utf8')).toBe('not touched');
};
const methodsOf = (report: WriteBenchReport): string[] => [...new Set(report.cells.map(({ method }) => method))];

describe('a benchmark of writes', () => {
  test('measures all states with threads, and removes its files', async () => {
    const report = await benchWrites(folder, small);
    expectClean();
    expect(methodsOf(report)).toEqual(expect.arrayContaining(['threads', 'file-each']));
    for (const cell of report.cells) {
      expect(cell.bytes).toBe(cell.operations * 4096);
      expect(cell.operations).toBeGreaterThan(0);
      expect(cell.throughputRange[0]).toBeLessThanOrEqual(cell.throughputRange[1]);
      if (cell.waits !== null) {
        expect(Object.values(cell.waits.shares).reduce((a, b) => a + b)).toBeCloseTo(1, 9);
      }
    }
    const found = report.cells.filter(({ method, access }) => method === 'threads' && access === 'buffered');
    expect(new Set(found.map(({ state }) => state))).toEqual(new Set(['written', 'preallocated', 'growing', 'sparse']));
    expect(report.verdicts.length).toBeGreaterThan(4);
    expect(JSON.parse(JSON.stringify(report)).cells).toHaveLength(report.cells.length);
    expect(report.skipped.map(({ reason }) => reason)).toContain('disabled by an option');
  });

  test.each([1, 3, 10])('removes its files if it is aborted before run %i', async (run) => {
    const abort = new AbortController();
    let runs = 0;
    const onProgress = (): void => {
      runs += 1;
      if (runs === run) abort.abort();
    };
    await expect(benchWrites(folder, { ...small, signal: abort.signal, onProgress })).rejects.toThrow(AbortError);
    expectClean();
  });

  test.each(['pwrite', 'create', 'fallocate', 'sync'] as const)('removes its files if %s fails once', async (op) => {
    const fault = { op, path: folder, action: 'error', value: 28, times: 1, skip: 1 } as const;
    const report = await withFaults([fault], () => benchWrites(folder, { ...small, states: ['preallocated'] }));
    expectClean();
    expect(report.skipped.some(({ reason }) => reason.includes('ENOSPC'))).toBe(true);
  });

  test('fails if no write succeeds, and removes its files', async () => {
    const fault = { op: 'pwrite', path: folder, action: 'error', value: 5, times: 0, skip: 0 } as const;
    const options = { ...small, states: ['growing'], access: ['buffered'] } as const;
    await withFaults([fault], () => expect(benchWrites(folder, options)).rejects.toThrow(/Nothing could be measured/));
    expectClean();
  });

  test('refuses files, missing directories, and more bytes than are free', async () => {
    const notADirectory = benchWrites(`${folder}/precious`);
    await expect(notADirectory).rejects.toThrow(WriteError);
    await expect(notADirectory).rejects.toThrow(/is not a directory/);
    await expect(benchWrites(`${folder}/none`)).rejects.toMatchObject({ code: 'ENOENT' });
    await expect(benchWrites('')).rejects.toThrow(TypeError);
    const { bavail, bsize } = fs.statfsSync(folder);
    if (bavail * bsize < 2 ** 36) {
      await expect(benchWrites(folder, { sizeBytes: 2 ** 34 })).rejects.toMatchObject({ code: 'ENOSPC' });
    }
    expectClean();
  });
});

describe('options', () => {
  test.each([
    [{ parallelism: [] }, /options.parallelism/],
    [{ parallelism: [65] }, /options.parallelism/],
    [{ access: ['cached'] }, /options.access/],
    [{ states: ['wet'] }, /options.states/],
    [{ syncs: [] }, /options.syncs/],
    [{ blockBytes: 1000 }, /options.blockBytes/],
    [{ sizeBytes: 2 ** 40 }, /options.sizeBytes/],
    [{ sizeBytes: 2 ** 20, parallelism: [2] }, /options.sizeBytes/],
    [{ order: 'random' }, /order/],
  ])('%j are refused', (options, text) => {
    expect(() => writeBenchSettings(options as never)).toThrow(text);
  });

  test('decide which methods are measured', () => {
    const all = { fio: true, dd: true, hdf5: true };
    const spots = planWrites(writeBenchSettings({ parallelism: [1, 2] }), all);
    const of = (method: string) => spots.filter((spot) => spot.method === method);
    expect(of('threads')).toHaveLength(2 * 4 * 2 * 2);
    expect(of('file-each')).toHaveLength(2 * 4 * 2 * 2);
    expect(of('processes')).toHaveLength(2 * 4 * 2);
    expect(of('fio').every(({ state, sync }) => state === 'written' && sync === 'none')).toBe(true);
    expect(of('hdf5')).toHaveLength(2);
    expect(planWrites(writeBenchSettings(), { fio: false, dd: false, hdf5: false }).length).toBe(200);
  });

  test('of fio: each thread overwrites its own part once', () => {
    const options = { path: '/d/a:b', n: 4, blockBytes: 4096, regionBytes: 2 ** 20, durationNs: 5e6 } as const;
    const words = fioWriteArguments({ ...options, access: 'direct', sync: 'each' });
    expect(words).toEqual(
      expect.arrayContaining(['--filename=/d/a\\:b', '--size=262144', '--offset_increment=262144']),
    );
    expect(words).toEqual(expect.arrayContaining(['--direct=1', '--fdatasync=1', '--allow_file_create=0']));
    expect(() => fioWriteArguments({ ...options, n: 257, access: 'direct', sync: 'none' })).toThrow(/fewer blocks/);
  });
});
