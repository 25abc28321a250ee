/**
 * Reads boxes whose pages were accessed a moment ago. The JavaScript thread itself must gather them from a mapping,
 * with a single system call.
 */
import * as fs from 'node:fs';
import { afterEach, describe, expect, test } from 'vitest';
import { faultOps } from '../../lib/core/generated/names.js';
import { type ArrayHandle, openArray, ReadError, slice } from '../../lib/index.js';
import { binding } from '../../lib/native/binding.js';
import { failure } from '../support/faults.js';
import { npyHeaderBytes, writeNpy } from '../support/sample-arrays.js';
import { TemporaryDirectory } from '../support/temporary.js';

const folder = new TemporaryDirectory();
const [rows, columns] = [256, 1024];
/** Maximum number of reads until one is gathered on the JavaScript thread. The first reads run on the pool. */
const maxReads = 2000;
let files = 0;

function writeFile(): string {
  files += 1;
  return writeNpy(folder, `file-${files}.npy`, [rows, columns]);
}

interface Box {
  readonly row: number;
  readonly column: number;
  readonly rowStep: number;
  readonly columnStep: number;
  readonly size: number;
}

const someBox: Box = { row: 128, column: 5, rowStep: 8, columnStep: 1, size: 8 };

function selectionOf({ row, column, rowStep, columnStep, size }: Box) {
  return [slice(row, row + rowStep * size, rowStep), slice(column, column + columnStep * size, columnStep)];
}

function valuesOf({ row, column, rowStep, columnStep, size }: Box): number[] {
  return Array.from({ length: size * size }, (_, i) => {
    const r = row + Math.floor(i / size) * rowStep;
    return r * columns + column + (i % size) * columnStep;
  });
}

/** Reads a box until it is gathered on the JavaScript thread. Checks the values of every read. */
async function readUntilRecent(array: ArrayHandle, box: Box, prepare = (): void => {}): Promise<void> {
  const target = new Float32Array(box.size ** 2);
  for (let i = 0; i < maxReads; i++) {
    prepare();
    const selection = selectionOf(box);
    const result = i % 2 === 0 ? await array.read(selection) : await array.readInto(target, selection);
    expect([...result.data]).toEqual(valuesOf(box));
    if (result.stats.onCallingThread) return;
  }
  throw new Error(`None of ${maxReads} reads was gathered on the JavaScript thread`);
}

afterEach(() => {
  binding().set_faults([]);
});

describe('a box whose pages were accessed a moment ago', () => {
  test('has the right values for many boxes and steps', async () => {
    const seed = Math.floor(Math.random() * 2 ** 31);
    let state = seed;
    const random = (below: number): number => {
      state = (state * 1103515245 + 12345) & 0x7fffffff;
      return (state >> 8) % below;
    };
    await using array = await openArray(writeFile());
    for (let i = 0; i < 30; i++) {
      const size = 5 + random(8);
      const [rowStep, columnStep] = [2 + random(10), 1 + random(40)];
      const row = random(rows - rowStep * size);
      const column = random(columns - columnStep * size);
      const box = { row, column, rowStep, columnStep, size };
      await readUntilRecent(array, box).catch((error: unknown) => {
        throw new Error(`seed ${seed}, box ${JSON.stringify(box)}`, { cause: error });
      });
    }
  });

  test('makes no system call but the check of the descriptor', async () => {
    const path = writeFile();
    await using array = await openArray(path);
    // A delay of 0 ms only counts the calls.
    const count = faultOps.map((op) => ({ op, path, skip: 0, times: 0, action: 'delay', value: 0 }) as const);
    await readUntilRecent(array, someBox, () => binding().set_faults(count));
    const counts = binding().fault_counts();
    expect(faultOps.filter((_, i) => counts[i] !== 0)).toEqual(['statx']);
  });

  test.for([npyHeaderBytes + 4 * columns, 0])('is an error if the file is truncated to %i bytes', async (bytes) => {
    const path = writeFile();
    await using array = await openArray(path);
    await readUntilRecent(array, someBox);
    fs.truncateSync(path, bytes);
    for (let i = 0; i < 3; i++) {
      const error = await failure(() => array.read(selectionOf(someBox)));
      expect(error).toBeInstanceOf(ReadError);
      expect(error).toMatchObject({ path, code: expect.stringMatching(/^(EOF|ECHANGED)$/) });
    }
  });

  test('is an error if the file is modified', async () => {
    const path = writeFile();
    await using array = await openArray(path);
    await readUntilRecent(array, someBox);
    fs.utimesSync(path, 1, 1);
    expect(await failure(() => array.read(selectionOf(someBox)))).toMatchObject({ path, code: 'ECHANGED' });
  });
});
