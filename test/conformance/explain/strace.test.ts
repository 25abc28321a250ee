/**
 * Compares `explain` and `stats` with strace: they must report the files, extents and system calls that strace has
 * seen. No other bytes may be read, and `explain` must not make system calls.
 */
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import { openArray, type Selection } from '../../../lib/index.js';
import { npyHeaderBytes, writeNpy, writeTiles } from '../../support/sample-arrays.js';
import { runTraced, type SystemCall, straceMissing } from '../../support/strace.js';
import { TemporaryDirectory } from '../../support/temporary.js';

interface Case {
  readonly name: string;
  readonly path: string;
  readonly selection: Selection;
  readonly options: Readonly<Record<string, unknown>>;
  /** Offset and length of the reads of each file. Keys are the last parts of the paths. */
  readonly reads: Readonly<Record<string, readonly (readonly [number, number])[]>>;
}

interface Account {
  readonly plan: {
    files: number;
    opens: number;
    extents: number;
    bytesToRead: number;
    systemCalls: number;
    chunks: number;
  };
  readonly stats: { extents: number; bytesRead: number; systemCalls: number; opens: number; engine: string };
}

const reading = new Set(['read', 'pread64', 'readv', 'preadv', 'preadv2']);
const coalesce = { gapBytes: 0, maxBytes: 1 << 20 };
const rows = (first: number, count: number, step: number, length: number): [number, number][] =>
  Array.from({ length: count }, (_, i) => [npyHeaderBytes + first + i * step, length]);

/** Returns the offset and length that a read call requests. */
function extentOf({ name, text }: SystemCall): [number, number] {
  const iov = /iov_len=(\d+)/.exec(text)?.[1];
  const numbers = [...text.replace(/"(?:[^"\\]|\\.)*"(\.\.\.)?/g, '').matchAll(/, (\d+)(?=,|$)/g)].map((m) =>
    Number(m[1]),
  );
  if (name.startsWith('preadv')) return [numbers.at(-1) ?? -1, Number(iov)];
  return [numbers[1] ?? -1, numbers[0] ?? -1];
}

