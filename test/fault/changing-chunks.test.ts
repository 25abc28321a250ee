/**
 * Replaces or modifies the file of a chunk after a read has read a part of it. The data of the chunk must have one
 * version, or the read must fail.
 */
import * as fs from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, test } from 'vitest';
import { type AnySelection, openArray, type ReadOptions, slice } from '../../lib/index.js';
import { type Engine, readingEngines } from '../support/engines.js';
import { type Fault, untilHeld, whileHeld, withFaults } from '../support/faults.js';
import { dropIdleFiles, openDescriptors } from '../support/process-state.js';
import { TemporaryDirectory } from '../support/temporary.js';
import { arrayV2 } from '../support/zarr-store.js';

const folder = new TemporaryDirectory();
const [rows, columns] = [12, 1 << 17];
const half = [slice(0, rows), slice(0, columns, 2)] as const;
const apart: ReadOptions = { coalesce: { gapBytes: 1, maxBytes: columns } };
let stores = 0;

interface Store {
  readonly path: string;
  /** File of the first chunk. */
  readonly file: string;
}

function version(value: number): Uint8Array {
  return new Uint8Array(rows * columns).fill(value);
}

function tiles(): Store {
  const name = `tiles-${stores++}`;
  const manifest = { version: 1, shape: [rows, columns], tileShape: [rows, columns], dtype: 'uint8', fillValue: 0 };
  folder.write(`${name}/tiles.json`, JSON.stringify({ ...manifest, path: 't-{0}.bin' }));
  return { path: folder.at(name), file: folder.write(`${name}/t-0.bin`, version(1)) };
}

/** Creates references to `files` files, the first of which holds the chunk. */
function references(files: number): Store {
  const name = `references-${stores++}`;
  const refs: Record<string, unknown> = {
    '.zgroup': { zarr_format: 2 },
    'a/.zarray': arrayV2({ shape: [files * rows, columns], chunks: [rows, columns], dtype: '|u1' }),
  };
  const file = folder.write(`${name}/0.raw`, version(1));
  for (let i = 0; i < files; i++) {
    const path = folder.at(`${name}/${i}.raw`);
    if (i > 0) {
      fs.writeFileSync(path, '');
      fs.truncateSync(path, rows * columns);
    }
    refs[`a/${i}.0`] = [path, 0, rows * columns];
  }
  return { path: folder.write(`${name}/store.json`, JSON.stringify({ version: 1, refs })), file };
}

const layouts: readonly { readonly what: string; readonly make: () => Store; readonly array?: string }[] = [
  { what: 'a tile', make: tiles },
  { what: 'a few files by path', make: () => references(3), array: 'a' },
  { what: 'many files by path', make: () => references(140), array: 'a' },
];
const table = layouts.flatMap((layout) => readingEngines.map((engine) => ({ ...layout, engine })));

afterEach(async () => {
  await dropIdleFiles();
  expect(openDescriptors(folder.path)).toEqual([]);
});

/** Reads the first chunk in parts, and calls `change` while the fourth part waits. Returns the values of the rows. */
async function readWhile(
  { path, file }: Store,
  array: string | undefined,
  engine: Engine,
  change: () => void,
): Promise<number[]> {
  await using handle = await openArray(path, array === undefined ? {} : { array });
  const { data } = await whileHeld({ op: 'pread', skip: 3, path: file }, async (release) => {
    const reading = handle.read(half, { ...apart, engine });
    reading.catch(() => undefined);
    await untilHeld();
    change();
    release();
    return reading;
  });
  return rowValues(data as Uint8Array);
}

function rowValues(data: Uint8Array): number[] {
  const width = columns / 2;
  return Array.from({ length: rows }, (_, r) => {
    const row = data.subarray(r * width, (r + 1) * width);
    return row.every((value) => value === row[0]) ? (row[0] ?? -1) : -1;
  });
}

describe('a chunk that is read in parts', () => {
  test.for(table)('has the content of one file if it is replaced during the read: $what, $engine', async (one) => {
    const store = one.make();
    const other = `${store.file}.new`;
    fs.writeFileSync(other, version(2));
    const found = await readWhile(store, one.array, one.engine, () => fs.renameSync(other, store.file));
    // Normally the content of the old file. If the system lets a non-blocking read of the old file fail, the library
    // opens the file again, finds another one, and repeats the whole read.
    expect(new Set(found).size, String(found)).toBe(1);
    expect(found[0]).toBeOneOf([1, 2]);
  });

  test.for(table)('has one version or is an error if it is modified in place: $what, $engine', async (one) => {
    const store = one.make();
    // Sets an old time, because the clock of file times is coarse: a second write soon after the first has the same
    // time.
    fs.utimesSync(store.file, 1, 1);
    const change = (): void => fs.writeFileSync(store.file, version(2), { flag: 'r+' });
    try {
      const found = await readWhile(store, one.array, one.engine, change);
      expect(new Set(found).size, String(found)).toBe(1);
    } catch (error) {
      expect(error).toMatchObject({ _tag: 'ReadError', code: 'ECHANGED', path: store.file });
    }
  });

  test('is opened again and compared if a non-blocking read must be repeated', async () => {
    const store = tiles();
    await using handle = await openArray(store.path);
    const few: AnySelection = [null, slice(0, columns, 4096)];
    const options: ReadOptions = { coalesce: { gapBytes: 1 << 20, maxBytes: columns } };
    // The last part is not cached: the non-blocking read stops there and continues on another thread.
    const cold: Fault = { op: 'pread', action: 'cold', path: store.file, offset: 11 * columns, length: 1 };
    for (const read of [() => handle.read(few, options), async () => handle.readSync(few, options)]) {
      const { data, stats } = await withFaults([cold], read);
      expect(data).toEqual(new Uint8Array(data.length).fill(1));
      expect(stats.opens).toBe(2);
      expect(stats.extents).toBe(rows);
    }
  });

  test('keeps no file open while it waits, so any number of chunks may wait', async () => {
    const across = 200;
    const manifest = { version: 1, shape: [8, 2 * across * 64], tileShape: [8, 64], dtype: 'uint8', fillValue: 0 };
    folder.write('waiting/tiles.json', JSON.stringify({ ...manifest, path: 't-{1}.bin' }));
    for (let c = 0; c < 2 * across; c++) folder.write(`waiting/t-${c}.bin`, new Uint8Array(8 * 64).fill(c % 251));
    await using handle = await openArray(folder.at('waiting'), { threads: 1, coalesce: { gapBytes: 0 } });
    // Every second tile is uncached and slow, so that the others are not treated as uncached too.
    const odd = [1, 3, 5, 7, 9].flatMap((digit): Fault[] => [
      { op: 'pread', action: 'cold', path: `${digit}.bin`, times: 0 },
      { op: 'pread', action: 'delay', value: 5, path: `${digit}.bin`, times: 0 },
    ]);
    let most = 0;
    const { data } = await withFaults(odd, async () => {
      const reading = handle.read([null, slice(0, null, 4)]);
      let isOver = false;
      const end = (): void => {
        isOver = true;
      };
      reading.then(end, end);
      while (!isOver) {
        most = Math.max(most, openDescriptors(folder.path).length);
        await sleep(1);
      }
      return reading;
    });
    for (let c = 0; c < 2 * across; c++) expect(data[c * 16]).toBe(c % 251);
    expect(most).toBeLessThan(64);
  });
});
