/**
 * Reads arrays while they are written. Other handles and programs see each chunk in its old or new state. Reads of the
 * writing handle see all writes that were called before them. The random choices depend on the seed in the test names.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { dtypeInfo, viewOver } from '../../lib/core/dtype.js';
import { type CreateOptions, createArray, openArray, slice } from '../../lib/index.js';
import { bytesOf, expectSameBytes } from '../support/bytes.js';
import { pythonInterpreter, pythonMissing } from '../support/python.js';
import { Random, testSeed } from '../support/random.js';
import { TemporaryDirectory } from '../support/temporary.js';
import { ArrayModel, randomWrite } from '../support/write-model.js';

const seed = testSeed();
const random = new Random(seed);
const folder = new TemporaryDirectory();
/** Number of versions that are written while the readers run. Long test runs set POSIX_PAR_REWRITES. */
const rewrites = Number(process.env['POSIX_PAR_REWRITES'] ?? 1000);

/**
 * Length of each dimension of the array, and of its chunks, in the tests in which other handles and programs read the
 * array.
 */
const [length, chunkLength] = [48, 12];
const grid = length / chunkLength;

/** Checks that the elements of each chunk are equal, and not smaller than in `before`, which is updated. */
function checkChunks(data: Int32Array, before: Int32Array): void {
  for (let chunk = 0; chunk < grid * grid; chunk++) {
    const first = Math.floor(chunk / grid) * chunkLength * length + (chunk % grid) * chunkLength;
    const value = data[first] ?? 0;
    if (value < (before[chunk] ?? 0)) expect.fail(`chunk ${chunk} has ${value} after ${before[chunk]}`);
    for (let row = 0; row < chunkLength; row++) {
      const start = first + row * length;
      const other = data.subarray(start, start + chunkLength).find((element) => element !== value);
      if (other !== undefined) expect.fail(`chunk ${chunk} has ${value} and ${other}`);
    }
    before[chunk] = value;
  }
}

/** Starts zarr-python, and waits until it has read the array once. */
async function startPython(path: string): Promise<{ end(): Promise<number> }> {
  const script = fileURLToPath(new URL('read_chunks.py', import.meta.url));
  const child: ChildProcess = spawn(pythonInterpreter, [script, path], { stdio: ['pipe', 'pipe', 'inherit'] });
  let text = '';
  child.stdout?.setEncoding('utf8').on('data', (more: string) => {
    text += more;
  });
  const closed = once(child, 'close');
  await Promise.race([once(child.stdout ?? child, 'data'), closed]);
  return {
    end: async () => {
      child.stdin?.end();
      const [code] = (await closed) as [number];
      expect(code).toBe(0);
      return Number(text.trim().split('\n').at(-1));
    },
  };
}

const limit = { timeout: 300_000 };

test.each([
  ['chunk files', {}],
  ['compressed chunk files', { codecs: [{ name: 'zstd' as const }] }],
] as const)(`readers find old or new chunks during rewrites of %s, seed ${seed}`, limit, async (name, more) => {
  const path = folder.at(`${name}.zarr`);
  const options = { shape: [length, length], dtype: 'int32', chunkShape: [chunkLength, chunkLength] } as const;
  await (await createArray(path, { ...options, codecs: [], ...more, durability: 'none' })).close();
  const python = pythonMissing === null ? await startPython(path) : null;
  await using out = await openArray(path, { mode: 'r+', durability: 'none' });
  await using reader = await openArray(path);
  const before = new Int32Array(grid * grid);
  let isWriting = true;
  let reads = 0;
  const reading = (async (): Promise<void> => {
    while (isWriting) {
      checkChunks((await reader.read()).data as Int32Array, before);
      reads += 1;
    }
  })();
  const write = async (version: number): Promise<void> => {
    const [i, j] = [random.below(grid) * chunkLength, random.below(grid) * chunkLength];
    const rows = random.below(2) === 0 ? slice(i, i + chunkLength) : slice(0, length);
    const count = rows.start === i && rows.stop === i + chunkLength ? chunkLength : length;
    await out.write([rows, slice(j, j + chunkLength)], new Int32Array(count * chunkLength).fill(version));
  };
  for (let version = 1; version <= rewrites; version += 4) {
    await Promise.all([0, 1, 2, 3].map((n) => write(version + n)));
  }
  isWriting = false;
  await reading;
  expect(reads).toBeGreaterThan(0);
  if (python !== null) expect(await python.end()).toBeGreaterThan(0);
});

const shape = [13, 9, 6];
const interleaved: readonly [name: string, options: Partial<CreateOptions>][] = [
  ['npy', { format: 'npy' }],
  ['raw', { format: 'raw', order: 'F', byteOrder: 'big' }],
  ['chunks', { format: 'zarr', chunkShape: [4, 5, 6] }],
  ['shards', { format: 'zarr', chunkShape: [2, 3, 3], shardShape: [4, 6, 6] }],
];

describe(`reads and writes of one handle in any order, seed ${seed}`, () => {
  test.each(interleaved)('equal a model: %s', limit, async (name, options) => {
    const path = folder.at(`interleaved-${name}`);
    await (await createArray(path, { ...options, shape, dtype: 'uint16', durability: 'none' })).close();
    await using out = await openArray(path, { mode: 'r+', durability: 'none' });
    const model = new ArrayModel(shape, 'uint16');
    const rowBytes = model.bytes.length / (shape[0] ?? 1);
    const pending: Promise<void>[] = [];
    let checked = 0;
    for (let i = 0; i < 300; i++) {
      if (random.below(3) > 0) {
        const write = randomWrite(random, shape, 'uint16');
        model.apply(write);
        const elements = viewOver(dtypeInfo('uint16'), write.bytes.slice().buffer, write.bytes.length / 2);
        pending.push(out.write(write.entries, elements).then(() => {}));
      } else {
        const start = random.below(shape[0] ?? 1);
        const stop = start + 1 + random.below((shape[0] ?? 1) - start);
        const expected = model.bytes.slice(start * rowBytes, stop * rowBytes);
        const read = out.read([slice(start, stop)]);
        pending.push(
          read.then(({ data }) => {
            expectSameBytes(bytesOf(data), expected, `step ${i}, seed ${seed}`);
            checked += 1;
          }),
        );
      }
      if (random.below(20) === 0) await Promise.all(pending.splice(0));
    }
    await Promise.all(pending);
    expect(checked).toBeGreaterThan(50);
  });
});
