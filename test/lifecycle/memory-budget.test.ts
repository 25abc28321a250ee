/**
 * Tests `configure({ memoryBudgetBytes })`: reads and writes wait for working memory, never use more than the budget,
 * and fail with an error of their own if one chunk needs more. The budget belongs to the process, so these tests are in
 * a file of their own.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import {
  type ArrayHandle,
  type CreateOptions,
  concat,
  configure,
  createArray,
  createChunkCache,
  type Engine,
  MemoryLimitError,
  memoryUsage,
  openArray,
  slice,
  WriteError,
} from '../../lib/index.js';
import { errno, failure, untilHeld, whileHeld, withFaults } from '../support/faults.js';
import { Random, testSeed } from '../support/random.js';
import { writeNpy } from '../support/sample-arrays.js';
import { TemporaryDirectory } from '../support/temporary.js';

const MiB = 2 ** 20;
/** Small reads that the JavaScript thread executes itself may use this much in addition to the budget. */
const smallReadBytes = 128 * 2 ** 10;
const folder = new TemporaryDirectory();
const seed = testSeed();
/** 16 MiB; chunks of 1 MiB. */
const shape = [2048, 2048] as const;
const layouts: Readonly<Record<string, Partial<CreateOptions>>> = {
  zstd: { chunkShape: [512, 512] },
  'blosc and crc32c': { chunkShape: [512, 512], codecs: [{ name: 'blosc' }, { name: 'crc32c' }] },
  uncompressed: { chunkShape: [512, 512], codecs: [] },
  shards: { chunkShape: [128, 128], shardShape: [512, 512] },
};
const paths = new Map<string, string>();
let data = new Int32Array();

/** Waits until `condition` holds. The time limit of the test ends a wait that never ends. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await sleep(1);
}

const working = () => memoryUsage().working;
/** The budget of a process that has not changed it. */
const initialBudget = working().budgetBytes;

/** Sets the budget, and waits until idle threads have freed the memory that they kept for reads without a budget. */
async function configureEmpty(memoryBudgetBytes: number): Promise<void> {
  configure({ memoryBudgetBytes });
  await until(() => working().bufferBytes === 0);
  configure({ memoryBudgetBytes });
}

/** Reads a random box and checks its elements. */
async function readBox(array: ArrayHandle, random: Random, engine: Engine): Promise<void> {
  const begin = shape.map((size) => random.below(size - 1));
  const end = shape.map((size, d) => (begin[d] ?? 0) + 1 + random.below(Math.min(700, size - (begin[d] ?? 0))));
  const [[top = 0, left = 0], [bottom = 0, right = 0]] = [begin, end];
  const step = 1 + random.below(3);
  const selection = [slice(top, bottom), slice(left, right, step)];
  using result = await array.read(selection, { engine });
  const columns = Math.ceil((right - left) / step);
  let wrong = 0;
  for (let i = 0; i < result.data.length; i++) {
    const value = (top + Math.floor(i / columns)) * shape[1] + left + (i % columns) * step;
    if (result.data[i] !== value) wrong += 1;
  }
  expect(wrong, `${array.path} ${JSON.stringify([begin, end, step])}, seed ${seed}`).toBe(0);
}

beforeAll(async () => {
  data = Int32Array.from({ length: shape[0] * shape[1] }, (_, i) => i);
  for (const [name, layout] of Object.entries(layouts)) {
    const path = folder.at(`${name}.zarr`);
    await using array = await createArray(path, { ...layout, shape, dtype: 'int32', durability: 'none' });
    await array.write([], data);
    paths.set(name, path);
  }
  paths.set('npy', writeNpy(folder, 'cube.npy', [...shape], { dtype: 'int32' }));
  paths.set('fortran', writeNpy(folder, 'fortran.npy', [...shape], { dtype: 'int32', fortran: true }));
});

afterEach(() => {
  configure({ memoryBudgetBytes: 1024 * MiB });
  expect(working()).toMatchObject({ reservedBytes: 0, waiting: 0 });
});

