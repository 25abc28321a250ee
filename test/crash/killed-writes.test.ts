/**
 * Kills processes that write, once before each system call that changes files. The target must then be complete, in the
 * old or the new state, or absent; and the next writer must remove the temporary files.
 */
import * as fs from 'node:fs';
import { basename } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { createArray, openArray } from '../../lib/index.js';
import { TemporaryDirectory } from '../support/temporary.js';
import {
  type Box,
  bundleLibrary,
  type ChildWrite,
  checkState,
  countCalls,
  forEachOf,
  killAt,
  type State,
  stateOf,
  temporaryNames,
} from './child-write.js';

const folder = new TemporaryDirectory();
let next = 0;

beforeAll(() => bundleLibrary(folder.at('library.mjs')));

const shape = [4, 6];
const all: Box = [
  [0, 4, 1],
  [0, 6, 1],
];
const part: Box = [
  [1, 4, 2],
  [1, 5, 2],
];
const writes = [
  { box: all, first: 1 },
  { box: part, first: 100 },
];
const common = { shape, dtype: 'float32', threads: 1 } as const;
const zarr = { ...common, chunkShape: [2, 6] } as const;

interface Case {
  readonly name: string;
  readonly file: string;
  readonly write: Omit<ChildWrite, 'path'>;
  /** Options of the array that the write replaces. */
  readonly old?: ChildWrite['options'];
  /** Name of the array that the write copies; it has the options `old`. */
  readonly source?: string;
}

const overwrite = true;
const cases: readonly Case[] = [
  { name: 'a new npy file', file: 'a.npy', write: { action: 'create', options: common, writes } },
  {
    name: 'a npy file that replaces another',
    file: 'a.npy',
    write: { action: 'create', options: { ...common, overwrite }, writes },
    old: { shape: [3], dtype: 'int8' },
  },
  {
    name: 'a new raw file',
    file: 'a.raw',
    write: { action: 'create', options: { ...common, format: 'raw' }, writes },
  },
  {
    name: 'a raw file that replaces one of another type',
    file: 'a.raw',
    write: { action: 'create', options: { ...common, format: 'raw', overwrite }, writes },
    old: { shape, dtype: 'int32', format: 'raw' },
  },
  {
    name: 'a raw file that replaces one of the same type',
    file: 'a.raw',
    write: { action: 'create', options: { ...common, format: 'raw', overwrite }, writes },
    old: { shape, dtype: 'float32', format: 'raw' },
  },
  {
    name: 'a new Zarr v3 store',
    file: 'a.zarr',
    write: { action: 'create', options: { ...zarr, array: 'g/a' }, writes },
  },
  {
    name: 'a Zarr v2 store that replaces one of v3',
    file: 'a.zarr',
    write: { action: 'create', options: { ...zarr, zarrFormat: 2, overwrite }, writes },
    old: { shape, dtype: 'int32', chunkShape: [2, 3], format: 'zarr' },
  },
  {
    name: 'a new tile directory',
    file: 'a.tiles',
    write: { action: 'create', options: { ...zarr, format: 'tiles' }, writes },
  },
  {
    name: 'a tile directory that replaces another',
    file: 'a.tiles',
    write: { action: 'create', options: { ...zarr, format: 'tiles', edgeTiles: 'clipped', overwrite }, writes },
    old: { shape, dtype: 'int32', chunkShape: [2, 3], format: 'tiles' },
  },
  {
    name: 'a copy of a npy file to Zarr',
    file: 'a.zarr',
    write: { action: 'convert', options: { chunkShape: [4, 3], threads: 1 }, writes: [] },
    source: 'source.npy',
  },
  {
    name: 'a copy of a Zarr store to npy',
    file: 'a.npy',
    write: { action: 'convert', options: { threads: 1, overwrite }, writes: [] },
    source: 'source.zarr',
    old: { shape: [3], dtype: 'int8' },
  },
  {
    name: 'a Zarr store that is discarded',
    file: 'a.zarr',
    write: { action: 'discard', options: { ...zarr, overwrite }, writes },
    old: { shape, dtype: 'int32', chunkShape: [2, 3], format: 'zarr' },
  },
  {
    name: 'a npy file that is discarded',
    file: 'a.npy',
    write: { action: 'discard', options: common, writes },
  },
];

/** Fills an array with 7. */
async function fill(path: string, options: ChildWrite['options']): Promise<void> {
  await using out = await createArray(path, { ...common, ...options });
  await out.write(null, new Float32Array(out.shape.reduce((product, length) => product * length, 1)).fill(7));
}

/** Creates a directory with the files that exist before the write. */
async function prepare({ file, write, old, source }: Case): Promise<ChildWrite> {
  next += 1;
  const directory = folder.at(`d${next}`);
  fs.mkdirSync(directory);
  if (old !== undefined) await fill(`${directory}/${file}`, old);
  if (source === undefined) return { ...write, path: `${directory}/${file}` };
  const from = `${folder.path}/${source}`;
  if (!fs.existsSync(from)) await fill(from, {});
  return { ...write, path: `${directory}/${file}`, source: from };
}

/** Writes the target again in this process. Checks that only the complete target is there. */
async function writeAgain(write: ChildWrite, after: State, message: string): Promise<void> {
  const { path, options } = write;
  const directory = path.slice(0, -basename(path).length - 1);
  const isAbsent = !fs.existsSync(path);
  if (write.action === 'create') {
    await using out = await createArray(path, { ...common, ...options, overwrite: options.overwrite ?? !isAbsent });
    await out.write(
      null,
      Float32Array.from({ length: 24 }, (_, i) => 1 + i),
    );
    await out.write([[1, 3], [1, 3]], Float32Array.of(100, 101, 102, 103)); // biome-ignore format: one line
    await out.close();
    expect(stateOf(path), message).toEqual(after);
  } else {
    await using out = await createArray(path, { ...common, overwrite: true });
    await out.discard();
  }
  expect(temporaryNames(directory, basename(path)), message).toEqual([]);
}

async function complete(testCase: Case): Promise<{ calls: number; before: State; after: State }> {
  const write = await prepare(testCase);
  const before = stateOf(write.path);
  const calls = await countCalls(write);
  expect(calls).toBeGreaterThan(3);
  const after = stateOf(write.path);
  if (write.action === 'discard') {
    expect(after).toEqual(before);
  } else {
    const { array } = write.options;
    const read = await openArray(write.path, array === undefined ? {} : { array });
    expect(read.shape).toEqual(shape);
    await read.close();
  }
  return { calls, before, after };
}

describe('a process that is killed before any call', () => {
  test.each(cases)('$name', { timeout: 300_000 }, async (testCase) => {
    const { calls, before, after } = await complete(testCase);
    await forEachOf(calls, async (call) => {
      const write = await prepare(testCase);
      await killAt(write, call);
      const message = `call ${call} of ${calls}`;
      temporaryNames(write.path.slice(0, -testCase.file.length - 1), testCase.file);
      checkState(write.path, before, after, message);
      await writeAgain(write, after, message);
    });
  });
});