describe.skipIf(straceMissing !== null)(`explain and stats against strace ${straceMissing ?? ''}`, () => {
  const folder = new TemporaryDirectory();
  let cases: readonly Case[] = [];
  let accounts: readonly Account[] = [];
  let calls: readonly SystemCall[] = [];

  beforeAll(() => {
    const cube = writeNpy(folder, 'cube.npy', [8, 16, 64]);
    const fortran = writeNpy(folder, 'fortran.npy', [64, 32], { fortran: true });
    const tiles = writeTiles(folder, 'tiles', [256, 1024], [64, 512]);
    const small = writeTiles(folder, 'small', [64, 64], [16, 32]);
    const plain = { engine: 'pread', coalesce };
    cases = [
      {
        name: 'a box: one extent a row',
        path: cube,
        selection: '2:4, 3:6, 8:24',
        options: plain,
        reads: {
          'cube.npy': [
            ...rows(4 * (2 * 1024 + 3 * 64 + 8), 3, 256, 64),
            ...rows(4 * (3 * 1024 + 3 * 64 + 8), 3, 256, 64),
          ],
        },
      },
      {
        name: 'a box whose rows are read together, gaps and all',
        path: cube,
        selection: '2:4, 3:6, 8:24',
        options: { engine: 'pread', coalesce: { gapBytes: 192, maxBytes: 1 << 20 } },
        reads: {
          'cube.npy': [
            ...rows(4 * (2 * 1024 + 3 * 64 + 8), 1, 0, 576),
            ...rows(4 * (3 * 1024 + 3 * 64 + 8), 1, 0, 576),
          ],
        },
      },
      {
        name: 'a column of a file in Fortran order: one extent',
        path: fortran,
        selection: ':, 5',
        options: plain,
        reads: { 'fortran.npy': rows(5 * 64 * 4, 1, 0, 256) },
      },
      {
        name: 'tiles: only those of the box, each opened once',
        path: tiles,
        selection: '60:130, 514:522',
        options: plain,
        reads: {
          'tile-0-1.bin': Array.from({ length: 4 }, (_, i) => [(60 + i) * 2048 + 8, 32]),
          'tile-1-1.bin': Array.from({ length: 64 }, (_, i) => [i * 2048 + 8, 32]),
          'tile-2-1.bin': Array.from({ length: 2 }, (_, i) => [i * 2048 + 8, 32]),
        },
      },
      {
        name: 'small tiles: one extent each',
        path: small,
        selection: '10:40, 40:48',
        options: plain,
        reads: { 'tile-0-1.bin': [[0, 2048]], 'tile-1-1.bin': [[0, 2048]], 'tile-2-1.bin': [[0, 2048]] },
      },
    ];
    const traced = runTraced(
      fileURLToPath(new URL('children/read.mjs', import.meta.url)),
      [JSON.stringify(cases.map(({ path, selection, options }) => ({ path, selection, options })))],
      folder,
    );
    accounts = traced.stdout
      .trim()
      .split('\n')
      .map((text) => JSON.parse(text) as Account);
    calls = traced.calls;
  }, 120_000);

  /** Returns the calls between two marks that concern the folder of the case. */
  function between(from: string, to: string): readonly SystemCall[] {
    const at = (mark: string): number => {
      const found = calls.find(({ path }) => path === mark);
      if (found === undefined) throw new Error(`${mark} is not in the trace`);
      return found.seconds;
    };
    const [begin, end] = [at(from), at(to)];
    return calls.filter(
      ({ seconds, path, text }) =>
        seconds > begin && seconds < end && (path.startsWith(folder.path) || text.includes(folder.path)),
    );
  }

  test('explain makes no file-system call', () => {
    // Ignores calls of close, because the thread pool may close a file of an earlier handle.
    const calls = cases
      .flatMap((_, i) => between(`/explain-${i}`, `/begin-${i}`))
      .filter(({ name }) => name !== 'close');
    expect(calls).toEqual([]);
  });

  test('reads exactly the extents of the plan', () => {
    for (const [i, { name, reads }] of cases.entries()) {
      const seen: Record<string, [number, number][]> = {};
      for (const call of between(`/begin-${i}`, `/end-${i}`).filter((c) => reading.has(c.name))) {
        const file = call.path.slice(call.path.lastIndexOf('/') + 1);
        seen[file] ??= [];
        seen[file].push(extentOf(call));
      }
      for (const extents of Object.values(seen)) extents.sort(([a], [b]) => a - b);
      expect([name, seen]).toEqual([name, reads]);
    }
  });

  test('explain and stats report the extents, bytes, files and system calls of the read', () => {
    for (const [i, { name, reads }] of cases.entries()) {
      const { plan, stats } = accounts[i] as Account;
      // Ignores the opening of the tile directory, which a handle does once, in its first read.
      const all = between(`/begin-${i}`, `/end-${i}`).filter(
        ({ text, path }) => !text.includes('O_DIRECTORY') && (path !== cases[i]?.path || path.endsWith('.npy')),
      );
      const read = all.filter((call) => reading.has(call.name));
      const opened = all.filter((call) => call.name === 'openat');
      const bytes = read.reduce((sum, { returned }) => sum + returned, 0);
      expect([name, read.length, bytes]).toEqual([name, plan.extents, plan.bytesToRead]);
      expect([name, stats.extents, stats.bytesRead, stats.opens]).toEqual([name, read.length, bytes, opened.length]);
      expect([name, plan.files, plan.opens]).toEqual([name, Object.keys(reads).length, opened.length]);
      expect([name, plan.systemCalls]).toEqual([name, read.length + opened.length]);
      // Ignores calls of close, because the descriptor may stay cached.
      const counted = all.filter((call) => call.name !== 'close');
      expect([name, stats.systemCalls]).toEqual([name, counted.length]);
    }
  });

  test('uses one of the engines that explain names', async () => {
    for (const { name, path, selection } of cases) {
      await using array = await openArray(path);
      const plan = array.explain(selection);
      const { stats } = await array.read(selection);
      expect([name, plan.engine.split(' or ')]).toEqual([name, expect.arrayContaining([stats.engine])]);
      if (path.endsWith('tiles') || path.endsWith('small')) {
        expect([plan.engine, plan.engineReason]).toEqual([stats.engine, stats.engineReason]);
      }
    }
  });
});