test('is 48 MiB by default, and a larger chunk is read alone', async () => {
  expect(initialBudget).toBe(48 * MiB);
  if (working().budgetBytes !== initialBudget) return; // A repetition in a process that has changed the default.
  const path = folder.at('one-chunk.zarr');
  const options = {
    shape: [4096, 4096],
    chunkShape: [4096, 4096],
    dtype: 'int32',
    durability: 'none',
    overwrite: true,
  } as const;
  await using array = await createArray(path, options);
  await array.write([], new Int32Array(4096 * 4096).fill(7));
  const result = await array.read([slice(4000, 4002)], { engine: 'pread' });
  expect(result.data.every((value) => value === 7)).toBe(true);
});

test.each([5, 8, 16].map((budget) => budget * MiB))(
  `bounds the memory of concurrent reads of all formats and engines: %i bytes, seed ${seed}`,
  async (memoryBudgetBytes) => {
    await configureEmpty(memoryBudgetBytes);
    const random = new Random(seed);
    const arrays = await Promise.all(Array.from(paths.values(), (path) => openArray(path)));
    const engines: Engine[] = ['auto', 'auto', 'pread', 'direct', 'uring', 'uring-direct'];
    const read = async (): Promise<void> => {
      for (let i = 0; i < 6; i++) await readBox(random.pick(arrays), random, random.pick(engines));
    };
    await Promise.all(Array.from({ length: 24 }, read));
    expect(working().peakBufferBytes).toBeLessThanOrEqual(memoryBudgetBytes + smallReadBytes);
    expect(working().peakBufferBytes).toBeGreaterThan(MiB);
    for (const array of arrays) await array.close();
  },
);

test('metadata is read without working memory', async () => {
  await configureEmpty(5 * MiB);
  const open = async (): Promise<void> => {
    for (const path of paths.values()) {
      await using array = await openArray(path);
      await array.explainAsync();
    }
  };
  await Promise.all(Array.from({ length: 24 }, open));
  expect(working().peakBufferBytes).toBe(0);
});

test('bounds the memory of writes, including changed chunks that are stored later', async () => {
  for (const [name, layout] of Object.entries(layouts)) {
    for (const writeBackBytes of [0, 2 * MiB]) {
      const memoryBudgetBytes = 12 * MiB;
      await configureEmpty(memoryBudgetBytes);
      const path = folder.at(`written-${name}-${writeBackBytes}.zarr`);
      const options = {
        ...layout,
        shape,
        dtype: 'int32',
        durability: 'none',
        writeBackBytes,
        overwrite: true,
      } as const;
      await using array = await createArray(path, options);
      await Promise.all(
        [0, 1, 2, 3].map((i) => array.write([slice(i * 512, (i + 1) * 512)], data.subarray(i * MiB, (i + 1) * MiB))),
      );
      await array.write([slice(100, 103)], data.subarray(100 * 2048, 103 * 2048));
      await array.flush();
      expect(working().peakBufferBytes, name).toBeLessThanOrEqual(memoryBudgetBytes + writeBackBytes);
      const result = await array.read();
      expect(Buffer.compare(Buffer.from(result.data.buffer), Buffer.from(data.buffer)), name).toBe(0);
    }
  }
});

