/**
 * Kills processes that change existing arrays, once before each system call that changes files. Checks that afterwards
 * each chunk file is complete, in an old or a new state, and that bytes outside the written ranges are unchanged. The
 * shape must be the old one, unless all elements of the new shape are written. The next writer must remove temporary
 * files, and be able to make the same changes.
 */
import * as fs from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { type CreateOptions, createArray, openArray, slice } from '../../lib/index.js';
import type { NativeFault } from '../../lib/native/binding.js';
import { Random, testSeed } from '../support/random.js';
import { TemporaryDirectory } from '../support/temporary.js';
import {
  type Box,
  bundleLibrary,
  type ChildWrite,
  countCalls,
  countCallsUntil,
  forEachOf,
  killAt,
  readTree,
  type Tree,
  tryKillAt,
} from './child-write.js';

const folder = new TemporaryDirectory();
const seed = testSeed();
const random = new Random(seed);
/** Number of kills per case with many threads. Long test runs set POSIX_PAR_KILLS. */
const kills = Number(process.env['POSIX_PAR_KILLS'] ?? 12);
let next = 0;

beforeAll(() => bundleLibrary(folder.at('library.mjs')));

interface Case {
  readonly name: string;
  readonly file: string;
  readonly options: CreateOptions;
  readonly writes: ChildWrite['writes'];
  readonly appends?: ChildWrite['appends'];
  /** Options with which the array is opened. */
  readonly opening?: object;
  /** Faults that shorten writes, so that a process may be killed between two parts of a write. */
  readonly torn?: readonly Partial<NativeFault>[];
}

const whole: Box = [[0, 4, 1], [0, 6, 1]]; // biome-ignore format: one line
const part: Box = [[1, 4, 2], [1, 5, 2]]; // biome-ignore format: one line
const writes = [
  { box: whole, first: 100 },
  { box: part, first: 200 },
];
const rows = [{ count: 12, first: 300, axis: 0 }];
const base = { shape: [4, 6], dtype: 'float32', threads: 1 } as const;
const zarr = { ...base, chunkShape: [3, 4] } as const;
const array = { array: 'g/a' };

const cases: readonly Case[] = [
  { name: 'writes into a npy file', file: 'a.npy', options: base, writes },
  { name: 'writes into a raw file', file: 'a.raw', options: { ...base, format: 'raw' }, writes },
  { name: 'writes into a Zarr v3 array', file: 'a.zarr', options: zarr, writes },
  { name: 'writes into a Zarr v2 array', file: 'a.zarr', options: { ...zarr, zarrFormat: 2 }, writes },
  {
    name: 'writes of fill values, which remove chunks',
    file: 'a.zarr',
    options: { ...zarr, chunkShape: [1, 1], fillValue: 100 },
    writes: [{ box: [[0, 1, 1], [0, 1, 1]], first: 100 }], // biome-ignore format: one line
  },
  { name: 'writes into shards', file: 'a.zarr', options: { ...zarr, chunkShape: [2, 2], shardShape: [4, 4] }, writes },
  { name: 'writes into tiles', file: 'tiles', options: { ...zarr, format: 'tiles', tilePath: 't{0:02}_{1}' }, writes },
  { name: 'appends to a npy file', file: 'a.npy', options: base, writes: [], appends: [...rows, ...rows] },
  { name: 'appends to a raw file', file: 'a.raw', options: { ...base, format: 'raw' }, writes: [], appends: rows },
  {
    name: 'appends to a Zarr v3 array in a group',
    file: 'a.zarr',
    options: { ...zarr, ...array },
    writes,
    appends: rows,
    opening: array,
  },
  {
    name: 'appends to a Zarr v2 array in a group, along the second dimension',
    file: 'a.zarr',
    options: { ...zarr, ...array, zarrFormat: 2 },
    writes: [],
    appends: [{ count: 8, first: 300, axis: 1 }],
    opening: array,
  },
  {
    name: 'appends to shards',
    file: 'a.zarr',
    options: { ...zarr, chunkShape: [2, 2], shardShape: [4, 4] },
    writes: [],
    appends: rows,
  },
  { name: 'appends to tiles', file: 'tiles', options: { ...zarr, format: 'tiles' }, writes: [], appends: rows },
];

