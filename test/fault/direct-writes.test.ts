/**
 * Writes random boxes with direct I/O (which bypasses the page cache) and compares the array with a model, also if
 * system calls fail. If the storage of the temporary directory does not support O_DIRECT, the tests expect writes
 * through the page cache.
 */
import * as fs from 'node:fs';
import { describe, expect, test } from 'vitest';
import { allocate, createArray, openArray, readSubset, slice, WriteError } from '../../lib/index.js';
import { binding, isNativeError } from '../../lib/native/binding.js';
import { bytesOf, expectSameBytes } from '../support/bytes.js';
import { errno, type Fault, failure, withFaults } from '../support/faults.js';
import { Random, testSeed } from '../support/random.js';
import { TemporaryDirectory } from '../support/temporary.js';

const folder = new TemporaryDirectory();
const seed = testSeed();
let next = 0;

const facts = await binding().storage_facts(folder.write('probe', new Uint8Array(1)));
if (isNativeError(facts)) throw new Error(facts.message);
const isDirect = facts.directOpen === '' && facts.direct?.offsetBytes !== 0;
const engine = isDirect ? 'direct' : 'pwrite';
const reportsAlignment = isDirect && facts.direct !== null;

function newPath(extension = 'npy'): string {
  next += 1;
  return folder.at(`a${next}.${extension}`);
}

/** Returns random int16 elements. */
function randomElements(random: Random, count: number): Int16Array {
  const start = random.below(1 << 16);
  return Int16Array.from({ length: count }, (_, i) => (start + 31 * i) & 0xffff);
}

const shape = [40, 300, 64] as const;
const rowLength = shape[1] * shape[2];

/** Writes one random block of rows, and copies the same elements into `model`. */
async function writeRandomRows(
  random: Random,
  model: Float32Array,
  write: (rows: readonly [number, number], data: Int16Array) => Promise<unknown>,
): Promise<void> {
  // At least two rows, because shorter runs are not written directly.
  const first = random.below(shape[0] - 1);
  const count = 2 + random.below(shape[0] - first - 1);
  const data = randomElements(random, count * rowLength);
  await write([first, first + count], data);
  model.set(data, first * rowLength);
}

describe('a direct write', () => {
  test.each(['npy', 'raw'] as const)(`changes only its selection, %s, seed ${seed}`, async (format) => {
    const random = new Random(seed);
    const path = newPath(format);
    const model = new Float32Array(shape[0] * rowLength);
    {
      await using out = await createArray(path, { format, shape, dtype: 'float32', writeEngine: 'direct' });
      for (let i = 0; i < 8; i++) {
        await writeRandomRows(random, model, async ([start, stop], data) => {
          const selection = [slice(start, stop)];
          const explained = out.explainWrite(selection);
          const stats = await out.write(selection, data);
          const { engine: ran, engineReason } = stats;
          if (isDirect) expect([explained.engine, explained.engineReason]).toEqual([ran, engineReason]);
          expect(stats).toMatchObject({ engine, bytesWritten: 4 * data.length });
          expect(stats.bytesDirect).toBeGreaterThan(isDirect ? 4 * data.length - 2 * 4096 : -1);
          expect(stats.bytesDirect % 4096).toBe(0);
        });
        expectSameBytes(bytesOf((await out.read()).data), bytesOf(model));
      }
    }
    expectSameBytes(bytesOf((await readSubset(path)).data), bytesOf(model));
    {
      await using again = await openArray(path, { mode: 'r+', writeEngine: 'direct' });
      await writeRandomRows(random, model, async ([start, stop], data) => {
        expect(await again.write([slice(start, stop)], data)).toMatchObject({ engine });
      });
      // Neighbouring rows share blocks.
      const rows = Array.from({ length: shape[0] / 2 }, (_, row) => 2 * row);
      const data = rows.map(() => randomElements(random, 2 * rowLength));
      await Promise.all(rows.map((row) => again.write([slice(row, row + 2)], data[row / 2] as Int16Array)));
      for (const row of rows) model.set(data[row / 2] as Int16Array, row * rowLength);
    }
    expectSameBytes(bytesOf((await readSubset(path)).data), bytesOf(model));
  });

  test('is chosen for large durable writes, and not if the file grows', async () => {
    const data = new Uint8Array(9 << 20).map((_, i) => i % 251);
    const path = newPath();
    const chosen = reportsAlignment ? 'direct' : 'pwrite';
    {
      await using out = await createArray(path, { shape: [9, 1 << 20], dtype: 'uint8' });
      expect(out.explainWrite().engine).toBe(chosen);
      expect(out.explainWrite([0]).engine).toBe('pwrite');
      expect(await out.write(null, data)).toMatchObject({ engine: chosen });
      expect(await out.append(data)).toMatchObject({ engine: 'pwrite' });
      expect(await out.write([slice(9, 18)], data)).toMatchObject({ engine: chosen });
    }
    const { data: found } = await readSubset(path);
    expectSameBytes(bytesOf(found).subarray(0, data.length), data);
    expectSameBytes(bytesOf(found).subarray(data.length), data);
    await using none = await openArray(path, { mode: 'r+', durability: 'none' });
    expect(await none.write([slice(0, 9)], data)).toMatchObject({ engine: 'pwrite', bytesDirect: 0 });
    await none.close();
    await using cached = await openArray(path, { mode: 'r+', writeEngine: 'pwrite' });
    expect(await cached.write([slice(0, 9)], data)).toMatchObject({
      engine: 'pwrite',
      engineReason: 'requested by the caller',
    });
  });

  test.each(['npy', 'raw'] as const)('does not copy memory that is aligned to pages, %s', async (format) => {
    const path = newPath(format);
    const data = allocate('float32', 3 << 20);
    for (let i = 0; i < data.length; i++) data[i] = i;
    {
      await using out = await createArray(path, {
        format,
        shape: [3, 1 << 20],
        dtype: 'float32',
        writeEngine: 'direct',
      });
      const stats = await out.write(null, data);
      expect(stats).toMatchObject({ engine, bytesWritten: data.byteLength });
      if (isDirect) expect(stats).toMatchObject({ gatherMs: 0, bytesDirect: data.byteLength });
      // One element further, the memory is not aligned.
      const { gatherMs } = await out.write([slice(1, 3)], data.subarray(1, 1 + (2 << 20)));
      if (isDirect) expect(gatherMs).toBeGreaterThan(0);
      const model = Float32Array.from(data);
      model.set(data.subarray(1, 1 + (2 << 20)), 1 << 20);
      expectSameBytes(bytesOf((await out.read()).data), bytesOf(model));
    }
    const { data: found } = await readSubset<'float32'>(path, [0]);
    expectSameBytes(bytesOf(found), bytesOf(data.subarray(0, 1 << 20)));
  });

  test('is not chosen for a file with holes', async () => {
    const path = newPath('raw');
    fs.closeSync(fs.openSync(path, 'w'));
    fs.truncateSync(path, 16 << 20);
    await using out = await openArray(path, { mode: 'r+', format: 'raw', dtype: 'uint8', shape: [16 << 20] });
    expect(out.explainWrite()).toMatchObject({
      engine: 'pwrite',
      engineReason: reportsAlignment ? expect.stringMatching(/has holes/) : expect.any(String),
    });
  });
});