describe('a chunk that needs more than the budget', () => {
  let path = '';
  const options = { shape: [2048, 1024], chunkShape: [2048, 1024], dtype: 'int32', durability: 'none' } as const;
  const elements = new Int32Array(2048 * 1024).fill(3);

  beforeAll(async () => {
    path = folder.at('large-chunk.zarr');
    await using array = await createArray(path, options);
    await array.write([], elements);
  });

  test.each(['auto', 'pread', 'uring'] as const)('fails by name: engine %s', async (engine) => {
    configure({ memoryBudgetBytes: 10 * MiB });
    await using array = await openArray(path);
    const calls = [
      () => array.read([5], { engine }),
      () => array.readSync([5], { engine }),
      () => array.readMany([[5], [6]], { engine }),
      () => array.reduce('sum', { engine }),
    ];
    for (const call of calls) {
      const error = await failure(call);
      expect(error).toBeInstanceOf(MemoryLimitError);
      expect(error).toMatchObject({ source: 'budget', limitBytes: 10 * MiB, availableBytes: 10 * MiB });
      expect(error).toMatchObject({ path: expect.stringContaining('large-chunk.zarr') });
      const { neededBytes, message } = error as MemoryLimitError;
      expect(neededBytes).toBeGreaterThan(16 * MiB);
      expect(message).toMatch(/needs 1\d\.\d MiB at once, but `memoryBudgetBytes` is 10\.0 MiB\. Call `configure`/u);
      configure({ memoryBudgetBytes: neededBytes });
      expect((await array.read([5], { engine })).data[0]).toBe(3);
      configure({ memoryBudgetBytes: 10 * MiB });
    }
  });

  test('does not fail if the chunk is in a cache, or the read needs no scratch memory', async () => {
    using chunkCache = createChunkCache({ bytes: 32 * MiB });
    await using array = await openArray(path, { chunkCache });
    await sleep(50); // A chunk that was changed a moment ago is not kept.
    await array.read([1]);
    configure({ memoryBudgetBytes: 4 * MiB });
    const npy = paths.get('npy') ?? '';
    await using plain = await openArray(npy);
    expect((await plain.read()).data[5000]).toBe(5000);
  });

  test('fails a write by name', async () => {
    configure({ memoryBudgetBytes: 10 * MiB });
    await using array = await createArray(folder.at('refused.zarr'), { ...options, overwrite: true });
    const error = await failure(() => array.write([], elements));
    expect(error).toBeInstanceOf(MemoryLimitError);
    expect(error).toMatchObject({ source: 'budget', limitBytes: 10 * MiB });
    // A shard of 8 MiB does not fit, however many threads encode its chunks.
    configure({ memoryBudgetBytes: 6 * MiB });
    const shards = { ...options, chunkShape: [64, 1024], shardShape: [2048, 1024], overwrite: true };
    await using sharded = await createArray(folder.at('refused-shards.zarr'), shards);
    expect(await failure(() => sharded.write([], elements))).toMatchObject({
      name: 'MemoryLimitError',
      source: 'budget',
    });
  });
});

describe('a read that waits for memory', () => {
  /**
   * One chunk needs more than half of the budget, so two reads do not fit. Before the first read is held, it may give
   * up its memory to continue on another thread.
   */
  const budget = 7 * MiB;
  let path = '';

  beforeAll(async () => {
    path = folder.at('half.zarr');
    const options = { shape: [1024, 1024], chunkShape: [512, 1024], dtype: 'int32', durability: 'none' } as const;
    await using array = await createArray(path, options);
    await array.write([], data.subarray(0, MiB));
  });

  test.each(['pread', 'uring', 'auto'] as const)('can be aborted: engine %s', async (engine) => {
    configure({ memoryBudgetBytes: budget });
    await using array = await openArray(path);
    await whileHeld({ op: 'pread', path: 'half.zarr/c/0' }, async (release) => {
      const first = array.read([0], { engine: 'pread' });
      await untilHeld();
      const controller = new AbortController();
      const second = array.read([600], { engine, signal: controller.signal });
      await until(() => working().waiting > 0);
      controller.abort();
      await expect(second).rejects.toMatchObject({ name: 'AbortError' });
      expect(working().waiting).toBe(0);
      release();
      expect((await first).data[77]).toBe(77);
    });
  });

  test('goes on when memory is available, or the budget is raised', async () => {
    configure({ memoryBudgetBytes: budget });
    await using array = await openArray(path);
    await whileHeld({ op: 'pread', path: 'half.zarr/c/0' }, async (release) => {
      const first = array.read([0], { engine: 'pread' });
      await untilHeld();
      const second = array.read([600]);
      await until(() => working().waiting > 0);
      configure({ memoryBudgetBytes: 3 * budget });
      expect((await second).data[5]).toBe(600 * 1024 + 5);
      release();
      expect((await first).data[77]).toBe(77);
    });
  });

  test('fails if the budget becomes too small for it', async () => {
    configure({ memoryBudgetBytes: budget });
    await using array = await openArray(path);
    await whileHeld({ op: 'pread', path: 'half.zarr/c/0' }, async (release) => {
      const first = array.read([0], { engine: 'pread' });
      await untilHeld();
      const second = array.read([600]);
      await until(() => working().waiting > 0);
      configure({ memoryBudgetBytes: 4 * MiB });
      await expect(second).rejects.toMatchObject({ name: 'MemoryLimitError', source: 'budget' });
      release();
      expect((await first).data[77]).toBe(77);
    });
  });

  test('is not overtaken by smaller reads for ever', async () => {
    configure({ memoryBudgetBytes: budget });
    await using array = await openArray(path);
    await using small = await openArray(paths.get('zstd') ?? '');
    let isDone = false;
    const loop = async (random: Random): Promise<void> => {
      while (!isDone) await readBox(small, random, 'pread');
    };
    const loops = Array.from({ length: 12 }, (_, i) => loop(new Random(seed + i)));
    for (let i = 0; i < 5; i++) expect((await array.read([600], { engine: 'pread' })).data[1]).toBe(600 * 1024 + 1);
    isDone = true;
    await Promise.all(loops);
  });
});