// A row has more than 128 KiB, the minimum for direct writes.
const long = { ...base, shape: [3, 33_000] } as const;
const longWrites = [
  { box: [[0, 3, 1], [0, 33_000, 1]], first: 100 }, // biome-ignore format: one line
  { box: [[1, 3, 1], [0, 33_000, 1]], first: 200_000 }, // biome-ignore format: one line
] as const;
const writeEngine = 'direct';
const parts = (value: number) => [{ op: 'pwrite', action: 'shorten', value, times: 0 }] as const;

const directCases: readonly Case[] = [
  {
    name: 'a npy file, whose writes end at multiples of 4096 bytes',
    file: 'a.npy',
    options: long,
    writes: longWrites,
    opening: { writeEngine },
    torn: parts(1 << 16),
  },
  {
    name: 'a raw file, whose writes end inside a page',
    file: 'a.raw',
    options: { ...long, format: 'raw' },
    writes: longWrites,
    opening: { writeEngine },
    torn: parts(99_996), // A multiple of the element size, because the test compares whole elements.
  },
  {
    name: 'a npy file that grows',
    file: 'a.npy',
    options: long,
    writes: [],
    appends: [{ count: 2 * 33_000, first: 300, axis: 0 }],
    opening: { writeEngine },
  },
];

const inMemory = { writeBackBytes: 2 ** 20 };
const writeBackCases: readonly Case[] = [
  { name: 'Zarr v3', file: 'a.zarr', options: zarr, writes, appends: rows, opening: inMemory },
  {
    name: 'Zarr v2, with room for two chunks',
    file: 'a.zarr',
    options: { ...zarr, zarrFormat: 2 },
    writes,
    opening: { writeBackBytes: 2 * 3 * 4 * 4 },
  },
  {
    name: 'shards, with room for one shard',
    file: 'a.zarr',
    options: { ...zarr, chunkShape: [2, 2], shardShape: [4, 4] },
    writes,
    appends: rows,
    opening: { writeBackBytes: 4 * 4 * 4 },
  },
  { name: 'tiles', file: 'tiles', options: { ...zarr, format: 'tiles' }, writes, opening: inMemory },
];

/** Creates the array, filled with 7, in an empty directory. */
async function prepare({ file, options, writes, appends = [], opening = {} }: Case): Promise<ChildWrite> {
  next += 1;
  const directory = folder.at(`d${next}`);
  fs.mkdirSync(directory);
  const path = `${directory}/${file}`;
  await using out = await createArray(path, { ...options, durability: 'none' });
  await out.write(null, new Float32Array(out.shape.reduce((product, length) => product * length, 1)).fill(7));
  await out.close();
  return { action: 'change', path, options: { threads: options.threads, ...opening } as object, writes, appends };
}

const directoryOf = (path: string): string => path.slice(0, path.lastIndexOf('/'));

/** Returns all files of the case, also temporary ones. */
const filesOf = ({ path }: ChildWrite): Tree => readTree(directoryOf(path));

const isHidden = (name: string): boolean => /(^|\/)\.[^/]+\.(partial|writing)$/.test(name);

/** The files of an array and its elements, after some of the changes. */
interface State {
  readonly files: Tree;
  readonly values: Values;
}

/** Performs the changes in this process. Returns the states before and after each of them. */
async function statesOf(testCase: Case): Promise<readonly State[]> {
  const changes = testCase.writes.length + (testCase.appends?.length ?? 0);
  const states: State[] = [];
  const write = await prepare(testCase);
  for (let n = 0; n <= changes; n++) {
    if (n > 0) await change(write, n - 1, n);
    states.push({ files: filesOf(write), values: await valuesOf(write) });
  }
  for (const { files } of states) expect([...files.keys()].filter(isHidden)).toEqual([]);
  return states;
}