const large = [8, 1 << 16] as const;
const elements = new Float32Array(8 << 16).map((_, i) => i);

async function writeLarge(path: string): Promise<void> {
  await using out = await createArray(path, { shape: large, dtype: 'float32', writeEngine: 'direct' });
  await Promise.all(
    [0, 1, 2, 3].map((i) => out.write([slice(2 * i, 2 * i + 2)], elements.slice(i << 17, (i + 1) << 17))),
  );
}

describe('a system call that fails during a direct write', () => {
  test.each<[Fault['op'], keyof typeof errno, number]>([
    ['pwrite', 'ENOSPC', 1],
    ['pwrite', 'EDQUOT', 2],
    ['pwrite', 'EIO', 3],
    ['pwrite', 'EFBIG', 5],
    ['sync', 'EIO', 0],
  ])('%s with %s after %i calls leaves no file', async (op, code, skip) => {
    const path = newPath();
    const fault: Fault = { op, action: 'error', value: errno[code], times: 0, skip };
    const error = await withFaults([fault], () => failure(() => writeLarge(path)));
    expect(error).toBeInstanceOf(WriteError);
    expect(error).toMatchObject({ code });
    expect(fs.readdirSync(folder.path).filter((name) => name.includes(path.slice(folder.path.length + 1)))).toEqual([]);
  });

  test.each<Fault>([
    { op: 'pwrite', action: 'shorten', value: 4096, times: 0, skip: 1 },
    { op: 'pwrite', action: 'shorten', value: 1000, times: 0, skip: 1 },
    { op: 'pwrite', action: 'eintr', times: 5 },
    { op: 'reopen', action: 'error', value: errno.EMFILE, times: 0 },
    { op: 'statx', action: 'error', value: errno.EPERM, times: 0 },
  ])('has no effect on the result: $op, $action', async (fault) => {
    const path = newPath();
    await withFaults([fault], () => writeLarge(path));
    expectSameBytes(bytesOf((await readSubset(path)).data), bytesOf(elements));
  });

  test('makes the write go through the page cache if it is EINVAL', async () => {
    if (!isDirect) return;
    const path = newPath();
    await using out = await createArray(path, { shape: large, dtype: 'float32', writeEngine: 'direct', threads: 1 });
    const fault: Fault = { op: 'pwrite', action: 'error', value: 22, skip: 1 };
    const stats = await withFaults([fault], () => out.write(null, elements));
    expect(stats).toMatchObject({ engine: 'direct', bytesDirect: 1 << 20, bytesWritten: elements.byteLength });
    expect(stats.engineReason).toMatch(/refused \(EINVAL\)/);
    const first: Fault = { op: 'pwrite', action: 'error', value: 22 };
    const cached = await withFaults([first], () => out.write(null, elements));
    expect(cached).toMatchObject({ engine: 'pwrite', bytesDirect: 0, bytesWritten: elements.byteLength });
    expectSameBytes(bytesOf((await out.read()).data), bytesOf(elements));
  });
});

test('the option is checked', async () => {
  const wrong = { shape: [1], dtype: 'int8', writeEngine: 'mmap' as 'direct' } as const;
  expect(await failure(() => createArray(newPath(), wrong))).toMatchObject({
    name: 'TypeError',
    message: expect.stringMatching(/`options.writeEngine`/),
  });
});
