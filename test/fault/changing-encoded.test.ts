/**
 * Modifies encoded chunks while they are read. If a chunk cannot be decoded, the error must report that its file has
 * changed.
 */
import * as fs from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type ArrayHandle, openArray, slice } from '../../lib/index.js';
import { engines, readingEngines } from '../support/engines.js';
import { failure, untilHeld, whileHeld } from '../support/faults.js';
import { dropIdleFiles, openDescriptors } from '../support/process-state.js';
import { pythonMissing, runPython } from '../support/python.js';
import { writeZarr } from '../support/sample-arrays.js';
import { TemporaryDirectory } from '../support/temporary.js';
import { arrayV2 } from '../support/zarr-store.js';

const folder = new TemporaryDirectory();
const [elements, chunk] = [4000, 400];
const lastChunk = 9;
/** Maximum interval at which the kernel advances the clock of file times. */
const fileTickMs = 20;
let stores = 0;

afterEach(async () => {
  await dropIdleFiles();
  expect(openDescriptors(folder.path)).toEqual([]);
});

function zarr(): string {
  return writeZarr(folder, `zarr-${stores++}`, elements, chunk);
}

/**
 * Creates an array of references to `files` files, each with the first chunk of zarr(). Returns the path of the store
 * and of the first file.
 */
function references(files: number): { readonly store: string; readonly file: string } {
  const source = zarr();
  const name = `references-${stores++}`;
  const bytes = fs.readFileSync(`${source}/0`);
  const refs: Record<string, unknown> = {
    '.zgroup': { zarr_format: 2 },
    'a/.zarray': arrayV2({ shape: [files * chunk], chunks: [chunk], dtype: '<f4', compressor: { id: 'gzip' } }),
  };
  for (let i = 0; i < files; i++) refs[`a/${i}`] = [folder.write(`${name}/${i}`, bytes), 0, bytes.length];
  return {
    store: folder.write(`${name}/store.json`, JSON.stringify({ version: 1, refs })),
    file: folder.at(`${name}/0`),
  };
}

/** Replaces the content of `file` by bytes that are not a gzip stream. */
function spoil(file: string): void {
  fs.writeFileSync(file, new Uint8Array(fs.statSync(file).size).fill(0xa5), { flag: 'r+' });
}

/** Starts a read, calls `change` while calls for the file `held` wait, and returns the error of the read. */
async function failureWhile(
  array: ArrayHandle,
  held: string,
  change: () => void,
  op: 'pread' | 'open' = 'pread',
): Promise<Error> {
  return whileHeld({ op, path: held }, async (release) => {
    const reading = failure(() => array.read());
    await untilHeld();
    await sleep(fileTickMs);
    change();
    release();
    return reading;
  });
}

describe('a chunk that cannot be decoded', () => {
  test.for(readingEngines)(
    'is reported as changed if it was overwritten in place during the read: %s',
    async (engine) => {
      const path = zarr();
      await using array = await openArray(path, { engine });
      const file = `${path}/0`;
      const error = await failureWhile(array, file, () => spoil(file));
      expect(error).toMatchObject({ _tag: 'ReadError', code: 'ECHANGED', path: file });
      expect(error.message).toContain('modified during the read');
      expect(await failure(() => array.read())).toMatchObject({ _tag: 'CodecError', path: file });
    },
  );

  test('is reported as changed if another process was still creating it', async () => {
    const path = zarr();
    const last = `${path}/${lastChunk}`;
    const whole = fs.readFileSync(last);
    fs.rmSync(last);
    await using array = await openArray(path);
    const half = whole.subarray(0, whole.length / 2);
    const error = await failureWhile(array, last, () => fs.writeFileSync(last, half), 'open');
    expect(error).toMatchObject({ _tag: 'ReadError', code: 'ECHANGED', path: last });
    fs.writeFileSync(last, whole);
    const { data } = await array.read([slice(elements - 1, null)]);
    expect(data[0]).toBe(elements - 1);
  });

  test('is absent if its file was removed during the read', async () => {
    const path = zarr();
    const file = `${path}/0`;
    spoil(file);
    await using array = await openArray(path, { engine: 'pread' });
    const { data, stats } = await whileHeld({ op: 'pread', path: file }, async (release) => {
      const reading = array.read();
      reading.catch(() => undefined);
      while (openDescriptors(file).length === 0) await sleep(1);
      fs.rmSync(file);
      release();
      return reading;
    });
    expect(stats.chunksAbsent).toBe(1);
    expect([...data.slice(chunk - 1, chunk + 1)]).toEqual([0, chunk]);
  });

  test.for([3, 140])(
    'is reported as changed if it was overwritten in place, in one of %i files by path',
    async (files) => {
      const { store, file } = references(files);
      await using array = await openArray(store, { array: 'a' });
      const error = await failureWhile(array, file, () => spoil(file));
      expect(error).toMatchObject({ _tag: 'ReadError', code: 'ECHANGED', path: file });
    },
  );

  test('is reported as damaged if no process wrote it during the read, whatever its time', async () => {
    const path = zarr();
    const file = `${path}/3`;
    spoil(file);
    await using array = await openArray(path);
    for (const time of [null, 1, Date.now() / 1000 + 3600]) {
      if (time !== null) fs.utimesSync(file, time, time);
      expect(await failure(() => array.read())).toMatchObject({ _tag: 'CodecError', path: file });
      expect(await failure(() => array.readSync())).toMatchObject({ _tag: 'CodecError', path: file });
    }
  });
});

describe.skipIf(pythonMissing !== null)(`a chunk of an open file that cannot be decoded ${pythonMissing ?? ''}`, () => {
  const template = folder.at('template.h5');
  beforeAll(() => {
    runPython('test/fault/write_hdf5.py', template, '5000', '600');
  });
  const ways: readonly { readonly how: string; read(array: ArrayHandle): unknown }[] = [
    { how: 'blocking', read: (array) => array.readSync() },
    { how: 'not blocking', read: (array) => array.read() },
    { how: 'on the calling thread', read: (array) => array.read([slice(4990, null)]) },
  ];
  test.for(ways.flatMap((way) => engines.map((engine) => ({ ...way, engine }))))(
    'is reported as changed if it was overwritten after the file was opened: $how, $engine',
    async ({ read, engine }) => {
      const path = folder.at(`chunks-${stores++}.h5`);
      fs.copyFileSync(template, path);
      fs.utimesSync(path, 1, 1);
      await using array = await openArray(path, { engine });
      await read(array);
      const end = fs.statSync(path).size;
      const begin = Math.floor(end / 2);
      const descriptor = fs.openSync(path, 'r+');
      fs.writeSync(descriptor, new Uint8Array(end - begin).fill(0xa5), 0, end - begin, begin);
      fs.closeSync(descriptor);
      expect(await failure(() => read(array))).toMatchObject({ _tag: 'ReadError', code: 'ECHANGED', path });
    },
  );
});
