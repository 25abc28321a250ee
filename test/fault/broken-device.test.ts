/**
 * Reads from a loop device, which the kernel treats as a real disk. A part of its storage is lost. With every engine,
 * intact data must be right, reads of lost data must fail with EIO, and no file may stay open.
 */
import * as fs from 'node:fs';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { openArray, ReadError, slice } from '../../lib/index.js';
import { BrokenDevice } from '../support/broken-device.js';
import { expectSameBytes } from '../support/bytes.js';
import { engines } from '../support/engines.js';
import { failure } from '../support/faults.js';
import { dropIdleFiles, openDescriptors } from '../support/process-state.js';
import { counting } from '../support/sample-arrays.js';
import { TemporaryDirectory } from '../support/temporary.js';

const folder = new TemporaryDirectory();
const device = new BrokenDevice(folder.path);
const rows = 1024;
const rowElements = 4096;
const rowBytes = 4 * rowElements;
/**
 * Number of rows before the lost part. Their total size is a multiple of the largest folio, because the kernel reads
 * either a complete folio or none of it.
 */
const goodRows = 512;
const content = counting(rows * rowElements);

const { broken, problem } = ((): { broken: string | null; problem: string } => {
  try {
    return { broken: device.hold(new Uint8Array(content.buffer), goodRows * rowBytes), problem: '' };
  } catch (error) {
    device.end();
    return { broken: null, problem: `SKIP: no device can be broken here: ${error}` };
  }
})();

afterAll(() => device.end());

describe.skipIf(broken === null)(`a device that fails ${problem}`, () => {
  const path = broken ?? '';
  const raw = { format: 'raw', dtype: 'float32', shape: [rows, rowElements] } as const;

  afterEach(async () => {
    await dropIdleFiles();
    expect(openDescriptors(path)).toEqual([]);
  });

  test.for(engines)('%s: intact data is read, and lost data is an error', async (engine) => {
    await using array = await openArray<'float32'>(path, { ...raw, engine });
    const { data } = await array.read([slice(0, goodRows), null]);
    expectSameBytes(data, content.subarray(0, goodRows * rowElements));
    for (const selection of [
      [slice(0, rows), null],
      [slice(goodRows + 100, goodRows + 110), null],
      [slice(0, rows, 3), slice(0, 16)],
      [rows - 1, slice(5, 6)],
    ]) {
      const error = await failure(() => array.read(selection));
      expect(error).toBeInstanceOf(ReadError);
      expect(error).toMatchObject({ code: 'EIO', path });
      if (error instanceof ReadError) {
        // The reported range (the extent, or the page of a mapping) must overlap the lost part.
        expect(Number(error.offset) + Number(error.length)).toBeGreaterThan(goodRows * rowBytes);
        expect(Number(error.length)).toBeLessThanOrEqual(1 << 20);
      }
      expect(await failure(() => array.readSync(selection))).toMatchObject({ code: 'EIO', path });
    }
    // The handle remains usable.
    expect((await array.read([0, slice(0, 4)])).data).toEqual(content.subarray(0, 4));
  });

  test('the error names the requested extent', async () => {
    await using array = await openArray(path, {
      ...raw,
      engine: 'pread',
      coalesce: { gapBytes: 0, maxBytes: rowBytes },
    });
    const error = await failure(() => array.read([slice(0, rows), slice(0, 1024)]));
    expect(error).toMatchObject({ code: 'EIO', offset: goodRows * rowBytes, length: 4096 });
  });

  test('Node itself reports the same error', () => {
    expect(() => fs.readFileSync(path)).toThrow(/EIO/);
  });
});