const isInMemory = ({ options }: ChildWrite): boolean => 'writeBackBytes' in options;

const nameOf = ({ options }: ChildWrite): { readonly array?: string } =>
  options.array === undefined ? {} : { array: options.array };

/** Performs the changes `from` to `to` in the same order as children/write.mjs: first writes, then appends. */
async function change(write: ChildWrite, from: number, to: number): Promise<void> {
  await using out = await openArray(write.path, { mode: 'r+', ...nameOf(write) });
  const { writes, appends = [] } = write;
  const counting = (length: number, first: number) => Float32Array.from({ length }, (_, i) => first + i);
  for (const { box, first } of writes.slice(from, to)) {
    const count = box.reduce((product, [start, stop, step]) => product * Math.ceil((stop - start) / step), 1);
    await out.write(
      box.map(([start, stop, step]) => slice(start, stop, step)),
      counting(count, first),
    );
  }
  for (const { count, first, axis } of appends.slice(
    Math.max(0, from - writes.length),
    Math.max(0, to - writes.length),
  )) {
    await out.append(counting(count, first), { axis });
  }
}

/**
 * Checks that each file has the content that it has in one of the states. If files are written in place, each byte may
 * be from a different state.
 */
function checkFiles(found: Tree, states: readonly Tree[], isInPlace: boolean, message: string): void {
  const names = new Set([...found.keys(), ...states.flatMap((state) => [...state.keys()])]);
  for (const name of names) {
    if (isHidden(name)) continue;
    const content = found.get(name);
    const isMixed = isInPlace && !name.endsWith('.json');
    const isRight = isMixed
      ? content !== undefined &&
        [...content].every((byte, i) => states.some((s) => s.get(name)?.[i] === byte || isNew(s.get(name), i, byte)))
      : states.some((state) => state.get(name) === content);
    if (!isRight) expect.fail(`${message}: ${name}`);
  }
}

/** True if byte `i` is beyond the end that the file has in a state (`content`), and was not written yet. */
const isNew = (content: string | undefined, i: number, byte: string): boolean =>
  content !== undefined && i >= content.length && byte === '\0';

/**
 * Checks that the array has the shape of one of the states, and that each element has the value that it has in some
 * state of this shape. Different elements may come from different states. With `writeBackBytes`, an append stores only
 * its own chunks, so elements that were written before it may be from a state before the append.
 */
async function checkElements(write: ChildWrite, values: readonly Values[], message: string): Promise<void> {
  const found = await valuesOf(write);
  const same = values.filter(({ shape }) => JSON.stringify(shape) === JSON.stringify(found.shape));
  expect(same.length, `${message}: shape ${found.shape}`).toBeGreaterThan(0);
  const possible = isInMemory(write) ? values : same;
  const wrong = found.data.findIndex((value, i) => possible.every(({ data }) => data[i] !== value));
  expect(wrong, message).toBe(-1);
}

interface Values {
  readonly shape: readonly number[];
  readonly data: readonly number[];
}

async function valuesOf(write: ChildWrite): Promise<Values> {
  await using opened = await openArray(write.path, nameOf(write));
  const { shape, data } = await opened.read();
  return { shape, data: [...(data as Float32Array)] };
}

/** Opens the array for writing. Checks that this removes temporary files, and that the changes can be made again. */
async function changeAgain(write: ChildWrite, values: readonly Values[], message: string): Promise<void> {
  const out = await openArray(write.path, { mode: 'r+', ...nameOf(write) });
  expect([...filesOf(write).keys()].filter(isHidden), message).toEqual([]);
  await checkElements(write, values, `${message}, opened again`);
  const { shape } = out;
  await out.close();
  // If an append was completed, does not make the changes again, because this would append the elements twice.
  if (JSON.stringify(shape) !== JSON.stringify(values[0]?.shape)) return;
  await change(write, 0, Number.POSITIVE_INFINITY);
  expect(await valuesOf(write), message).toEqual(values.at(-1));
  expect([...filesOf(write).keys()].filter(isHidden), message).toEqual([]);
}