test(`changes of the budget do not disturb reads in flight, seed ${seed}`, async () => {
  const arrays = await Promise.all(Array.from(paths.values(), (path) => openArray(path)));
  let isDone = false;
  const change = (async () => {
    for (let i = 0; !isDone; i++) {
      configure({ memoryBudgetBytes: ([4, 64, 5, 16][i % 4] ?? 4) * MiB });
      await sleep(1);
    }
  })();
  const read = async (random: Random): Promise<void> => {
    for (let i = 0; i < 8; i++) await readBox(random.pick(arrays), random, random.pick(['auto', 'pread', 'uring']));
  };
  await Promise.all(Array.from({ length: 16 }, (_, i) => read(new Random(seed + i))));
  isDone = true;
  await change;
  for (const array of arrays) await array.close();
});

test('a write that fails ends the waits for the memory of its shards', async () => {
  configure({ memoryBudgetBytes: 8 * MiB });
  const options = { shape: [4096, 256], chunkShape: [128, 256], shardShape: [1024, 256] } as const;
  const path = folder.at('failing-shards.zarr');
  await using array = await createArray(path, { ...options, dtype: 'int32', durability: 'none' });
  const faults = [{ op: 'pwrite', action: 'error', value: errno.EIO, path: 'failing-shards', times: 0 }] as const;
  const error = await withFaults(faults, () => failure(() => array.write([], data.subarray(0, MiB))));
  expect(error).toBeInstanceOf(WriteError);
  expect(error).toMatchObject({ code: 'EIO' });
});

test('bounds the memory of concurrent reductions, and admits the next one when a reduction ends', async () => {
  await using array = await openArray(paths.get('zstd') ?? '');
  const total = BigInt((data.length * (data.length - 1)) / 2);
  // Joined arrays are read in blocks. A reduction of the array itself needs no memory for them.
  const joined = concat([array]);
  /** Runs 12 reductions at once. Returns the largest number of them that had read blocks and had not ended. */
  const reduceAll = async (): Promise<number> => {
    const begun = new Set<number>();
    let most = 0;
    const reductions = Array.from({ length: 12 }, async (_, i) => {
      const onProgress = (): void => {
        begun.add(i);
        most = Math.max(most, begun.size);
      };
      const { data: sum } = await joined.reduce('sum', { onProgress });
      begun.delete(i);
      expect(sum[0]).toBe(total);
    });
    await Promise.all(reductions);
    return most;
  };
  expect(await reduceAll()).toBeGreaterThan(2);
  // A reduction uses at most half of the budget for its blocks, so two fit, apart from their states.
  configure({ memoryBudgetBytes: 8 * MiB });
  const controller = new AbortController();
  const all = reduceAll();
  const aborted = joined.reduce('sum', { signal: controller.signal });
  await sleep(1);
  controller.abort();
  await expect(aborted).rejects.toMatchObject({ name: 'AbortError' });
  expect(await all).toBeLessThanOrEqual(2);
  expect((await array.reduce('max')).data[0]).toBe(data.length - 1);
});
