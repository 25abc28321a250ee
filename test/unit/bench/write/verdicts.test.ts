/**
 * Tests the rules for verdicts about parallel writes with invented measurements and with a recording. Also tests
 * similar numbers for which the same answer must not be given.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { WriteCell } from '../../../../lib/bench/write/cell.js';
import {
  judgeExclusion,
  judgeOneFile,
  judgeWaits,
  judgeWrites,
  type SeriesKey,
} from '../../../../lib/bench/write/verdict.js';
import { exclusive, inStorage, onCpu, type WriteRow, writeCells } from './shapes.js';

const buffered: SeriesKey = { state: 'growing', access: 'buffered', sync: 'none' };
const direct: SeriesKey = { state: 'written', access: 'direct', sync: 'none' };
const counts = [1, 2, 4, 8];
const rowsOf = (row: (n: number) => Omit<WriteRow, 'n'>): WriteRow[] => counts.map((n) => ({ n, ...row(n) }));

/** A file system on which writes to one file run one after the other, while writes to one file per thread scale. */
const takesTurns = [
  ...writeCells(
    'threads',
    buffered,
    rowsOf((n) => ({ gbps: 2, waits: exclusive(n) })),
  ),
  ...writeCells(
    'file-each',
    buffered,
    rowsOf((n) => ({ gbps: 2 * n, waits: onCpu(n) })),
  ),
];
/** A file system whose direct writes overlap. */
const overlaps = [
  ...writeCells(
    'threads',
    direct,
    rowsOf((n) => ({ gbps: 1 + 0.1 * n, waits: inStorage(n), blocked: 0.9 })),
  ),
  ...writeCells(
    'file-each',
    direct,
    rowsOf((n) => ({ gbps: 1 + 0.1 * n, waits: inStorage(n), blocked: 0.9 })),
  ),
];
const withRows = (method: 'threads' | 'file-each', key: SeriesKey, row: (n: number) => Omit<WriteRow, 'n'>) =>
  writeCells(method, key, rowsOf(row));
const change = (cells: readonly WriteCell[], method: string, changes: (cell: WriteCell) => Partial<WriteCell>) =>
  cells.map((cell) => (cell.method === method ? { ...cell, ...changes(cell) } : cell));

describe('exclusion', () => {
  test('is found by waits for the lock of the file, if a file each has none', () => {
    const verdict = judgeExclusion(takesTurns, buffered);
    expect(verdict).toMatchObject({ answer: 'exclude each other', evidence: { locked: 1, lockedWithFileEach: 0 } });
    expect(verdict?.text).toContain('ext4_buffered_write_iter');
  });

  test('is found if most of the waiting threads spin on a processor', () => {
    const spins = withRows('threads', buffered, (n) => ({
      gbps: 2,
      waits: { '0': 100 + 80 * (n - 1), ext4_buffered_write_iter: 20 * (n - 1) },
    }));
    const cells = [...spins, ...takesTurns.filter(({ method }) => method === 'file-each')];
    expect(judgeExclusion(cells, buffered)?.answer).toBe('exclude each other');
  });

  test('is excluded if several threads are in the storage at the same time', () => {
    expect(judgeExclusion(overlaps, direct)).toMatchObject({ answer: 'run at the same time', evidence: { locked: 0 } });
  });

  test('is excluded if the throughput of threads that never wait scales', () => {
    const cells = withRows('threads', buffered, (n) => ({ gbps: 2 * n, waits: onCpu(n) }));
    expect(judgeExclusion(cells, buffered)?.answer).toBe('run at the same time');
  });

  test.each<[string, readonly WriteCell[], SeriesKey, RegExp]>([
    [
      'if the control was not measured',
      takesTurns.filter(({ method }) => method === 'threads'),
      buffered,
      /was not measured for comparison/,
    ],
    [
      'if threads with a file each wait for locks, too',
      change(takesTurns, 'file-each', (cell) => ({
        waits: takesTurns.find(({ method, n }) => method === 'threads' && n === cell.n)?.waits ?? null,
      })),
      buffered,
      /not only that of one file/,
    ],
    [
      'if nothing shows that writes overlapped',
      withRows('threads', buffered, (n) => ({ gbps: 2, waits: onCpu(n) })),
      buffered,
      /nothing shows that writes overlapped/,
    ],
    [
      'if there are too few samples',
      change(takesTurns, 'threads', () => ({ waits: null })),
      buffered,
      /too few samples/,
    ],
    [
      'if the kernel hides where threads wait',
      withRows('threads', direct, (n) => ({ gbps: 1, waits: onCpu(n), blocked: 0.9 })),
      direct,
      /does not tell where/,
    ],
    [
      'if a few threads wait for a lock',
      withRows('threads', direct, (n) => ({ gbps: n, waits: { '0': 90 * n, ext4_file_write_iter: 10 * (n - 1) } })),
      direct,
      /too many .* too few/,
    ],
  ])('is undecided %s', (_name, cells, key, text) => {
    const verdict = judgeExclusion(cells, key);
    expect(verdict?.answer).toBe('undecided');
    expect(verdict?.text).toMatch(text);
  });

  test('is not judged for a single thread', () => {
    expect(judgeExclusion(writeCells('threads', direct, [{ n: 1, gbps: 1 }]), direct)).toBeNull();
  });
});