/** Kills the process of a case before each call. */
async function killAtEachCall(testCase: Case): Promise<void> {
  const states = await statesOf(testCase);
  const files = states.map((state) => state.files);
  const values = states.map((state) => state.values);
  const calls = await countCalls(await prepare(testCase), testCase.torn);
  expect(calls).toBeGreaterThan(2);
  const isInPlace = ['a.npy', 'a.raw'].includes(testCase.file);
  await forEachOf(calls, async (call) => {
    const write = await prepare(testCase);
    // Threads that store chunks may create the same directories, so the number of calls varies.
    if (!isInMemory(write)) await killAt(write, call, testCase.torn);
    else if (!(await tryKillAt(write, call, testCase.torn))) return;
    const message = `call ${call} of ${calls}`;
    checkFiles(filesOf(write), files, isInPlace, message);
    await checkElements(write, values, message);
    await changeAgain(write, values, message);
  });
}

const limit = { timeout: 300_000 };

describe('a process that changes an array and is killed before any call', () => {
  test.each(cases)('$name', limit, killAtEachCall);
});

// Direct writes promise the same as other writes in place: each byte of the selection is old or new.
describe('a process that writes with O_DIRECT and is killed before any call', () => {
  test.each(directCases)('$name', limit, killAtEachCall);
});

// With `writeBackBytes`, each chunk file is complete: it has the content before or after one of the writes.
describe('a process with changed chunks in memory that is killed before any call', () => {
  test.each(writeBackCases)('$name', limit, killAtEachCall);

  test.each(writeBackCases.slice(0, 3))('keeps the writes before a flush: $name', limit, async (testCase) => {
    const [first, second] = writes;
    if (first === undefined || second === undefined) return;
    const flushed = { ...testCase, writes: [{ ...first, flushes: true }, second], appends: [] };
    const states = (await statesOf(flushed)).map((state) => state.values);
    const { flushes, total } = await countCallsUntil(await prepare(flushed));
    const [flush = 0] = flushes;
    expect(flush).toBeGreaterThan(2);
    expect(total).toBeGreaterThan(flush);
    await forEachOf(total, async (call) => {
      const write = await prepare(flushed);
      await killAt(write, call);
      const possible = call < flush ? states.slice(0, 2) : states.slice(1);
      await checkElements(write, possible, `call ${call} of ${total}, flushed after ${flush}`);
    });
  });
});

const large = { shape: [96, 100], dtype: 'float32', threads: 8 } as const;
const largeWrites: ChildWrite['writes'] = [
  { box: [[0, 96, 1], [0, 100, 1]], first: 100 }, // biome-ignore format: one line
  { box: [[3, 90, 2], [1, 99, 3]], first: 50_000 }, // biome-ignore format: one line
];
const largeAppends = [{ count: 9600, first: 100_000, axis: 0 }];
const largeCases: readonly Case[] = [
  {
    name: 'chunks',
    file: 'a.zarr',
    options: { ...large, chunkShape: [9, 10] },
    writes: largeWrites,
    appends: largeAppends,
  },
  {
    name: 'shards',
    file: 'a.zarr',
    options: { ...large, chunkShape: [9, 10], shardShape: [27, 50] },
    writes: largeWrites,
    appends: largeAppends,
  },
  { name: 'a npy file', file: 'a.npy', options: large, writes: largeWrites, appends: largeAppends },
];

describe('a process with many threads that changes an array and is killed before a random call', () => {
  const longer = { timeout: 60_000 + kills * 10_000 };
  test.each(largeCases)(`$name, seed ${seed}`, longer, async (testCase) => {
    const values = (await statesOf(testCase)).map((state) => state.values);
    const calls = await countCalls(await prepare(testCase));
    await forEachOf(kills, async () => {
      const call = random.below(calls);
      const write = await prepare(testCase);
      if (!(await tryKillAt(write, call))) return;
      const message = `call ${call} of ${calls}, seed ${seed}`;
      await checkElements(write, values, message);
      await changeAgain(write, values, message);
    });
  });
});
