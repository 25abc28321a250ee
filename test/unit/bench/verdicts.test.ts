/**
 * Tests the verdict rules on measurements of different machines, and on similar measurements for which the same verdict
 * must not be given.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { Cell } from '../../../lib/bench/cell.js';
import { attribute } from '../../../lib/bench/verdict/cause.js';
import { judge, judgeKnee } from '../../../lib/bench/verdict/judge.js';
import { findKnee, findTailLeap, littlesLaw } from '../../../lib/bench/verdict/knee.js';
import { judgeAccess, judgePageCache } from '../../../lib/bench/verdict/page-cache.js';
import {
  judgeAgainstPread,
  judgePositionWait,
  judgeSharedPosition,
  judgeSingleFile,
} from '../../../lib/bench/verdict/single-file.js';
import { cellsOf, fastNvme, fewCores, manyCores, rotatingDisk } from './shapes.js';

const withOthers = (cells: readonly Cell[], othersCpu: number): Cell[] =>
  cells.map((cell) => ({ ...cell, surroundings: { othersCpu, steal: 0, pressure: null } }));

describe('the knee', () => {
  test('is where throughput stops growing', () => {
    expect(findKnee(fewCores())).toMatchObject({ kind: 'knee', n: 2 });
    expect(findKnee(rotatingDisk())).toMatchObject({ kind: 'knee', n: 1 });
    expect(findKnee(manyCores())).toMatchObject({ kind: 'knee', n: 32 });
  });

  test('does not exist while throughput grows', () => {
    expect(findKnee(fastNvme())).toMatchObject({ kind: 'none', upTo: 16 });
  });

  test('is undecided with too few parallelisms, or if rounds differ', () => {
    expect(findKnee(fewCores().slice(0, 2))).toMatchObject({ kind: 'unclear' });
    const noisy = fewCores().map((cell) => ({ ...cell, throughputRange: [1e9, 30e9] as const }));
    expect(findKnee(noisy)).toMatchObject({ kind: 'unclear', reason: expect.stringContaining('rounds') });
    const single = fewCores().map((cell) => ({ ...cell, rounds: 1 }));
    expect(findKnee(single)).toMatchObject({ kind: 'unclear', reason: expect.stringContaining('single round') });
  });

  test('depends on the noise of the rounds, not on single points', () => {
    const rows = [10, 19, 21.5, 21.6].map((gbps, i) => ({ n: i + 1, gbps, spread: 0.01 }));
    expect(findKnee(cellsOf('pread', 'cached', rows))).toMatchObject({ kind: 'knee', n: 3 });
    const noisy = rows.map((row) => ({ ...row, spread: 0.2 }));
    expect(findKnee(cellsOf('pread', 'cached', noisy))).toMatchObject({ kind: 'knee', n: 2 });
  });

  test('a jump of the tail latency is found at the lowest parallelism that shows it', () => {
    expect(findTailLeap(fewCores())).toMatchObject({ from: { n: 2 }, to: { n: 3 } });
    expect(findTailLeap(fastNvme())).toBeNull(); // The latency grows only in proportion to the parallelism.
    expect(findTailLeap(rotatingDisk())).toBeNull();
  });

  test("Little's law: the bounds meet at the parallelism that saturates the bottleneck", () => {
    const law = littlesLaw(rotatingDisk());
    expect(law?.crossing).toBeCloseTo(1.03, 1);
    expect(law?.points.at(-1)?.boundMs).toBeCloseTo(16 / (0.165e9 / 2 ** 20) / 1e-3, 0);
    for (const point of law?.points ?? []) expect(point.rateTimesLatency).toBeCloseTo(point.n, 0);
    expect(littlesLaw(fewCores().map((cell) => ({ ...cell, latency: null })))).toBeNull();
  });
});

describe('the cause of the knee', () => {
  const causeOf = (cells: readonly Cell[], cores: number): string | undefined => {
    const [{ way, access } = { way: 'pread', access: 'cached' }] = cells as [Cell];
    return judgeKnee(cells, way as Cell['way'], access as Cell['access'], cores)?.answer;
  };

  test('few cores: more runnable threads than cores', () => {
    const verdict = judgeKnee(fewCores(), 'pread', 'cached', 2);
    expect(verdict?.answer).toBe('more runnable threads than cores');
    expect(verdict?.text).toMatch(/knee is at 2.*leaps from 0.2 ms at 2 to 4.1 ms at 3/);
    expect(verdict?.evidence).toMatchObject({ cores: 2, knee: 2 });
    expect(verdict?.evidence['threadsThatWantACpu']).toBeGreaterThan(2);
  });

  test('the same numbers on more cores have another cause', () => {
    expect(causeOf(fewCores(), 16)).toBe('undecided');
  });

  test('the same numbers are undecided if other processes are busy', () => {
    expect(causeOf(withOthers(fewCores(), 0.4), 2)).toBe('undecided');
  });

  test('CPU time used by other processes, although there is a core for each thread', () => {
    const rows = [1, 2, 3].map((n) => ({ n, gbps: 10, onCpu: 0.05, runnable: n * 0.105 - 0.055 }));
    const busy = withOthers(cellsOf('pread', 'cached', rows), 0.5);
    expect(judgeKnee(busy, 'pread', 'cached', 4)?.answer).toBe('processors that others use');
    expect(judgeKnee(busy, 'pread', 'cached', 1)?.answer).toBe('undecided');
    expect(judgeKnee(withOthers(busy, 0), 'pread', 'cached', 4)?.answer).toBe('undecided');
  });

  test('a saturated disk', () => {
    const verdict = judgeKnee(rotatingDisk(), 'pread', 'direct', 8);
    expect(verdict?.answer).toBe('device saturated');
    expect(verdict?.text).toContain("the device's queue grows");
  });

  test('is undecided if others read from the disk, or if calls wait above the device', () => {
    const foreign = rotatingDisk().map((cell) => ({
      ...cell,
      device: cell.device && { ...cell.device, bytesRead: 3 * cell.bytes },
    }));
    expect(judgeKnee(foreign, 'pread', 'direct', 8)?.text).toContain('others read from the device');
    const above = rotatingDisk().map((cell) => ({ ...cell, device: cell.device && { ...cell.device, queueDepth: 1 } }));
    expect(judgeKnee(above, 'pread', 'direct', 8)).toMatchObject({
      answer: 'undecided',
      text: expect.stringContaining('above the device'),
    });
  });

  test('storage without a block device is reported as saturated storage', () => {
    const network = rotatingDisk().map((cell) => ({ ...cell, device: null }));
    expect(causeOf(network, 8)).toBe('storage saturated');
    const unknown = network.map((cell) => ({ ...cell, deviceBytes: null }));
    expect(causeOf(unknown, 8)).toBe('undecided');
  });

  test('the lock of a shared position, with cached data and with a device', () => {
    const free = cellsOf(
      'pread',
      'cached',
      [1, 2, 4, 8].map((n) => ({ n, gbps: 10 * n, onCpu: 0.1 })),
    );
    const read = cellsOf(
      'read',
      'cached',
      [1, 2, 4, 8].map((n) => ({ n, gbps: 10, onCpu: 0.1 })),
    );
    expect(judgeKnee([...free, ...read], 'read', 'cached', 16)?.answer).toBe('shared-position lock');
    // Without a measurement of pread for comparison, the shared position cannot be identified as the cause.
    expect(judgeKnee(read, 'read', 'cached', 16)?.answer).toBe('undecided');

    const queued = cellsOf(
      'read',
      'direct',
      [1, 2, 4, 8].map((n) => ({ n, gbps: 1.9, depth: 1 })),
    );
    expect(judgeKnee([...fastNvme(), ...queued], 'read', 'direct', 16)?.answer).toBe('shared-position lock');
    const full = cellsOf(
      'read',
      'direct',
      [1, 2, 4, 8].map((n) => ({ n, gbps: 1.9 })),
    );
    expect(judgeKnee([...fastNvme(), ...full], 'read', 'direct', 16)?.answer).toBe('device saturated');
  });

  test('page-cache misses', () => {
    const rows = [1, 2, 4, 8].map((n) => ({ n, gbps: n === 1 ? 1 : 1.05, fromStorage: 0.4 }));
    expect(causeOf(cellsOf('pread', 'cached', rows), 16)).toBe('page-cache misses');
    // The data comes partly from memory and partly from storage.
    expect(causeOf(cellsOf('pread', 'cold', rows), 16)).toBe('undecided');
  });

  test('limited memory bandwidth appears as CPU time, and is not distinguished from it', () => {
    const verdict = judgeKnee(manyCores(), 'pread', 'cached', 72);
    expect(verdict?.answer).toBe('processor time of the calls');
    expect(verdict?.text).toContain('do not tell which');
  });

  test('a library that admits one thread at a time', () => {
    const rows = [1, 2, 4, 8].map((n) => ({ n, gbps: 5, onCpu: 0.2 }));
    expect(causeOf(cellsOf('hdf5', 'cached', rows), 16)).toBe('lock of the library');
    expect(causeOf(cellsOf('pread', 'cached', rows), 16)).toBe('undecided');
  });

  test('is undecided for a mixture, for no growth, and without thread times', () => {
    const rows = [1, 2, 4].map((n) => ({ n, gbps: 10, onCpu: 0.05, runnable: n * 0.05 }));
    expect(judgeKnee(cellsOf('pread', 'direct', rows), 'pread', 'direct', 2)?.text).toContain('mixed');
    const [one, two] = fewCores() as [Cell, Cell];
    expect(attribute({ knee: one, beyond: two, cores: 2 }).because).toContain('hardly takes longer');
    const blind = fewCores().map((cell) => ({ ...cell, time: null }));
    expect(judgeKnee(blind, 'pread', 'cached', 2)?.text).toContain('does not report the time');
  });

  test('a series that was not measured has no verdict', () => {
    expect(judgeKnee(fewCores(), 'read', 'cached', 2)).toBeNull();
  });
});

describe('one file or many', () => {
  test('judges one file as fast, slower, or undecided', () => {
    const scaled = (way: 'pread' | 'pread-own' | 'file-each', factor: number) =>
      fastNvme(way).map((cell) => ({ ...cell, throughput: cell.throughput * factor }));
    const verdict = (shared: number, own: number) =>
      judgeSingleFile([...scaled('pread', shared), ...scaled('pread-own', own), ...scaled('file-each', 1)], 'direct')
        .answer;
    expect(verdict(0.97, 1)).toBe('as fast as many files');
    expect(verdict(0.5, 0.5)).toBe('slower than many files');
    expect(verdict(0.5, 0.98)).toBe('slower on a shared descriptor');
    const mixed = fastNvme('pread').map((cell) => ({ ...cell, throughput: cell.throughput * (cell.n < 5 ? 0.5 : 1) }));
    const half = [...mixed, ...scaled('file-each', 1)].map((cell) =>
      cell.way === 'pread' && cell.n === 8 ? { ...cell, throughput: cell.throughput * 0.8 } : cell,
    );
    expect(judgeSingleFile(half, 'direct').answer).toBe('undecided');
    expect(judgeSingleFile(fastNvme(), 'direct').answer).toBe('undecided');
  });

  test('busy CPUs invalidate ratios of cached reads, but not of direct reads', () => {
    const cells = [...fewCores('pread'), ...fewCores('pread-own'), ...fewCores('file-each')];
    expect(judgeSingleFile(cells, 'cached').answer).toBe('as fast as many files');
    expect(judgeSingleFile(withOthers(cells, 0.5), 'cached').answer).toBe('undecided');
    const direct = [...fastNvme('pread'), ...fastNvme('file-each')];
    expect(judgeSingleFile(withOthers(direct, 0.5), 'direct').answer).toBe('as fast as many files');
  });

  test('reports that nothing scales', () => {
    const cells = [...rotatingDisk('pread'), ...rotatingDisk('file-each')];
    expect(judgeSingleFile(cells, 'direct').text).toContain('the file is not the bottleneck');
  });

  test('judges a shared position by its throughput, and only if the control fails', () => {
    const rows = [1, 2, 4].map((n) => ({ n, gbps: 1 }));
    const good = cellsOf('read', 'direct', rows);
    const control = cellsOf(
      'unlocked',
      'direct',
      rows.map((row) => ({ ...row, twice: 9 })),
    );
    expect(judgeSharedPosition([...good, ...control], 'direct').answer).toBe('each range once');
    expect(judgeSharedPosition(good, 'direct').answer).toBe('undecided');
    const bad = cellsOf(
      'read',
      'direct',
      rows.map((row) => ({ ...row, twice: 1 })),
    );
    expect(judgeSharedPosition([...bad, ...control], 'direct').answer).toBe('ranges twice or lost');
    const alike = cellsOf(
      'read',
      'direct',
      rows.map((row) => ({ ...row, distinct: 0 })),
    );
    expect(judgeSharedPosition([...alike, ...control], 'direct').answer).toBe('undecided');
    expect(judgeSharedPosition([], 'direct').answer).toBe('undecided');
  });

  test('judges waiting for the position by its signs, separately from its cost', () => {
    const rows = [1, 2, 4, 8];
    const queued = cellsOf(
      'read',
      'direct',
      rows.map((n) => ({ n, gbps: 1.9, depth: 1 })),
    );
    expect(judgePositionWait([...fastNvme(), ...queued], 'direct').answer).toBe('the calls wait for each other');
    const flat = cellsOf(
      'read',
      'direct',
      rows.map((n) => ({ n, gbps: 0.16, depth: 1 })),
    );
    expect(judgePositionWait([...rotatingDisk(), ...flat], 'direct').answer).toBe('the calls wait at no cost');
    expect(judgePositionWait([...fewCores(), ...fewCores('read')], 'cached').answer).toBe('undecided');
  });

  test('judges another method as fast, slower, or not scaling', () => {
    const free = cellsOf(
      'pread',
      'cached',
      [1, 2, 4, 8].map((n) => ({ n, gbps: 10 * n, onCpu: 0.1 })),
    );
    const library = cellsOf(
      'hdf5',
      'cached',
      [1, 2, 4, 8].map((n) => ({ n, gbps: 5 })),
    );
    expect(judgeAgainstPread([...free, ...library], 'hdf5', 'cached', 'HDF5')?.answer).toBe('does not scale');
    const half = cellsOf(
      'hdf5',
      'cached',
      [1, 2, 4, 8].map((n) => ({ n, gbps: 5 * n })),
    );
    expect(judgeAgainstPread([...free, ...half], 'hdf5', 'cached', 'HDF5')?.answer).toBe('slower than pread');
    expect(judgeAgainstPread([...fewCores(), ...fewCores('hdf5')], 'hdf5', 'cached', 'x')?.answer).toBe(
      'as fast as pread',
    );
    expect(judgeAgainstPread(free, 'hdf5', 'cached', 'HDF5')).toBeNull();
  });
});

describe('the page cache', () => {
  test('distinguishes memory and storage, and a mix of both', () => {
    expect(judgeAccess(fewCores(), 'cached')?.answer).toBe('memory');
    expect(judgeAccess(rotatingDisk(), 'direct')?.answer).toBe('storage');
    const both = cellsOf('pread', 'cached', [{ n: 1, gbps: 2, fromStorage: 0.3 }]);
    expect(judgeAccess(both, 'cached')?.answer).toBe('both');
    const none = cellsOf('pread', 'direct', [{ n: 1, gbps: 2, fromStorage: 0 }]);
    expect(judgeAccess(none, 'direct')?.text).toContain('No block device served');
    expect(judgeAccess([], 'direct')).toBeNull();
  });

  test('compares with storage only if the cells measured what their names say', () => {
    expect(judgePageCache([...fewCores(), ...rotatingDisk()], false).text).toMatch(/factor of 116/);
    expect(judgePageCache([...fewCores(), ...rotatingDisk()], true).text).toContain('the host');
    const leaky = cellsOf('pread', 'cached', [{ n: 1, gbps: 2, fromStorage: 0.3 }]);
    expect(judgePageCache([...leaky, ...rotatingDisk()], false).answer).toBe('undecided');
  });
});

test('a measurement gives all verdicts in the order of the questions, each with numbers', () => {
  const cells = [...fewCores(), ...fewCores('file-each'), ...rotatingDisk(), ...rotatingDisk('file-each')];
  const machine = { cores: 2, isVirtual: false } as Parameters<typeof judge>[0]['machine'];
  const verdicts = judge({ cells, machine });
  const order = ['one file or many', 'the knee', 'the page cache'];
  const places = verdicts.map(({ question }) => order.indexOf(question));
  expect(places).toEqual(places.toSorted());
  expect(new Set(places).size).toBe(3);
  for (const { text, answer } of verdicts) expect(answer === 'undecided' || /\d/.test(text)).toBe(true);
  expect(judge({ cells: [], machine }).every(({ answer }) => answer === 'undecided')).toBe(true);
});

test('judges a recorded run on two cores, one of them busy, with a virtual disk', () => {
  const path = new URL('../../fixtures/bench/two-busy-cores.json', import.meta.url);
  const recorded = JSON.parse(readFileSync(path, 'utf8')) as Parameters<typeof judge>[0];
  const answers = Object.fromEntries(judge(recorded).map(({ subject, answer }) => [subject, answer]));
  expect(answers).toMatchObject({
    'one file, cached': 'undecided',
    'one file, direct': 'as fast as many files',
    'read() at a shared position, cached': 'each range once',
    'read() at a shared position, direct': 'each range once',
    'waiting for the position, direct': 'the calls wait at no cost',
    'The HDF5 library (h5py, threads), cached': 'undecided',
    'pread, cached': 'processors that others use',
    'pread, direct': 'device saturated',
    'read, direct': 'shared-position lock',
    'cached cells': 'memory',
    'direct cells': 'storage',
    'cached against direct': 'told apart',
  });
});