describe('one file or many', () => {
  test('is slower because of the lock only if waits show the lock', () => {
    expect(judgeOneFile(takesTurns, buffered)?.answer).toBe('slower, because of the lock');
    const unknown = change(takesTurns, 'threads', () => ({ waits: null }));
    expect(judgeOneFile(unknown, buffered)?.answer).toBe('slower than many files');
  });

  test('is as fast from 0.9 of the throughput on', () => {
    expect(judgeOneFile(overlaps, direct)?.answer).toBe('as fast as many files');
    const slightly = change(overlaps, 'threads', ({ throughput }) => ({ throughput: 0.91 * throughput }));
    expect(judgeOneFile(slightly, direct)?.answer).toBe('as fast as many files');
  });

  test.each<[string, readonly WriteCell[], RegExp]>([
    [
      'others used the processors',
      change(takesTurns, 'threads', () => ({ surroundings: { othersCpu: 0.5, steal: 0, pressure: null } })),
      /other processes used/,
    ],
    ['there is a single round', change(takesTurns, 'threads', () => ({ rounds: 1 })), /single round/],
    [
      'the rounds differ',
      change(takesTurns, 'threads', ({ throughput }) => ({ throughputRange: [0, 2 * throughput] })),
      /differ by/,
    ],
    [
      'the ratio depends on the parallelism',
      change(takesTurns, 'threads', ({ n }) => ({ throughput: n < 3 ? 2e9 * n : 1e9 })),
      /it is 1 at 2, 0.13 at 4, 0.063 at 8/,
    ],
    [
      'the ratio is within the noise',
      change(
        change(takesTurns, 'threads', ({ n }) => ({ throughput: 1.6e9 * n })),
        'file-each',
        ({ throughput }) => ({ throughputRange: [0.7 * throughput, 1.3 * throughput] }),
      ),
      /differ by ±30/,
    ],
  ])('is undecided if %s', (_name, cells, text) => {
    const verdict = judgeOneFile(cells, buffered);
    expect(verdict?.answer).toBe('undecided');
    expect(verdict?.text).toMatch(text);
  });

  test('is not judged without a file each', () => {
    expect(
      judgeOneFile(
        takesTurns.filter(({ method }) => method === 'threads'),
        buffered,
      ),
    ).toBeNull();
  });
});

describe('waits', () => {
  test.each([
    ['file lock', { '0': 10, ext4_buffered_write_iter: 90 }],
    ['storage', { '0': 10, __iomap_dio_rw: 90 }],
    ['dirty limit', { '0': 10, balance_dirty_pages: 90 }],
    ['journal', { '0': 10, jbd2_log_wait_commit: 90 }],
    ['other', { '0': 10, pipe_read: 90 }],
    ['processor', { '0': 90, __iomap_dio_rw: 10 }],
    ['mixed', { '0': 50, __iomap_dio_rw: 50 }],
    ['undecided', { '0': 2, __iomap_dio_rw: 3 }],
  ])('%s', (answer, waits) => {
    expect(judgeWaits(writeCells('threads', direct, [{ n: 4, gbps: 1, waits }]), direct)?.answer).toBe(answer);
  });

  test('are undecided if the kernel hides them', () => {
    const cells = writeCells('threads', direct, [{ n: 4, gbps: 1, waits: onCpu(4), blocked: 0.9 }]);
    expect(judgeWaits(cells, direct)?.answer).toBe('undecided');
  });
});

describe('costs', () => {
  const base = withRows('threads', direct, () => ({ gbps: 1, waits: null }));
  const answers = (gbps: number): string | undefined => {
    const fio = writeCells(
      'fio',
      direct,
      rowsOf(() => ({ gbps, waits: null })),
    );
    return judgeWrites({ cells: [...base, ...fio] }).find(({ subject }) => subject.startsWith('fio'))?.answer;
  };
  test('are compared at equal parallelism', () => {
    expect([answers(1.5), answers(1), answers(0.5)]).toEqual(['faster', 'as fast', 'slower']);
  });

  test('include growth, fdatasync and direct access, each against one other series', () => {
    const series = (key: SeriesKey): WriteCell[] => withRows('threads', key, () => ({ gbps: 1, waits: null }));
    const cells = [
      ...series(direct),
      ...series({ ...direct, sync: 'end' }),
      ...series({ ...direct, state: 'growing' }),
      ...series({ ...direct, access: 'buffered' }),
    ];
    const subjects = judgeWrites({ cells }).flatMap(({ question, subject }) => (question === 'costs' ? [subject] : []));
    expect(subjects).toEqual([
      'overwriting, direct, against buffered',
      'overwriting, direct, fdatasync at the end, against no fdatasync',
      'growing, direct, against overwriting',
    ]);
  });

  test('exclusion is judged once per state and access, without fdatasync if possible', () => {
    const cells = [...takesTurns, ...takesTurns.map((cell): WriteCell => ({ ...cell, sync: 'end' }))];
    const subjects = judgeWrites({ cells }).flatMap(({ question, subject }) =>
      question === 'exclusion' ? [subject] : [],
    );
    expect(subjects).toEqual(['growing, buffered']);
  });
});

const recording = new URL('../../../fixtures/bench/ext4-writes.json', import.meta.url);
describe('a recording of ext4 on a busy virtual machine', () => {
  const { cells } = JSON.parse(readFileSync(recording, 'utf8')) as { cells: WriteCell[] };
  const answer = (state: SeriesKey['state'], access: SeriesKey['access']): string | undefined =>
    judgeExclusion(cells, { state, access, sync: 'none' })?.answer;

  test('shows which writes exclude each other', () => {
    expect(answer('written', 'direct')).toBe('run at the same time');
    expect(answer('preallocated', 'direct')).toBe('run at the same time');
    expect(answer('growing', 'direct')).toBe('exclude each other');
    expect(answer('sparse', 'direct')).toBe('exclude each other');
    for (const state of ['written', 'preallocated', 'growing', 'sparse'] as const) {
      expect(answer(state, 'buffered')).toBe('exclude each other');
    }
  });

  test('does not decide comparisons of buffered throughput, because other processes used the processors', () => {
    expect(judgeOneFile(cells, buffered)?.answer).toBe('undecided');
  });
});
