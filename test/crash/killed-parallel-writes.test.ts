/**
 * Kills processes that write from many threads, before a random system call. The seed is in the messages. Faults
 * shorten some calls of pwrite, so that a process may be killed between two parts of a write.
 */
import * as fs from 'node:fs';
import { beforeAll, expect, test } from 'vitest';
import { createArray } from '../../lib/index.js';
import { Random, testSeed } from '../support/random.js';
import { TemporaryDirectory } from '../support/temporary.js';
import {
  type Box,
  bundleLibrary,
  type ChildWrite,
  checkState,
  countCalls,
  forEachOf,
  killAt,
  stateOf,
  temporaryNames,
} from './child-write.js';

const seed = testSeed();
const random = new Random(seed);
const folder = new TemporaryDirectory();
/** Kills per case. A long run sets POSIX_PAR_KILLS. */
const kills = Number(process.env['POSIX_PAR_KILLS'] ?? 12);
const limit = { timeout: 60_000 + kills * 10_000 };
let next = 0;

beforeAll(() => bundleLibrary(folder.at('library.mjs')));

function emptyDirectory(): string {
  next += 1;
  fs.mkdirSync(folder.at(`d${next}`));
  return folder.at(`d${next}`);
}

const store = { shape: [96, 100], dtype: 'float32', chunkShape: [9, 10], threads: 8, array: 'g/a' } as const;
const storeWrites: ChildWrite['writes'] = [
  { box: [[0, 96, 1], [0, 100, 1]], first: 1 }, // biome-ignore format: one line
  { box: [[3, 90, 2], [1, 99, 3]], first: 50_000 }, // biome-ignore format: one line
];

test(`a Zarr store that replaces another, seed ${seed}`, limit, async () => {
  const prepare = async (): Promise<ChildWrite> => {
    const path = `${emptyDirectory()}/a.zarr`;
    await using old = await createArray(path, { ...store, dtype: 'int16', array: '', durability: 'none' });
    await old.write(null, new Int16Array(9600).fill(7));
    await old.close();
    return { action: 'create', path, options: { ...store, overwrite: true }, writes: storeWrites };
  };
  const complete = await prepare();
  const before = stateOf(complete.path);
  const calls = await countCalls(complete);
  const after = stateOf(complete.path);
  expect(calls).toBeGreaterThan(1000);
  await forEachOf(kills, async () => {
    const call = random.below(calls);
    const write = await prepare();
    await killAt(write, call);
    const message = `call ${call} of ${calls}, seed ${seed}`;
    checkState(write.path, before, after, message);
    await using out = await createArray(write.path, { ...store, overwrite: true });
    await out.discard();
    expect(temporaryNames(write.path.slice(0, -'/a.zarr'.length), 'a.zarr'), message).toEqual([]);
    checkState(write.path, before, after, message);
  });
});

const rows = 1024;
const columns = 300;
const boxes: readonly Box[] = [
  [[0, rows, 1], [10, 200, 1]], // biome-ignore format: one line
  [[5, 900, 3], [100, 290, 7]], // biome-ignore format: one line
];

/** Returns one array per write: the values that it writes, and 0 elsewhere. Each element has one of its values or 0. */
function possibleValues(writes: ChildWrite['writes']): readonly Float32Array[] {
  const values = writes.map(() => new Float32Array(rows * columns));
  for (const [w, { box, first }] of writes.entries()) {
    let value = first;
    const [[top, bottom, down] = [0, 0, 1], [left, right, across] = [0, 0, 1]] = box;
    for (let i = top; i < bottom; i += down) {
      for (let j = left; j < right; j += across)
        (values[w] ?? values[0])?.fill(value++, i * columns + j, i * columns + j + 1);
    }
  }
  return values;
}

test(`a file that is written in place changes only in the selections, seed ${seed}`, limit, async () => {
  const writes = boxes.map((box, i) => ({ box, first: 1 + i * 250_000 }));
  const options = { shape: [rows, columns], dtype: 'float32', threads: 8 } as const;
  const prepare = (): ChildWrite => ({ action: 'create', path: `${emptyDirectory()}/a.npy`, options, writes });
  const torn = { op: 'pwrite', action: 'shorten', value: 111, times: 0 } as const;
  const calls = await countCalls(prepare(), [torn]);
  const values = possibleValues(writes).map((elements) => new Uint8Array(elements.buffer));
  await forEachOf(kills, async () => {
    const call = random.below(calls);
    const write = prepare();
    await killAt(write, call, [torn]);
    const directory = write.path.slice(0, -'/a.npy'.length);
    const message = `call ${call} of ${calls}, seed ${seed}`;
    const names = temporaryNames(directory, 'a.npy');
    expect(fs.existsSync(write.path), message).toBe(names.length === 0 && call > 0);
    const bytes = names.length === 0 ? new Uint8Array(128) : fs.readFileSync(`${directory}/${names[0]}`).subarray(128);
    const wrong = bytes.findIndex((byte, i) => byte !== 0 && values.every((value) => value[i] !== byte));
    expect(wrong, message).toBe(-1);
  });
});
